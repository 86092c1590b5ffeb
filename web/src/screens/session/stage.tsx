// Who is to be seen: one picture that fills the place, or several side by side; without any, the host in the light of a lamp.
import { useEffect, useRef } from "preact/hooks";
import { Face, nameOf } from "../../parts/face";
import type { Broadcast, LiveRoom } from "../../room/live-room";
import type { Stay } from "../../room/stay";
import type { LiveSession } from "../../stores/live-session";
import { say } from "../../words";
import type { Guest } from "./guests/guest";
import { lineUp } from "./guests/line-up";
import { Seats } from "./guests/seats";
import { Tiles } from "./guests/tiles";
import "./stage.css";

interface Seen {
  live: LiveSession;
  /** Null while it is on its way. */
  room: LiveRoom | null;
  stay: Stay;
  mine: boolean;
  guest: Guest;
  /** Somebody was tapped. */
  onName: (profileId: string) => void;
  /** A free seat was. */
  onAsk: () => void;
}

export function Stage({ live, room, stay, mine, guest, onName, onAsk }: Seen) {
  const audio = live.session_type === "audio_room";
  const shown = room ? lineUp(room.pictures.value, room.voices.value, live.creator_id) : [];
  const seen = shown.some((each) => each.picture);
  return (
    <div class={`stage${stay.at === "reconnecting" ? " lost" : ""}${audio ? " audio" : ""}`} data-testid="picture">
      {audio && <Heard {...{ live, room, guest, onName, onAsk }} />}
      {!audio && seen && <Tiles shown={shown} hostId={live.creator_id} onName={onName} />}
      {!audio && !seen && <Empty live={live} room={room} mine={mine} />}
      {!mine && live.interrupted_at && (
        <p class="notice" role="status" data-testid="away">
          {say("hostAway")}
        </p>
      )}
      {stay.at === "reconnecting" && (
        <p class="notice slow" role="status">
          {say("reconnecting")}
        </p>
      )}
      {room?.sounds.value.map((sound) => (
        <Sound key={sound.key} sound={sound} volume={room.volume.value} />
      ))}
    </div>
  );
}

/** Instead of a picture the title as a poster, and who may speak. */
function Heard({ live, ...round }: Omit<Seen, "stay" | "mine">) {
  return (
    <div class="heard-room">
      <h2 class="two-lines">{live.title}</h2>
      <Seats live={live} {...round} />
    </div>
  );
}

function Empty({ live, room, mine }: { live: LiveSession; room: LiveRoom | null; mine: boolean }) {
  const isOff = room?.voices.value.some((voice) => voice.id === live.creator_id);
  const said = mine && room ? "cameraIsOff" : isOff && !live.interrupted_at ? "hostCameraOff" : "waitingForVideo";
  return (
    <div class="no-picture">
      <Face person={live.creator} size="huge" />
      <b>{nameOf(live.creator)}</b>
      {!live.interrupted_at && <p role="status">{say(said)}</p>}
    </div>
  );
}

function Sound({ sound, volume }: { sound: Broadcast; volume: number }) {
  const element = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const player = element.current!;
    sound.track.attach(player);
    return () => void sound.track.detach(player);
  }, [sound.track]);
  useEffect(() => {
    element.current!.volume = volume;
    element.current!.muted = volume === 0; // a phone leaves the volume to its keys, but can be silent
  }, [volume, sound.track]);
  // biome-ignore lint/a11y/useMediaCaption: what is said live has no captions
  return <audio ref={element} />;
}
