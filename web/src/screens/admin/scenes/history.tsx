// How a scene's pictures were made before, the newest first; any of it can be looked at beside now, and come back.
import { useState } from "preact/hooks";
import type { KeptScene, SceneVersion, VersionChange } from "../../../operations";
import { useDoing } from "../../../parts/doing";
import { Failure } from "../../../parts/failure";
import { Ask } from "../../../parts/sheet";
import { operation } from "../../../server/client";
import { tell } from "../../../stores/toasts";
import { number, when } from "../../../words";
import { fieldName, sayOfKeeping } from "../../../words/keeping";
import { useAsked } from "../asked";

const VERSIONS_MAX = 50;

interface Kept {
  kept: KeptScene;
  onRestored: () => void;
}

export function History({ kept, onRestored }: Kept) {
  const { answer, failure, again } = useAsked(`versions ${kept.version_id}`, () =>
    operation<"list_scene_versions">("GET", `admin/scenes/${kept.scene.id}/versions?limit=${VERSIONS_MAX}`),
  );
  return (
    <section class="panel versions" aria-label={sayOfKeeping("history")}>
      <h2>{sayOfKeeping("history")}</h2>
      <Failure error={failure} retry={again} />
      {answer?.versions.length === 1 && <p class="dim">{sayOfKeeping("historyNone")}</p>}
      <ol>
        {answer?.versions.map((version) => (
          <Version key={version.id} {...{ version, kept, onRestored }} />
        ))}
      </ol>
    </section>
  );
}

function Version({ version, kept, onRestored }: Kept & { version: SceneVersion }) {
  const [changes, setChanges] = useState<VersionChange[]>();
  const [asked, setAsked] = useState(false);
  const { busy, failure, attempt } = useDoing();
  const isNow = version.id === kept.version_id;
  const values = { number: number(version.number) };

  const compare = () =>
    attempt(async () => {
      const path = `admin/scene-versions/${version.id}/changes/${kept.version_id}` as const;
      setChanges((await operation<"compare_scene_versions">("GET", path)).changes);
    });

  async function restore() {
    setAsked(false);
    const done = await attempt(() =>
      operation<"restore_scene_version">("POST", `admin/scene-versions/${version.id}/restore`),
    );
    if (!done) return;
    tell(sayOfKeeping("restored"));
    onRestored();
  }

  return (
    <li data-testid="scene-version">
      <b>
        {sayOfKeeping("version", values)}
        {isNow && ` · ${sayOfKeeping("isNow")}`}
        {version.is_variant && ` · ${sayOfKeeping("variant")}`}
      </b>
      <small class="dim">{[when(version.created_at), version.note].filter(Boolean).join(" · ")}</small>
      {!isNow && (
        <div class="row">
          <button class="button small" disabled={busy} onClick={() => void compare()}>
            {sayOfKeeping("compare")}
          </button>
          <button class="button small" disabled={busy} onClick={() => setAsked(true)}>
            {sayOfKeeping("restore")}
          </button>
        </div>
      )}
      {changes && <Changes changes={changes} />}
      <Failure error={failure} />
      {asked && (
        <Ask
          title={sayOfKeeping("restoreAsked", values)}
          yes={sayOfKeeping("restore")}
          onYes={() => void restore()}
          onNo={() => setAsked(false)}
        >
          {sayOfKeeping("restoreMeans")}
        </Ask>
      )}
    </li>
  );
}

function Changes({ changes }: { changes: VersionChange[] }) {
  if (changes.length === 0) return <p class="dim">{sayOfKeeping("nothingOther")}</p>;
  return (
    <dl>
      {changes.map(({ field, before, after }) => (
        <div key={field}>
          <dt>{fieldName(field)}</dt>
          <dd>
            <small class="dim">{sayOfKeeping("wasThen")}</small> {before ?? sayOfKeeping("nothing")}
          </dd>
          <dd>
            <small class="dim">{sayOfKeeping("isToday")}</small> {after ?? sayOfKeeping("nothing")}
          </dd>
        </div>
      ))}
    </dl>
  );
}
