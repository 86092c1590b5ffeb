// A number that counts to what it has become; where little motion is wished it is simply there.
import { useEffect, useRef, useState } from "preact/hooks";
import { number } from "../words";

const COUNTED_MS = 400;
const still = matchMedia("(prefers-reduced-motion: reduce)");

interface Shown {
  value: number;
  /** From where it counts when it is first shown; as it is when left out. */
  from?: number;
  ms?: number;
}

export function Counted({ value, from = value, ms = COUNTED_MS }: Shown) {
  const [shown, setShown] = useState(from);
  const last = useRef(from);

  useEffect(() => {
    const begin = last.current;
    const beganAt = performance.now();
    let frame = 0;
    const step = () => {
      const part = still.matches ? 1 : Math.min(1, (performance.now() - beganAt) / ms);
      last.current = Math.round(begin + (value - begin) * (1 - (1 - part) ** 3)); // it settles
      setShown(last.current);
      if (part < 1) frame = requestAnimationFrame(step);
    };
    step();
    return () => cancelAnimationFrame(frame);
  }, [value]);

  return (
    <>
      <span class="count" aria-hidden="true">
        {number(shown)}
      </span>
      <span class="unseen">{number(value)}</span>
    </>
  );
}
