// A host's goals: those that are set, each to be taken back while it is not reached, and a new one.
import { useState } from "preact/hooks";
import { useDoing } from "../../../parts/doing";
import { Failure } from "../../../parts/failure";
import { Coin, Icon } from "../../../parts/icons";
import { Over } from "../../../parts/sheet";
import { operation } from "../../../server/client";
import type { Goal } from "../../../stores/goals";
import { number } from "../../../words";
import { sayOfSupport } from "../../../words/support";

const TITLE_MAX = 80;
const TARGET_MAX = 1_000_000_000;
const TARGET_FIRST = 500;

interface Set {
  sessionId: string;
  goals: Goal[];
  onClose: () => void;
}

export function GoalSheet({ sessionId, goals, onClose }: Set) {
  const { busy, failure, attempt } = useDoing();
  const [title, setTitle] = useState("");
  const [target, setTarget] = useState(TARGET_FIRST);

  async function add(event: SubmitEvent) {
    event.preventDefault();
    const wish = { title: title.trim(), target_coins: target };
    if (await attempt(() => operation<"add_goal">("POST", `live/sessions/${sessionId}/goals`, wish))) setTitle("");
  }

  const drop = (goal: Goal) => void attempt(() => operation<"drop_goal">("DELETE", `live/goals/${goal.id}`));

  return (
    <Over title={sayOfSupport("goals")} onClose={onClose}>
      {goals.length > 0 && (
        <ol class="goal-list">
          {goals.map((goal) => (
            <li key={goal.id}>
              <span class="grow">
                <b>{goal.title}</b>
                <small class="coins">
                  <Coin /> {number(goal.coins)} / {number(goal.target_coins)}
                </small>
              </span>
              {goal.reached_at ? (
                <span class="pill gold">
                  <Icon name="check" small /> {sayOfSupport("reached")}
                </span>
              ) : (
                <button
                  type="button"
                  class="round plain"
                  disabled={busy}
                  aria-label={sayOfSupport("dropGoal", { title: goal.title })}
                  onClick={() => drop(goal)}
                >
                  <Icon name="bin" />
                </button>
              )}
            </li>
          ))}
        </ol>
      )}
      <form class="goal-form" onSubmit={(event) => void add(event)}>
        <div class="field">
          <label>
            {sayOfSupport("goalTitle")}
            <input
              value={title}
              maxLength={TITLE_MAX}
              required
              placeholder={sayOfSupport("goalHint")}
              autocomplete="off"
              onInput={({ currentTarget }) => setTitle(currentTarget.value)}
            />
          </label>
        </div>
        <div class="field">
          <label>
            {sayOfSupport("goalCoins")}
            <input
              type="number"
              inputMode="numeric"
              min={1}
              max={TARGET_MAX}
              required
              value={target}
              onInput={({ currentTarget }) => setTarget(Math.round(currentTarget.valueAsNumber) || 0)}
            />
          </label>
        </div>
        <p class="dim">{sayOfSupport("goalMeans")}</p>
        <Failure error={failure} />
        <button class="button main big full" disabled={busy || !title.trim() || target < 1}>
          {sayOfSupport("setGoal")}
        </button>
      </form>
    </Over>
  );
}
