// A clock that is looked at every second.
import { useEffect, useState } from "preact/hooks";

const LOOKED_EVERY_MS = 1000;

/** Milliseconds, as `Date.now()`; stands still while it is not `running`. */
export function useNow(running = true): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!running) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), LOOKED_EVERY_MS);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}

/** 8:41, 1:02:09. */
export function clockOf(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}
