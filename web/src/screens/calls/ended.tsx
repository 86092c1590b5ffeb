// How a call ended, in a sentence of its own; it goes by itself.
import { useEffect } from "preact/hooks";
import type { CallOfTwo } from "../../operations";
import { Face, nameOf } from "../../parts/face";
import { clockOf } from "../../parts/now";
import { isIncoming } from "../../stores/calls";
import type { Person } from "../../stores/people";
import { refreshBalance } from "../../stores/wallet";
import { number, say } from "../../words";

const SHOWN_MS = 3500;

interface Over {
  row: CallOfTwo;
  person: Person | null | undefined;
  onRead: () => void;
}

export function Ended({ row, person, onRead }: Over) {
  useEffect(() => {
    if (row.coin_per_minute) void refreshBalance();
    const timer = setTimeout(onRead, SHOWN_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <button class="call-ended night" onClick={onRead} data-testid="call-ended">
      <Face person={person} />
      <span class="grow" role="status">
        <b class="cut">{nameOf(person)}</b>
        <small>{endOf(row, nameOf(person))}</small>
      </span>
    </button>
  );
}

/** For who called or talked; who was called and did not answer is told by the list. */
function endOf(row: CallOfTwo, name: string): string {
  if (row.status === "busy") return say("isBusy", { name });
  if (row.status === "rejected") return say("declined", { name });
  if (row.status === "missed") return say(row.end_reason === "no_answer" ? "noAnswer" : "gaveUp");
  if (row.status === "failed") return say("callFailed");
  const paid = isIncoming(row) ? 0 : (row.total_coin_spent ?? 0);
  return [
    say("callOver", { time: clockOf(row.duration_seconds ?? 0) }),
    ...(paid ? [say("forCoins", { coins: number(paid) })] : []),
  ].join(" · ");
}
