// What a host can still change of a planned session: its title, when it is, what it is about, whether it comes again, and
// whether it takes place.
import { useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Ask, Over } from "../../parts/sheet";
import { operation } from "../../server/client";
import { type About, isSame } from "../../stores/about";
import type { LiveSession } from "../../stores/live-session";
import type { Every } from "../../stores/series";
import { tell } from "../../stores/toasts";
import { say } from "../../words";
import { sayOfPlans } from "../../words/plans";
import { AboutSheet } from "../go-live/about";
import { Again } from "../go-live/again";
import { forInput } from "../go-live/choices";
import { repeat } from "../go-live/opening";
import { TITLE_CHARACTERS_MAX, titleFrom } from "./title";

const MINUTE_MS = 60_000;

interface Planned {
  live: LiveSession;
  every: Every;
  onEvery: (every: Every) => void;
  onChange: () => void;
}

export function Plan({ live, every, onEvery, onChange }: Planned) {
  const [changing, setChanging] = useState<"nothing" | "title" | "date" | "about" | "again" | "cancel">("nothing");
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

  function describe(about: About) {
    if (isSame(about, live)) return setChanging("nothing");
    void change(() => operation<"edit_session">("PATCH", `live/sessions/${live.id}`, { ...about }), "saved");
  }

  /** Shown at once, and taken back when it is refused. */
  async function comeAgain(chosen: Every) {
    onEvery(chosen);
    const done = await attempt(async () => {
      if (chosen) await repeat(live.id, chosen);
      else if (every) await operation<"stop_repeating">("DELETE", `live/sessions/${live.id}/repeat`);
    });
    if (!done) onEvery(every);
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
      {changing === "about" && <AboutSheet value={live} failure={failure} onClose={describe} />}
      {changing === "again" && (
        <Over title={sayOfPlans("again")} onClose={() => setChanging("nothing")}>
          <Again value={every} onChoose={(chosen) => void comeAgain(chosen)} />
          <Failure error={failure} />
          <button type="button" class="button main big full" onClick={() => setChanging("nothing")}>
            {say("done")}
          </button>
        </Over>
      )}
      {changing !== "title" && changing !== "date" && (
        <div class="row">
          <button class="button" onClick={() => setChanging("title")}>
            {say("editTitle")}
          </button>
          <button class="button" onClick={() => setChanging("date")}>
            {say("editDate")}
          </button>
          <button class="button" onClick={() => setChanging("about")}>
            {sayOfPlans("about")}
          </button>
          {live.scheduled_at && (
            <button class="button" onClick={() => setChanging("again")}>
              {every ? sayOfPlans(every) : sayOfPlans("again")}
            </button>
          )}
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
