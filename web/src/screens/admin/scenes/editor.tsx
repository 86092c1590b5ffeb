// One scene, or one to be: what it is called and when it is offered, what makes its pictures, what would come of it, and how it
// was before.
import { useState } from "preact/hooks";
import { goInstead } from "../../../frame/place";
import type { KeptCategory, KeptScene, NewScene } from "../../../operations";
import { useDoing } from "../../../parts/doing";
import { Failure } from "../../../parts/failure";
import { operation } from "../../../server/client";
import { tell } from "../../../stores/toasts";
import { say } from "../../../words";
import { sayOfKeeping } from "../../../words/keeping";
import { useAsked } from "../asked";
import { changes, type Draft, draftOf } from "./draft";
import { Fields } from "./fields";
import { History } from "./history";
import { Namings } from "./namings";
import { Preview } from "./preview";
import { Trials } from "./trials";
import "./editor.css";

/** `id` is `new` for one to be. */
export function SceneEditor({ id }: { id: string }) {
  const [round, setRound] = useState(0);
  const { answer, failure, again } = useAsked(`scene ${id} ${round}`, async () => {
    const { categories } = await operation<"admin_categories">("GET", "admin/categories");
    const kept = id === "new" ? null : await operation<"read_admin_scene">("GET", `admin/scenes/${id}`);
    return { round, categories, kept: kept?.scene ?? null };
  });
  return (
    <>
      <Failure error={failure} retry={again} />
      {!answer && !failure && <span class="skeleton scenes-to-come" role="status" aria-label={say("loading")} />}
      {answer && <Edited key={answer.round} {...answer} onChanged={() => setRound(round + 1)} />}
    </>
  );
}

interface Shown {
  categories: KeptCategory[];
  kept: KeptScene | null;
  onChanged: () => void;
}

function Edited({ categories, kept, onChanged }: Shown) {
  const [before] = useState(() => draftOf(kept, categories[0]?.category.slug));
  const [draft, setDraft] = useState(before);
  const { busy, failure, attempt } = useDoing();
  const change = (part: Partial<Draft>) => setDraft((typed) => ({ ...typed, ...part }));

  async function save(event: SubmitEvent) {
    event.preventDefault();
    const fields = changes(draft, kept ? before : draftOf(null));
    if (kept && Object.keys(fields).length === 0) return tell(sayOfKeeping("nothingChanged"));
    await attempt(async () => {
      if (kept) await operation<"edit_scene">("PATCH", `admin/scenes/${kept.scene.id}`, fields);
      else {
        const { scene } = await operation<"add_scene">("POST", "admin/scenes", fields as NewScene);
        goInstead(`/admin/scenes/${scene.scene.id}`);
      }
      tell(say("saved"));
      if (kept) onChanged();
    });
  }

  return (
    <div class="scene-editor">
      <form onSubmit={(event) => void save(event)}>
        <Fields {...{ draft, change, categories }} />
        <Namings namings={draft.translations} onChange={(translations) => change({ translations })} />
        <div>
          <div class="field">
            <label>
              {sayOfKeeping("note")}
              <input
                value={draft.note}
                maxLength={500}
                onInput={(event) => change({ note: event.currentTarget.value })}
              />
            </label>
          </div>
          <p class="hint">{sayOfKeeping("noteMeans")}</p>
        </div>
        <Failure error={failure} />
        <button class="button main big full" disabled={busy}>
          {say("save")}
        </button>
      </form>
      <aside>
        <Preview draft={draft} id={kept?.scene.id ?? null} />
        {kept && <Trials kept={kept} onChanged={onChanged} />}
        {kept && <History kept={kept} onRestored={onChanged} />}
      </aside>
    </div>
  );
}
