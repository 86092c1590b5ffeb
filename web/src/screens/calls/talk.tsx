// In a call: the other one's picture as large as the screen, one's own in a corner, how long it has been, and what one can
// do with the thumb. Before it is answered one sees oneself.
import { useEffect } from "preact/hooks";
import type { CallOfTwo } from "../../operations";
import { useCorner } from "../../parts/corner";
import type { Doing } from "../../parts/doing";
import { Face, nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Icon, type IconName } from "../../parts/icons";
import { MovingPicture } from "../../parts/moving-picture";
import { clockOf, useNow } from "../../parts/now";
import { ring } from "../../parts/ring";
import { Whole } from "../../parts/sheet";
import type { CallRoom, Link } from "../../room/call-room";
import type { Preview } from "../../room/preview";
import type { Person } from "../../stores/people";
import { say } from "../../words";
import { Cost } from "./paid";
import { Ringer } from "./ringer";

export interface Talking {
  row: CallOfTwo;
  person: Person | null | undefined;
  room: CallRoom;
  preview: Preview;
  doing: Doing;
  onHangUp: () => void;
}

const OWN_MARGINS = { top: 76, side: 12, foot: 148 };

export function Talk({ onSmall, onComeBack, ...talking }: Talking & { onSmall: () => void; onComeBack: () => void }) {
  const { row, person, room, preview, doing } = talking;
  const answered = row.status === "accepted";
  const link = room.link.value;
  const theirs = room.theirs.value;
  const own = room.own.value ?? preview.stream.value;
  const ownPicture = own?.getVideoTracks().length ? own : null;

  useEffect(() => {
    if (row.status === "ringing") return ring("waiting");
  }, [row.status]);

  return (
    <Whole name={say("callWith", { name: nameOf(person) })} onEscape={onSmall}>
      <section class="call night" data-testid="call" data-link={link}>
        {theirs && <MovingPicture stream={theirs} />}
        {!answered && ownPicture && <MovingPicture stream={ownPicture} mirrored />}
        {!theirs && (
          <div class="unseen-face">
            <Ringer person={person} still={answered} />
            <h2 class="cut">{nameOf(person)}</h2>
            <p class="its-state" role="status">
              {stateOf(talking)}
            </p>
          </div>
        )}
        <header class="call-head">
          <button class="round veil" aria-label={say("makeSmall")} onClick={onSmall}>
            <Icon name="down" />
          </button>
          {theirs && <Who {...talking} />}
          <Cost row={row} />
        </header>
        {answered && ownPicture && <OwnPicture stream={ownPicture} />}
        {link === "reconnecting" && <p class="pill link-lost">{say("reconnecting")}</p>}
        <div class="call-foot">
          <Failure error={doing.failure ?? preview.failure.value} retry={link === "lost" ? onComeBack : undefined} />
          {link === "lost" && !doing.failure && (
            <button class="button off" disabled={doing.busy} onClick={onComeBack}>
              {say("comeBackToCall")}
            </button>
          )}
          {room.soundBlocked.value && (
            <button class="button off" onClick={() => room.turnSoundOn()}>
              {say("soundOn")}
            </button>
          )}
          <Controls {...talking} />
        </div>
      </section>
    </Whole>
  );
}

function Who({ row, person, room }: Talking) {
  return (
    <span class="call-who">
      <Face person={person} />
      <span>
        <b class="cut">{nameOf(person)}</b>
        <small>
          <Timer row={row} link={room.link.value} />
          {!room.theirMicrophone.value && <Icon name="microphoneOff" small />}
        </small>
      </span>
    </span>
  );
}

/** Since it was answered, by the server's clock. */
export function Timer({ row, link }: { row: CallOfTwo; link: Link }) {
  const now = useNow();
  if (link === "connecting" || link === "idle") return <span>{say("connecting")}</span>;
  return <time>{clockOf((now - Date.parse(row.answered_at ?? "")) / 1000)}</time>;
}

function stateOf({ row, room }: Talking) {
  if (row.status === "initiated") return say("reaching");
  if (row.status === "ringing") return say("itRings");
  if (room.link.value === "alone") return say("waitingForThem");
  if (room.link.value === "lost") return say("callLost");
  return <Timer row={row} link={room.link.value} />;
}

function OwnPicture({ stream }: { stream: MediaStream }) {
  const corner = useCorner<HTMLDivElement>({ right: true, foot: false }, OWN_MARGINS);
  return (
    <div class="own-picture" {...corner} data-testid="own-picture">
      <MovingPicture stream={stream} mirrored />
    </div>
  );
}

function Controls({ row, room, preview, doing, onHangUp }: Talking) {
  const answered = row.status === "accepted";
  const microphone = answered ? room.microphone.value : preview.microphone.value;
  const camera = room.camera.value;
  const video = row.call_type === "video_call";
  const there = room.link.value === "together" || room.link.value === "alone";
  const act = (promise: Promise<void>) => void promise.catch(doing.fail);
  const turnMicrophone = () => (answered ? act(room.turnMicrophone(!microphone)) : preview.turnMicrophone(!microphone));
  return (
    <div class="call-controls">
      <Control
        icon={microphone ? "microphone" : "microphoneOff"}
        word={say(microphone ? "mute" : "unmute")}
        off={!microphone}
        onClick={turnMicrophone}
      />
      {answered && video && (
        <Control
          icon={camera ? "video" : "videoOff"}
          word={say("camera")}
          off={!camera}
          disabled={!there}
          onClick={() => act(room.turnCamera(!camera))}
        />
      )}
      {answered && video && room.cameras.value > 1 && (
        <Control icon="flip" word={say("turnCamera")} disabled={!camera} onClick={() => act(room.flip())} />
      )}
      <Control
        icon="hangUp"
        word={say(answered ? "endCall" : "giveUp")}
        kind="no"
        disabled={doing.busy}
        onClick={onHangUp}
      />
    </div>
  );
}

interface Controlled {
  icon: IconName;
  word: string;
  kind?: "no";
  off?: boolean;
  disabled?: boolean;
  onClick: () => void;
}

function Control({ icon, word, kind, off = false, disabled = false, onClick }: Controlled) {
  return (
    <button class="answer" disabled={disabled} onClick={onClick}>
      <span class={`round ${kind ?? (off ? "off" : "veil")}`}>
        <Icon name={icon} />
      </span>
      {word}
    </button>
  );
}
