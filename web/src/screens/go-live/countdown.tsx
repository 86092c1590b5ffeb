// Three, two, one: the curtains close in, and open on the air. A tap skips it, "Wait" takes it all back.
import { useEffect, useState } from "preact/hooks";
import { say } from "../../words";

const FROM = 3;
const STEP_MS = 800;

export function Countdown({ onZero, onWait }: { onZero: () => void; onWait: () => void }) {
  const [left, setLeft] = useState(FROM);
  useEffect(() => {
    if (left === 0) return onZero();
    const timer = setTimeout(() => setLeft((now) => Math.min(now, left - 1)), STEP_MS); // who skipped meanwhile is at 0
    return () => clearTimeout(timer);
  }, [left]);
  return (
    <div class="countdown">
      <i class="drape left" />
      <i class="drape right" />
      <button type="button" class="skip" aria-label={say("skip")} onClick={() => setLeft(0)}>
        <b role="timer" aria-live="assertive" key={left}>
          {left || "…"}
        </b>
        <span>{say("curtainUp")}</span>
      </button>
      {left > 0 && (
        <button type="button" class="button wait" onClick={onWait}>
          {say("wait")}
        </button>
      )}
    </div>
  );
}
