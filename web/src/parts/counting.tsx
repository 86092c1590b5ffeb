// A number that changes: it counts to what it is now, or jumps there for who wants little motion.
import { useEffect, useRef, useState } from "preact/hooks";
import { number } from "../words";

const COUNTS_FOR_MS = 400;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export function Counting({ value, testid }: { value: number; testid?: string }) {
  const [shown, setShown] = useState(value);
  const from = useRef(value);
  useEffect(() => {
    const [start, first] = [performance.now(), from.current];
    if (calm.matches || first === value) {
      from.current = value;
      return setShown(value);
    }
    let frame = requestAnimationFrame(step);
    function step(now: number) {
      const done = Math.min(1, (now - start) / COUNTS_FOR_MS);
      from.current = Math.round(first + (value - first) * done);
      setShown(from.current);
      if (done < 1) frame = requestAnimationFrame(step);
    }
    return () => cancelAnimationFrame(frame);
  }, [value]);
  return (
    <span class="count" data-testid={testid}>
      {number(shown)}
    </span>
  );
}
