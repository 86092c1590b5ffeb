// Hearts: a tap is seen by everybody who is there, and kept by nobody. They are broadcasts of the realtime door, a handful
// of taps in each.
import { useEffect, useRef, useState } from "preact/hooks";
import { sahne } from "../server/client";

export interface Heart {
  key: number;
}

export interface Hearts {
  flying: Heart[];
  like: () => void;
  landed: (heart: Heart) => void;
}

const FLYING_MAX = 12;
const GATHERED_MS = 400;

export function useHearts(sessionId: string): Hearts {
  const [flying, setFlying] = useState<Heart[]>([]);
  const count = useRef(0);
  const untold = useRef(0);

  const rise = (many: number) =>
    setFlying((before) =>
      [...before, ...Array.from({ length: many }, () => ({ key: ++count.current }))].slice(-FLYING_MAX),
    );

  useEffect(() => {
    const joined = sahne
      .channel(`hearts:${sessionId}`)
      .on("broadcast", { event: "hearts" }, ({ payload }) => rise(Math.min(FLYING_MAX, Number(payload?.count) || 1)))
      .subscribe();
    const timer = setInterval(() => {
      if (untold.current === 0) return;
      void joined.send({ type: "broadcast", event: "hearts", payload: { count: untold.current } });
      untold.current = 0;
    }, GATHERED_MS);
    return () => {
      clearInterval(timer);
      void sahne.removeChannel(joined);
    };
  }, [sessionId]);

  function like() {
    untold.current += 1;
    rise(1);
  }

  return { flying, like, landed: (heart) => setFlying((before) => before.filter((each) => each !== heart)) };
}
