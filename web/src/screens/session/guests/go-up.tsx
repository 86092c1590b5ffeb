// Before one goes up: oneself as the others will see one, with what is on and off, and the step itself.
import { useEffect, useMemo } from "preact/hooks";
import { Face } from "../../../parts/face";
import { Failure } from "../../../parts/failure";
import { Icon } from "../../../parts/icons";
import { MovingPicture } from "../../../parts/moving-picture";
import { Over } from "../../../parts/sheet";
import { Preview } from "../../../room/preview";
import type { LiveSession } from "../../../stores/live-session";
import { profile } from "../../../stores/login";
import { say } from "../../../words";
import type { Guest } from "./guest";
import "./guests.css";

export function GoUpSheet({ live, guest }: { live: LiveSession; guest: Guest }) {
  const preview = useMemo(() => new Preview(), []);
  const video = live.session_type === "video_live";
  const microphone = preview.microphone.value;

  useEffect(() => {
    void preview.open({ video });
    return () => preview.close();
  }, []);

  return (
    <Over title={say("youMayGoUp")} held onClose={() => guest.ready(false)}>
      <div class={video ? "before-stage" : "before-stage voice-only"}>
        {video ? (
          <MovingPicture stream={preview.stream.value} mirrored />
        ) : (
          <>
            <span class="loudness" style={{ transform: `scale(${1 + preview.level.value * 0.5})` }} />
            <Face person={profile.value} size="huge" />
          </>
        )}
        <button
          class={microphone ? "round veil" : "round off"}
          aria-label={say("microphone")}
          aria-pressed={microphone}
          onClick={() => preview.turnMicrophone(!microphone)}
        >
          <Icon name={microphone ? "microphone" : "microphoneOff"} />
        </button>
      </div>
      <Failure error={preview.failure.value} retry={() => void preview.change({})} />
      <Failure error={guest.doing.failure} />
      <div class="steps">
        <button class="button soft big" onClick={() => guest.ready(false)}>
          {say("notNow")}
        </button>
        <button
          class="button main big"
          data-testid="go-up-now"
          disabled={guest.doing.busy || !preview.stream.value}
          onClick={() => guest.goUp(preview.handOver())}
        >
          {say("goUp")}
        </button>
      </div>
    </Over>
  );
}
