// Pulling the list down with a finger reads it anew: the valance's scalloped edge comes down with it.
import type { TargetedTouchEvent } from "preact";
import { useRef, useState } from "preact/hooks";
import { say } from "../../words";

const READ_FROM_PX = 72;
const PULLED_MAX_PX = 110;
const SLACK_PX = 8; // a tap trembles

type Touch = TargetedTouchEvent<HTMLElement>;

export function usePull(read: () => Promise<unknown>) {
  const [pulled, setPulled] = useState(0);
  const [reading, setReading] = useState(false);
  const from = useRef<number | null>(null);

  const handlers = {
    onTouchStart(event: Touch) {
      from.current = scrollY <= 0 && event.touches.length === 1 ? event.touches[0]!.clientY : null;
    },
    onTouchMove(event: Touch) {
      if (from.current === null || reading) return;
      const by = event.touches[0]!.clientY - from.current - SLACK_PX;
      setPulled(scrollY > 0 || by <= 0 ? 0 : Math.min(PULLED_MAX_PX, by * 0.6)); // the further, the heavier
    },
    async onTouchEnd() {
      from.current = null;
      const enough = pulled >= READ_FROM_PX;
      setPulled(0);
      if (!enough) return;
      setReading(true);
      await read();
      setReading(false);
    },
    onTouchCancel() {
      from.current = null;
      setPulled(0);
    },
  };

  const height = reading ? READ_FROM_PX : pulled;
  const edge = (
    <div class={reading ? "pull-edge reading" : "pull-edge"} style={{ transform: `translateY(${height}px)` }}>
      <span role="status" class="unseen">
        {reading ? say("loading") : ""}
      </span>
    </div>
  );
  return { handlers, edge };
}
