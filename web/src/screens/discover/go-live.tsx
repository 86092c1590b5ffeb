// The way onto the stage: what it is about, with or without a picture.
import { go } from "../../frame/place";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { operation } from "../../server/client";
import { say } from "../../words";
import { TITLE_CHARACTERS_MAX, titleFrom } from "../session/title";

export function GoLive() {
  const { busy, failure, attempt } = useDoing();

  function submit(event: SubmitEvent) {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    void attempt(async () => {
      const made = await operation<"create_session">("POST", "live/sessions", {
        title: titleFrom(form),
        session_type: new FormData(form).get("session_type") === "audio_room" ? "audio_room" : "video_live",
      });
      go(`/session/${made.session.id}`);
    });
  }

  return (
    <form class="panel go-live" onSubmit={submit}>
      <div class="field">
        <label>
          {say("title")}
          <input name="title" maxLength={TITLE_CHARACTERS_MAX} placeholder={say("titleHint")} required />
        </label>
      </div>
      <div class="field">
        <label>
          {say("kind")}
          <select name="session_type">
            <option value="video_live">{say("videoLive")}</option>
            <option value="audio_room">{say("audioRoom")}</option>
          </select>
        </label>
      </div>
      <button class="button main" disabled={busy}>
        {say("goLive")}
      </button>
      <Failure error={failure} />
    </form>
  );
}
