// An audio room's people: the host and who else may speak, who does now, and whose microphone is off.
import { useEffect } from "preact/hooks";
import { Face, nameOf } from "../../parts/face";
import { Icon } from "../../parts/icons";
import type { LiveRoom, Voice } from "../../room/live-room";
import { meetPeople, type Person, people } from "../../stores/people";
import { say } from "../../words";

export function Voices({ room, host }: { room: LiveRoom | null; host: Person | null }) {
  const voices = room?.voices.value ?? [];
  const silent: Voice = { id: host?.id ?? "", speaking: false, microphone: false };
  const shown = [
    voices.find((voice) => voice.id === host?.id) ?? silent,
    ...voices.filter((voice) => voice.id !== host?.id),
  ];
  const ids = shown.map((voice) => voice.id).filter((id) => id !== host?.id);
  useEffect(() => void meetPeople(ids), [ids.join()]);
  return (
    <ul class="voices">
      {shown.map((voice) => {
        const person = voice.id === host?.id ? host : people.value[voice.id];
        return (
          <li key={voice.id} class={voice.speaking ? "voice speaking" : "voice"} data-testid="voice">
            <Face person={person} size="large" />
            <b>{nameOf(person)}</b>
            <small class={voice.microphone ? "" : "muted"}>
              <Icon name={voice.microphone ? "microphone" : "microphoneOff"} small />{" "}
              {say(wordFor(voice, voice.id === host?.id))}
            </small>
          </li>
        );
      })}
    </ul>
  );
}

function wordFor(voice: Voice, isHost: boolean) {
  if (voice.speaking) return "speaking";
  if (isHost) return "host";
  return voice.microphone ? "microphoneOn" : "microphoneOff";
}
