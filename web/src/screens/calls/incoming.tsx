// Somebody calls: who, with a picture or not, and the answers where the thumb is. Escape stills the tune, not the call.
import { useEffect, useState } from "preact/hooks";
import { place } from "../../frame/place";
import type { CallOfTwo } from "../../operations";
import type { Doing } from "../../parts/doing";
import { nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Icon, type IconName } from "../../parts/icons";
import { notify, ring } from "../../parts/ring";
import { Whole } from "../../parts/sheet";
import type { Person } from "../../stores/people";
import { say } from "../../words";
import { PaidByThem } from "./paid";
import { Ringer } from "./ringer";

const TITLE_CHANGED_EVERY_MS = 1000;

interface Ringing {
  row: CallOfTwo;
  person: Person | null | undefined;
  doing: Doing;
  onAnswer: (picture: boolean) => void;
  onDecline: () => void;
}

export function Incoming({ row, person, doing, onAnswer, onDecline }: Ringing) {
  const [still, setStill] = useState(false);
  const video = row.call_type === "video_call";
  const calling = say("isCalling", { name: nameOf(person) });

  useEffect(() => {
    if (!still && !doing.busy) return ring("call");
  }, [still, doing.busy]);
  useEffect(() => (person === undefined ? undefined : notify(calling, row.id)), [calling]);
  useEffect(() => flashTitle(calling), [calling]);

  return (
    <Whole name={calling} role="alertdialog" onEscape={() => setStill(true)}>
      <section class="call incoming night" data-testid="incoming-call">
        <span class="pill kind">
          <Icon name={video ? "video" : "phone"} small />
          {say(video ? "videoCall" : "audioCall")}
        </span>
        <Ringer person={person} />
        <h2 class="cut">{nameOf(person)}</h2>
        <p class="its-state">{say("calling")}</p>
        <PaidByThem row={row} />
        {place.value[0] === "session" && <p class="pill note">{say("answerLeaves")}</p>}
        <Failure error={doing.failure} />
        <div class="answers-of-call">
          <Answer icon="hangUp" kind="no" word={say("decline")} doing={doing} onClick={onDecline} />
          {video && (
            <Answer
              icon="microphone"
              kind="veil"
              word={say("answerAudio")}
              doing={doing}
              onClick={() => onAnswer(false)}
            />
          )}
          <Answer
            icon={video ? "video" : "phone"}
            kind="yes"
            word={say(video ? "answerVideo" : "answer")}
            doing={doing}
            onClick={() => onAnswer(video)}
          />
        </div>
      </section>
    </Whole>
  );
}

interface Answered {
  icon: IconName;
  kind: "yes" | "no" | "veil";
  word: string;
  doing: Doing;
  onClick: () => void;
}

function Answer({ icon, kind, word, doing, onClick }: Answered) {
  return (
    <button class="answer" disabled={doing.busy} onClick={onClick}>
      <span class={`round ${kind}`}>
        <Icon name={icon} />
      </span>
      {word}
    </button>
  );
}

/** The tab's title, in turns with what it was. */
function flashTitle(calling: string): () => void {
  const before = document.title;
  document.title = calling;
  const timer = setInterval(
    () => (document.title = document.title === calling ? before : calling),
    TITLE_CHANGED_EVERY_MS,
  );
  return () => {
    clearInterval(timer);
    document.title = before;
  };
}
