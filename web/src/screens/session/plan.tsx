// What a host can still change of a planned session: its title, when it is, and whether it takes place.
import { useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Ask } from "../../parts/sheet";
import { operation } from "../../server/client";
import type { LiveSession } from "../../stores/live-session";
import { tell } from "../../stores/toasts";
import { say } from "../../words";
import { forInput } from "../go-live/choices";
import { TITLE_CHARACTERS_MAX, titleFrom } from "./title";

const MINUTE_MS = 60_000;

export function Plan({ live, onChange }: { live: LiveSession; onChange: () => void }) {
  const [changing, setChanging] = useState<"nothing" | "title" | "date" | "cancel">("nothing");
  const { failure, attempt } = useDoing();

  async function change(act: () => Promise<unknown>, done: "saved" | "cancelled") {
    if (!(await attempt(act))) return;
    tell(say(done));
    setChanging("nothing");
    onChange();
  }

  function rename(event: SubmitEvent) {
    event.preventDefault();
    const form = event.currentTarget;
    void change(
      async () => operation<"edit_session">("PATCH", `live/sessions/${live.id}`, { title: titleFrom(form) }),
      "saved",
    );
  }

  function move(event: SubmitEvent) {
    event.preventDefault();
    const at = new Date(String(new FormData(event.currentTarget as HTMLFormElement).get("at")));
    void change(
      () => operation<"edit_session">("PATCH", `live/sessions/${live.id}`, { scheduled_at: at.toISOString() }),
      "saved",
    );
  }

  function cancel() {
    void change(() => operation<"cancel_session">("POST", `live/sessions/${live.id}/cancel`), "cancelled");
  }

  return (
    <>
      {changing === "date" && (
        <form class="row" onSubmit={move}>
          <div class="field grow">
            <label>
              {say("dateAndTime")}
              <input
                type="datetime-local"
                name="at"
                required
                min={forInput(new Date(Date.now() + MINUTE_MS))}
                defaultValue={live.scheduled_at ? forInput(new Date(live.scheduled_at)) : ""}
              />
            </label>
          </div>
          <button class="button main">{say("save")}</button>
        </form>
      )}
      {changing === "title" && (
        <form class="row" onSubmit={rename}>
          <input
            name="title"
            aria-label={say("title")}
            defaultValue={live.title ?? ""}
            maxLength={TITLE_CHARACTERS_MAX}
          />
          <button class="button main">{say("save")}</button>
        </form>
      )}
      {(changing === "nothing" || changing === "cancel") && (
        <div class="row">
          <button class="button" onClick={() => setChanging("title")}>
            {say("editTitle")}
          </button>
          <button class="button" onClick={() => setChanging("date")}>
            {say("editDate")}
          </button>
          <button class="button" onClick={() => setChanging("cancel")}>
            {say("cancelSession")}
          </button>
        </div>
      )}
      {changing === "cancel" && (
        <Ask
          title={say("cancelAsked")}
          yes={say("cancelSession")}
          danger
          onYes={cancel}
          onNo={() => setChanging("nothing")}
        >
          {say("cancelMeans")}
        </Ask>
      )}
      <Failure error={failure} />
    </>
  );
}
