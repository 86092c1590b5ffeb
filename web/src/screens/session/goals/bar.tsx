// The goal that fills, for all to see; when it is reached, a moment of light before the next one takes its place.
import { useEffect, useRef, useState } from "preact/hooks";
import { Counting } from "../../../parts/counting";
import { Coin, Icon } from "../../../parts/icons";
import { type Goal, openOf } from "../../../stores/goals";
import { number } from "../../../words";
import { sayOfSupport } from "../../../words/support";
import "./goals.css";

const SHINES_MS = 6000;

interface Filling {
  goals: Goal[];
  /** For who may change them. */
  onEdit?: (() => void) | undefined;
}

export function GoalBar({ goals, onEdit }: Filling) {
  const reached = useJustReached(goals);
  const goal = reached ?? openOf(goals);
  if (!goal) {
    return onEdit ? (
      <button type="button" class="goal none" aria-haspopup="dialog" onClick={onEdit}>
        <Icon name="plus" small />
        {sayOfSupport("setGoal")}
      </button>
    ) : null;
  }
  const bar = <Bar goal={goal} isReached={goal === reached} />;
  return onEdit ? (
    <button type="button" class={reached ? "goal reached" : "goal"} aria-haspopup="dialog" onClick={onEdit}>
      {bar}
    </button>
  ) : (
    <div class={reached ? "goal reached" : "goal"}>{bar}</div>
  );
}

function Bar({ goal, isReached }: { goal: Goal; isReached: boolean }) {
  const share = Math.min(1, goal.coins / goal.target_coins);
  return (
    <span class="goal-inside" data-testid="goal" role={isReached ? "status" : undefined}>
      <span class="goal-words">
        <b class="cut" title={goal.title}>
          {isReached ? sayOfSupport("reachedGoal", { title: goal.title }) : goal.title}
        </b>
        <span class="coins">
          <Coin />
          <Counting value={goal.coins} />
          <span class="of count">/ {number(goal.target_coins)}</span>
        </span>
      </span>
      <span class="track">
        <i ref={(fill) => fill?.style.setProperty("--share", String(share))} />
      </span>
    </span>
  );
}

/** One that was reached before our eyes, for a moment; what was reached before we came is no news. */
function useJustReached(goals: Goal[]): Goal | null {
  const [shown, setShown] = useState<string | null>(null);
  const open = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const news = goals.find((goal) => goal.reached_at && open.current.has(goal.id));
    open.current = new Set(goals.filter((goal) => !goal.reached_at).map((goal) => goal.id));
    if (news) setShown(news.id);
  }, [goals]);
  useEffect(() => {
    if (!shown) return;
    const timer = setTimeout(() => setShown(null), SHINES_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  return goals.find((goal) => goal.id === shown) ?? null;
}
