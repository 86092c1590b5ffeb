// Who gave most: beside the title of the last gifts, in the sheet as the server counts, since when one likes.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Board, PlacedSupporter } from "../../../operations";
import { Face, nameOf } from "../../../parts/face";
import { Failure } from "../../../parts/failure";
import { Coin } from "../../../parts/icons";
import { Segments } from "../../../parts/segments";
import { readBoard, type Span } from "../../../stores/boards";
import type { Row } from "../../../stores/chat";
import { addedTo, type Supporter } from "../../../stores/generosity";
import type { LiveSession } from "../../../stores/live-session";
import { meetPeople, people } from "../../../stores/people";
import { supportersOf } from "../../../stores/supporters";
import { number, say } from "../../../words";
import { sayOfSupport } from "../../../words/support";

const NAMED_MAX = 20;
const ADDED_UP_MS = 1500;
const SPANS: Span[] = ["session", "day", "week", "all_time"];

/** Most generous first; `add` counts a gift that has just come. */
export function useSupporters(sessionId: string) {
  const [best, setBest] = useState<Supporter[]>([]);
  useEffect(() => {
    supportersOf(sessionId).then(setBest, () => {}); // the chat says that it cannot be read
  }, [sessionId]);
  useEffect(() => void meetPeople(best.slice(0, NAMED_MAX).map((each) => each.id)), [best]);
  return { best, add: (row: Row) => setBest((before) => addedTo(before, row)) };
}

interface Asked {
  live: LiveSession;
  /** Of this session, as far as it is known here: what changes in it asks for the board anew. */
  best: Supporter[];
}

export function Supporters({ live, best }: Asked) {
  const [span, setSpan] = useState<Span>("session");
  const { board, failure } = useBoard(live, span, best);
  return (
    <>
      <Segments
        name={sayOfSupport("span")}
        value={span}
        options={SPANS.map((value) => ({ value, label: sayOfSupport(value) }))}
        onChoose={setSpan}
      />
      <Failure error={failure} />
      {board ? <Places board={board} /> : !failure && <Waiting />}
    </>
  );
}

function Places({ board }: { board: Board }) {
  if (board.supporters.length === 0) return <p class="dim">{sayOfSupport("nobodyYet")}</p>;
  const shown = new Set(board.supporters.map((each) => each.profile_id));
  const elsewhere = board.own.filter((each) => !shown.has(each.profile_id));
  return (
    <ol class="supporters" data-testid="board">
      {board.supporters.map((each) => (
        <Placed key={each.profile_id} {...each} />
      ))}
      {elsewhere.map((each) => (
        <Placed key={each.profile_id} {...each} own />
      ))}
    </ol>
  );
}

function Placed({ place, profile_id, coins, own = false }: PlacedSupporter & { own?: boolean }) {
  const person = people.value[profile_id];
  return (
    <li>
      <b class="place count">{number(place)}</b>
      <Face person={person} />
      <b class="grow cut">{own ? sayOfSupport("ownPlace") : nameOf(person)}</b>
      <span class="coins">
        <Coin /> {number(coins)}
      </span>
    </li>
  );
}

function Waiting() {
  return (
    <ol class="supporters" aria-label={say("loading")}>
      <li class="skeleton" />
      <li class="skeleton" />
      <li class="skeleton" />
    </ol>
  );
}

/** At once when another span is asked for, and a moment after gifts have come: the server adds them up every second. */
function useBoard(live: LiveSession, span: Span, best: Supporter[]) {
  const [answered, setAnswered] = useState<Board | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const asked = useRef<Span | null>(null);
  useEffect(() => {
    let current = true;
    const read = async () => {
      try {
        const board = await readBoard(live.id, live.creator_id, span);
        if (!current) return;
        setAnswered(board);
        setFailure(null);
      } catch (error) {
        if (current) setFailure(error);
      }
    };
    const timer = setTimeout(() => void read(), asked.current === span ? ADDED_UP_MS : 0);
    asked.current = span;
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [span, best]);
  return { board: answered?.period === span ? answered : null, failure };
}
