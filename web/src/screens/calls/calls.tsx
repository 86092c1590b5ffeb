// The calls there were: who, which way, what became of it, and calling back.
import { useEffect, useState } from "preact/hooks";
import type { CallOfTwo } from "../../operations";
import { useDoing } from "../../parts/doing";
import { Empty } from "../../parts/empty";
import { Face, nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Icon, type IconName } from "../../parts/icons";
import { askToNotify, mayAskToNotify } from "../../parts/ring";
import { type CallKind, isIncoming, isMissed, otherOf, recent, ringUp, seeCalls } from "../../stores/calls";
import { meetPeople, people } from "../../stores/people";
import { duration, say, when } from "../../words";
import "./calls.css";

const SKELETONS = 4;

export function Calls() {
  const rows = recent.value;
  const { busy, failure, attempt } = useDoing();
  useEffect(() => {
    void meetPeople(rows?.map(otherOf).filter((id) => id !== null) ?? []);
    return seeCalls; // what was missed stays red as long as one looks
  }, [rows]);

  const callBack = (id: string, kind: CallKind) => void attempt(() => ringUp(id, kind));
  return (
    <div class="page calls">
      <h1>{say("calls")}</h1>
      <Failure error={failure} />
      <MayRing />
      {rows === undefined && <Skeletons />}
      {rows?.length === 0 && (
        <Empty title={say("noCalls")}>
          <p>{say("noCallsHint")}</p>
          <a class="button" href="#/">
            {say("toTheStage")}
          </a>
        </Empty>
      )}
      {rows && rows.length > 0 && (
        <ul class="list">
          {rows.map((row) => (
            <CallLine key={row.id} row={row} busy={busy} onCall={callBack} />
          ))}
        </ul>
      )}
    </div>
  );
}

/** Behind other windows only a notification is heard of; asked for here, where one knows what for. */
function MayRing() {
  const [asked, setAsked] = useState(!mayAskToNotify());
  if (asked) return null;
  return (
    <div class="banner may-ring">
      <span class="grow">{say("ringBehind")}</span>
      <button class="button gold small" onClick={() => void askToNotify().finally(() => setAsked(true))}>
        {say("allow")}
      </button>
    </div>
  );
}

interface Line {
  row: CallOfTwo;
  busy: boolean;
  onCall: (id: string, kind: CallKind) => void;
}

function CallLine({ row, busy, onCall }: Line) {
  const id = otherOf(row);
  const person = id === null ? null : people.value[id];
  const { icon, word } = becameOf(row);
  return (
    <li class={isMissed(row) ? "call-line missed" : "call-line"} data-testid="call-line">
      <Face person={person} />
      <span class="grow">
        <b class="cut">{nameOf(person)}</b>
        <small>
          <Icon name={icon} small />
          <span class="cut">
            {word} · {when(row.initiated_at ?? row.created_at ?? "")}
          </span>
        </small>
      </span>
      {id && (
        <>
          <button
            class="round soft"
            disabled={busy}
            aria-label={say("callName", { name: nameOf(person) })}
            onClick={() => onCall(id, "audio_call")}
          >
            <Icon name="phone" />
          </button>
          <button
            class="round soft"
            disabled={busy}
            aria-label={say("videoCallName", { name: nameOf(person) })}
            onClick={() => onCall(id, "video_call")}
          >
            <Icon name="video" />
          </button>
        </>
      )}
    </li>
  );
}

function becameOf(row: CallOfTwo): { icon: IconName; word: string } {
  const incoming = isIncoming(row);
  if (isMissed(row)) return { icon: "missed", word: say("missedCall") };
  if (row.status === "ended") {
    return { icon: incoming ? "incoming" : "outgoing", word: duration(row.duration_seconds ?? 0) };
  }
  if (row.status === "rejected") return { icon: "hangUp", word: say(incoming ? "youDeclined" : "theyDeclined") };
  if (row.status === "busy") return { icon: "outgoing", word: say("wasBusy") };
  if (row.status === "missed") return { icon: "outgoing", word: say("noAnswer") };
  if (row.status === "failed") return { icon: "missed", word: say("callFailed") };
  return { icon: incoming ? "incoming" : "outgoing", word: say("now") };
}

function Skeletons() {
  return (
    <ul class="list" aria-busy="true" aria-label={say("loading")}>
      {Array.from({ length: SKELETONS }, (_, index) => (
        <li key={index} class="call-line">
          <span class="skeleton face" />
          <span class="skeleton grow line-of-text" />
        </li>
      ))}
    </ul>
  );
}
