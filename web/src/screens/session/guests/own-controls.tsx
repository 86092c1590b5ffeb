// A guest's own controls, above the composer: microphone, camera, the other camera, and down again, which asks nothing.
import { Icon, type IconName } from "../../../parts/icons";
import type { LiveRoom } from "../../../room/live-room";
import type { LiveSession } from "../../../stores/live-session";
import { say } from "../../../words";
import type { Guest } from "./guest";
import "./guests.css";

export function OwnControls({ live, room, guest }: { live: LiveSession; room: LiveRoom; guest: Guest }) {
  if (guest.at !== "up") return null;
  const silenced = guest.seat?.is_muted === true;
  const microphone = room.microphone.value === true;
  const camera = room.camera.value === true;
  const act = (promise: Promise<void>) => void promise.catch(guest.doing.fail);
  return (
    <div class="own-controls" data-testid="own-controls">
      {silenced && (
        <p class="pill silenced" role="status">
          {say("hostMutedYou")}
        </p>
      )}
      <Switch
        icon={microphone ? "microphone" : "microphoneOff"}
        word={say(silenced ? "hostMutedYou" : microphone ? "microphoneOn" : "microphoneOff")}
        on={microphone}
        disabled={silenced}
        onClick={() => act(room.turnMicrophone(!microphone))}
      />
      {live.session_type === "video_live" && (
        <>
          <Switch
            icon={camera ? "video" : "videoOff"}
            word={say(camera ? "cameraOn" : "cameraOff")}
            on={camera}
            onClick={() => act(room.turnCamera(!camera))}
          />
          <Switch icon="flip" word={say("flip")} on disabled={!camera} onClick={() => act(room.flip())} />
        </>
      )}
      <span class="grow" />
      <button class="button over-picture" disabled={guest.doing.busy} onClick={guest.stepDown}>
        {say("stepDown")}
      </button>
    </div>
  );
}

interface Switched {
  icon: IconName;
  word: string;
  on: boolean;
  disabled?: boolean;
  onClick: () => void;
}

function Switch({ icon, word, on, disabled = false, onClick }: Switched) {
  return (
    <button class={on ? "round veil" : "round off"} aria-label={word} title={word} {...{ disabled, onClick }}>
      <Icon name={icon} />
    </button>
  );
}
