// Who is to be seen: one picture that fills the place, or several side by side; without any, the host in the light of a lamp.
import { useEffect, useRef } from "preact/hooks";
import { Face, nameOf } from "../../parts/face";
import { MovingPicture } from "../../parts/moving-picture";
import type { Broadcast, LiveRoom } from "../../room/live-room";
import type { Stay } from "../../room/stay";
import type { LiveSession } from "../../stores/live-session";
import { say } from "../../words";
import { Voices } from "./voices";

interface Seen {
  live: LiveSession;
  /** Null while it is on its way. */
  room: LiveRoom | null;
  stay: Stay;
  mine: boolean;
}

export function Stage({ live, room, stay, mine }: Seen) {
  const audio = live.session_type === "audio_room";
  const pictures = room ? [...room.pictures.value].sort((a, b) => rank(a, live) - rank(b, live)) : [];
  return (
    <div class={`stage${stay.at === "reconnecting" ? " lost" : ""}${audio ? " audio" : ""}`} data-testid="picture">
      {audio && <Heard live={live} room={room} />}
      {!audio && pictures.length > 0 && <Tiles pictures={pictures} />}
      {!audio && pictures.length === 0 && <Empty live={live} room={room} mine={mine} />}
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

/** A screen that is shared first, then the host, then who came when. */
function rank(picture: Broadcast, live: LiveSession): number {
  if (picture.screen) return 0;
  return picture.id === live.creator_id ? 1 : 2;
}

function Tiles({ pictures }: { pictures: Broadcast[] }) {
  return (
    <div class="tiles" data-count={pictures.length}>
      {pictures.map((picture) => (
        <figure key={picture.key}>
          <MovingPicture track={picture.track} mirrored={picture.own && !picture.screen} whole={picture.screen} />
        </figure>
      ))}
    </div>
  );
}

/** Instead of a picture the title as a poster, and who may speak. */
function Heard({ live, room }: { live: LiveSession; room: LiveRoom | null }) {
  return (
    <div class="heard-room">
      <h2 class="two-lines">{live.title}</h2>
      <Voices room={room} host={live.creator} />
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
