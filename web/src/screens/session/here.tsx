// Who is here: the host, those who keep order, guests and those who came last.
import { useEffect, useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Face, nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { type Seat, seatsOf } from "../../stores/crowd";
import { login } from "../../stores/login";
import { meetPeople, people } from "../../stores/people";
import { number, say } from "../../words";
import "./here.css";

const READ_EVERY_MS = 10_000;
const ROLES = {
  host: "hostTag",
  co_host: "guestTag",
  invited_guest: "guestTag",
  speaker: "guestTag",
  moderator: "modTag",
} as const;

interface Present {
  sessionId: string;
  /** How many there are, listed or not. */
  viewers: number;
  onName?: (profileId: string, lineId: null) => void;
}

export function Here({ sessionId, viewers, onName }: Present) {
  const [seats, setSeats] = useState<Seat[]>([]);
  const { failure, attempt } = useDoing();

  useEffect(() => {
    const read = () =>
      void attempt(async () => {
        const found = await seatsOf(sessionId);
        await meetPeople(found.map((seat) => seat.profile_id));
        setSeats(found);
      });
    read();
    const timer = setInterval(read, READ_EVERY_MS);
    return () => clearInterval(timer);
  }, [sessionId]);

  const unlisted = viewers - seats.filter((seat) => seat.role === "viewer" || seat.role === "listener").length;
  return (
    <div class="here">
      <ul>
        {seats.map(({ profile_id: id, role }) => (
          <li key={id} data-testid="present">
            <Person id={id} onName={onName && (() => onName(id, null))} />
            {role in ROLES && <i class="tag">{say(ROLES[role as keyof typeof ROLES])}</i>}
          </li>
        ))}
      </ul>
      {unlisted > 0 && seats.length > 0 && <p class="dim">{say("andMore", { count: number(unlisted) })}</p>}
      <Failure error={failure} />
    </div>
  );
}

function Person({ id, onName }: { id: string; onName: (() => void) | undefined }) {
  const person = people.value[id];
  const shown = (
    <>
      <Face person={person} />
      <span class="grow cut">
        <b>{nameOf(person)}</b>
        {id === login.value?.user.id && <small class="dim"> {say("you")}</small>}
      </span>
    </>
  );
  if (!onName) return shown;
  return (
    <button type="button" onClick={onName}>
      {shown}
    </button>
  );
}
