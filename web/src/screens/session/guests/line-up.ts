// Who stands on a stage of pictures, and in which order: a shared screen, the host, then who came when.
import type { Broadcast, Voice } from "../../../room/live-room";

export const STAGE_MAX = 9;

export interface OnStage {
  key: string;
  id: string;
  picture: Broadcast | null;
  voice: Voice | undefined;
}

export function lineUp(pictures: Broadcast[], voices: Voice[], hostId: string): OnStage[] {
  const voiceOf = (id: string) => voices.find((voice) => voice.id === id);
  const seen = pictures.map((picture) => ({
    key: keyOf(picture),
    id: picture.id,
    picture,
    voice: voiceOf(picture.id),
  }));
  // Heard and not seen; who is neither has not come up, or has gone down again.
  const heard = voices
    .filter((voice) => voice.microphone && !pictures.some((picture) => picture.id === voice.id && !picture.screen))
    .map((voice) => ({ key: voice.id, id: voice.id, picture: null, voice }));
  const rank = ({ id, picture }: OnStage) => (picture?.screen ? 0 : id === hostId ? 1 : 2);
  return [...seen, ...heard].sort((a, b) => rank(a) - rank(b)).slice(0, STAGE_MAX);
}

/** A camera that goes on and off stays the same tile. */
function keyOf(picture: Broadcast): string {
  return picture.screen ? `screen:${picture.id}` : picture.id;
}
