// What is at the top of each of the studio's steps: how far one is, and how much is left of the day.
import { Icon } from "../../parts/icons";
import { quota } from "../../stores/scenes";
import { number, say } from "../../words";
import "./steps.css";

const STEPS = [1, 2, 3];

export function Progress({ at }: { at: number }) {
  return (
    <div class="progress" role="img" aria-label={say("stepOf", { at: number(at), of: number(STEPS.length) })}>
      {STEPS.map((step) => (
        <i key={step} class={step <= at ? "done" : ""} />
      ))}
    </div>
  );
}

/** How many pictures are left today. */
export function Left() {
  if (!quota.value) return null;
  return (
    <span class="left-today" data-testid="quota">
      <Icon name="spark" small />
      {quota.value.is_premium ? say("unlimited") : say("leftToday", { count: number(quota.value.remaining) })}
    </span>
  );
}
