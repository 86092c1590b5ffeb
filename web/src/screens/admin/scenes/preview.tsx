// A dry run of what is typed, a moment after the last key: what makers would be told, who they are, and what is wrong.
import { useEffect, useState } from "preact/hooks";
import type { AboutField, SamplePrompt, ScenePreview } from "../../../operations";
import { Failure } from "../../../parts/failure";
import { operation } from "../../../server/client";
import { fieldName, sayOfKeeping } from "../../../words/keeping";
import { useAsked } from "../asked";
import { type Draft, trialOf } from "./draft";

const STILL_MS = 400;

export function Preview({ draft, id }: { draft: Draft; id: string | null }) {
  const typed = JSON.stringify(trialOf(draft, id));
  const [still, setStill] = useState(typed);
  useEffect(() => {
    const waiting = setTimeout(() => setStill(typed), STILL_MS);
    return () => clearTimeout(waiting);
  }, [typed]);
  const { answer, failure } = useAsked(still, () =>
    operation<"preview_scene">("POST", "admin/scenes/preview", JSON.parse(still)),
  );
  return (
    <section class="panel dry-run" aria-label={sayOfKeeping("preview")}>
      <h2>{sayOfKeeping("preview")}</h2>
      <p class="dim">{sayOfKeeping("previewMeans")}</p>
      {draft.thumbnail_url && <img src={draft.thumbnail_url} alt="" />}
      <Failure error={failure} />
      {answer && <Told told={answer} />}
    </section>
  );
}

function Told({ told }: { told: ScenePreview }) {
  return (
    <div aria-live="polite">
      <Said title={sayOfKeeping("faults")} all={told.faults} wrong />
      <dl>
        {told.samples.map((sample) => (
          <div key={sample.gender}>
            <dt>{whose(sample)}</dt>
            <dd>{sample.prompt || "…"}</dd>
          </div>
        ))}
      </dl>
      <h3>{sayOfKeeping("asked")}</h3>
      <ol>
        {told.makers.map(({ name, unused }) => (
          <li key={name}>
            <b>{name}</b> {heeds(unused)}
          </li>
        ))}
      </ol>
      <Said title={sayOfKeeping("notes")} all={told.notes} />
    </div>
  );
}

function Said({ title, all, wrong = false }: { title: string; all: AboutField[]; wrong?: boolean }) {
  if (all.length === 0) return null;
  return (
    <div class={wrong ? "failure" : undefined}>
      <h3>{title}</h3>
      <ul>
        {all.map(({ field, what }) => (
          <li key={field + what}>
            <b>{fieldName(field)}</b> {what}
          </li>
        ))}
      </ul>
    </div>
  );
}

function whose({ gender }: SamplePrompt): string {
  if (gender === null) return sayOfKeeping("ofSomebody");
  return sayOfKeeping(gender === "male" ? "ofMan" : "ofWoman");
}

function heeds(unused: ScenePreview["makers"][number]["unused"]): string {
  if (unused.length === 0) return sayOfKeeping("heedsAll");
  return sayOfKeeping(unused.includes("prompt") ? "heedsNoPrompt" : "heedsNoNegative");
}
