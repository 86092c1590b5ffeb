// Who gave most in this session, of its last gifts.
import { useEffect, useState } from "preact/hooks";
import { Face, nameOf } from "../../../parts/face";
import { Coin } from "../../../parts/icons";
import type { Row } from "../../../stores/chat";
import { addedTo, type Supporter } from "../../../stores/generosity";
import { meetPeople, people } from "../../../stores/people";
import { supportersOf } from "../../../stores/supporters";
import { number, say } from "../../../words";

const SHOWN_MAX = 20;

/** Most generous first; `add` counts a gift that has just come. */
export function useSupporters(sessionId: string) {
  const [best, setBest] = useState<Supporter[]>([]);
  useEffect(() => {
    supportersOf(sessionId).then(setBest, () => {}); // the chat says that it cannot be read
  }, [sessionId]);
  useEffect(() => void meetPeople(best.slice(0, SHOWN_MAX).map((each) => each.id)), [best]);
  return { best, add: (row: Row) => setBest((before) => addedTo(before, row)) };
}

export function Supporters({ best }: { best: Supporter[] }) {
  if (best.length === 0) return <p class="dim">{say("noSupporters")}</p>;
  return (
    <ol class="supporters">
      {best.slice(0, SHOWN_MAX).map(({ id, coins }, index) => (
        <li key={id}>
          <b class="place count">{number(index + 1)}</b>
          <Face person={people.value[id]} />
          <b class="grow cut">{nameOf(people.value[id])}</b>
          <span class="coins">
            <Coin /> {number(coins)}
          </span>
        </li>
      ))}
    </ol>
  );
}
