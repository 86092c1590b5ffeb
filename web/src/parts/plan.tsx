// What a host can still change of a planned session: its title, and whether it takes place.
import { useState } from "preact/hooks";
import { operation } from "../client";
import type { LiveSession } from "../live-session";
import { TITLE_CHARACTERS_MAX, titleFrom } from "../title";
import { say } from "../words";
import { Ask } from "./ask";
import { Failure } from "./failure";

export function Plan({ live, onChange }: { live: LiveSession; onChange: () => void }) {
  const [doing, setDoing] = useState<"nothing" | "title" | "cancel">("nothing");
  const [failure, setFailure] = useState<unknown>(null);

  async function change(method: "PATCH" | "POST", path: string, body: () => object) {
    setFailure(null);
    try {
      await operation(method, `live/sessions/${live.id}${path}`, body());
      setDoing("nothing");
      onChange();
    } catch (error) {
      setFailure(error);
    }
  }

  function rename(event: SubmitEvent) {
    event.preventDefault();
    const form = event.currentTarget;
    void change("PATCH", "", () => ({ title: titleFrom(form) }));
  }

  return (
    <>
      {doing === "title" ? (
        <form class="row" onSubmit={rename}>
          <input name="title" aria-label={say("title")} defaultValue={live.title ?? ""} maxLength={TITLE_CHARACTERS_MAX} />
          <button class="main">{say("save")}</button>
        </form>
      ) : (
        <div class="row">
          <button onClick={() => setDoing("title")}>{say("editTitle")}</button>
          <button onClick={() => setDoing("cancel")}>{say("cancelSession")}</button>
        </div>
      )}
      {doing === "cancel" && (
        <Ask yes={say("cancelSession")} onYes={() => void change("POST", "/cancel", () => ({}))} onNo={() => setDoing("nothing")}>
          {say("cancelAsked")}
        </Ask>
      )}
      <Failure error={failure} />
    </>
  );
}
