// What a host can still change of a planned session: its title, and whether it takes place.
import { useState } from "preact/hooks";
import { operation } from "../client";
import { useDoing } from "../doing";
import type { LiveSession } from "../live-session";
import { TITLE_CHARACTERS_MAX, titleFrom } from "../title";
import { say } from "../words";
import { Ask } from "./ask";
import { Failure } from "./failure";

export function Plan({ live, onChange }: { live: LiveSession; onChange: () => void }) {
  const [changing, setChanging] = useState<"nothing" | "title" | "cancel">("nothing");
  const { failure, attempt } = useDoing();

  async function change(act: () => Promise<unknown>) {
    if (!(await attempt(act))) return;
    setChanging("nothing");
    onChange();
  }

  function rename(event: SubmitEvent) {
    event.preventDefault();
    const form = event.currentTarget;
    void change(async () => operation<"edit_session">("PATCH", `live/sessions/${live.id}`, { title: titleFrom(form) }));
  }

  function cancel() {
    void change(() => operation<"cancel_session">("POST", `live/sessions/${live.id}/cancel`));
  }

  return (
    <>
      {changing === "title" ? (
        <form class="row" onSubmit={rename}>
          <input
            name="title"
            aria-label={say("title")}
            defaultValue={live.title ?? ""}
            maxLength={TITLE_CHARACTERS_MAX}
          />
          <button class="main">{say("save")}</button>
        </form>
      ) : (
        <div class="row">
          <button onClick={() => setChanging("title")}>{say("editTitle")}</button>
          <button onClick={() => setChanging("cancel")}>{say("cancelSession")}</button>
        </div>
      )}
      {changing === "cancel" && (
        <Ask yes={say("cancelSession")} onYes={cancel} onNo={() => setChanging("nothing")}>
          {say("cancelAsked")}
        </Ask>
      )}
      <Failure error={failure} />
    </>
  );
}
