// An audio room as seats: who may speak, with a ring on who does, empty ones to ask for, and the listeners below.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Participant } from "../../../operations";
import { Face, nameOf } from "../../../parts/face";
import { Icon } from "../../../parts/icons";
import type { LiveRoom, Voice } from "../../../room/live-room";
import type { LiveSession } from "../../../stores/live-session";
import { login } from "../../../stores/login";
import { meetPeople, people } from "../../../stores/people";
import { readAudience, readStage } from "../../../stores/seats";
import { count, say } from "../../../words";
import type { Guest } from "./guest";
import { freeSeats } from "./place";
import "./guests.css";

const FACES_MAX = 7;

interface Round {
  live: LiveSession;
  room: LiveRoom | null;
  guest: Guest;
  /** A tap on somebody. */
  onName: (id: string) => void;
  /** A tap on a free seat, by who may ask for it. */
  onAsk: () => void;
}

export function Seats({ live, room, guest, onName, onAsk }: Round) {
  const host = live.creator_id === login.value?.user.id;
  const voices = seated(room?.voices.value ?? [], live.creator_id);
  const ids = voices.map((voice) => voice.id).join();
  const seats = useStage(live.id, ids);
  const free = freeSeats(voices.length);
  const mayAsk = !host && guest.at === "audience";

  return (
    <div class="audio-stage">
      <ul class="seats">
        {voices.map((voice) => (
          <Seat key={voice.id} {...{ voice, onName }} seat={seats[voice.id]} host={voice.id === live.creator_id} />
        ))}
        {Array.from({ length: free }, (_, index) => (
          <FreeSeat key={index} first={index === 0} asked={guest.at === "asked"} onAsk={mayAsk ? onAsk : undefined} />
        ))}
      </ul>
      <Listeners live={live} seated={voices.length} onName={onName} />
    </div>
  );
}

interface Taken {
  voice: Voice;
  seat: Participant | undefined;
  host: boolean;
  onName: (id: string) => void;
}

function Seat({ voice, seat, host, onName }: Taken) {
  const person = people.value[voice.id];
  const word = say(wordFor(voice, host, seat?.is_muted === true));
  return (
    <li>
      <button
        class={voice.speaking ? "seat speaking" : "seat"}
        data-testid="voice"
        aria-haspopup="dialog"
        onClick={() => onName(voice.id)}
      >
        <span class="seat-face">
          <Face person={person} size="large" />
          <em class={voice.microphone ? "" : "muted"}>
            <Icon name={voice.microphone ? "microphone" : "microphoneOff"} small />
          </em>
        </span>
        <b class="cut">{nameOf(person)}</b>
        <small class="cut">{word}</small>
      </button>
    </li>
  );
}

function FreeSeat({ first, asked, onAsk }: { first: boolean; asked: boolean; onAsk: (() => void) | undefined }) {
  const inside: ComponentChildren = (
    <>
      <span class="seat-face">{onAsk && first ? <Icon name="plus" /> : <Icon name="microphone" />}</span>
      <b>{say(first && asked ? "asked" : first && onAsk ? "askToSpeak" : "free")}</b>
    </>
  );
  return (
    <li>
      {onAsk ? (
        <button class="seat free" onClick={onAsk} aria-label={say("askToSpeak")}>
          {inside}
        </button>
      ) : (
        <span class={first && asked ? "seat free asked" : "seat free"}>{inside}</span>
      )}
    </li>
  );
}

function Listeners({ live, seated, onName }: { live: LiveSession; seated: number; onName: (id: string) => void }) {
  const [ids, setIds] = useState<string[]>([]);
  // The host is no viewer; who is up beside them counts as one.
  const listening = Math.max(0, (live.viewer_count ?? 0) - (seated - 1));

  useEffect(() => {
    void readAudience(live.id, FACES_MAX).then(
      (rows) => {
        setIds(rows.map((row) => row.profile_id));
        void meetPeople(rows.map((row) => row.profile_id));
      },
      () => {}, // before one is inside nobody is told who is
    );
  }, [live.id, live.viewer_count, seated]);

  return (
    <div class="listeners">
      <small>{say("listenersHere", { count: count(listening) })}</small>
      <span class="stack">
        {ids.map((id) => (
          <button key={id} class="of-stack" aria-label={nameOf(people.value[id])} onClick={() => onName(id)}>
            <Face person={people.value[id]} size="small" />
          </button>
        ))}
        {listening > ids.length && <span class="and-more">+{count(listening - ids.length)}</span>}
      </span>
    </div>
  );
}

/** The host first, silent while away; then the others. */
function seated(voices: Voice[], hostId: string): Voice[] {
  const host = voices.find((voice) => voice.id === hostId) ?? { id: hostId, speaking: false, microphone: false };
  return [host, ...voices.filter((voice) => voice.id !== hostId)];
}

/** What the rows say of those on the stage, read anew when others are there. */
function useStage(sessionId: string, ids: string): Record<string, Participant> {
  const [seats, setSeats] = useState<Record<string, Participant>>({});
  useEffect(() => {
    void meetPeople(ids.split(","));
    void readStage(sessionId).then(
      (rows) => setSeats(Object.fromEntries(rows.map((row) => [row.profile_id, row]))),
      () => {},
    );
  }, [sessionId, ids]);
  return seats;
}

function wordFor(voice: Voice, host: boolean, silenced: boolean) {
  if (silenced) return "mutedByHost";
  if (voice.speaking) return "speaking";
  return host ? "host" : "guest";
}
