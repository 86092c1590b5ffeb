// How long something has been on, ticking.
import { useEffect, useState } from "preact/hooks";

export function Clock({ since }: { since: string | null }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  if (!since) return null;
  return <span class="count">{clock(Math.max(0, Math.floor((now - Date.parse(since)) / 1000)))}</span>;
}

/** 7:05, 42:17, 1:04:09. */
export function clock(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
