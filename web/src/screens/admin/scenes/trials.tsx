// Several ways of making a scene's pictures, tried at once: how each fares, a new trial, and the end of one with the way that
// has won.
import { useState } from "preact/hooks";
import type { KeptScene, SceneExperiment } from "../../../operations";
import { Chips } from "../../../parts/chips";
import { useDoing } from "../../../parts/doing";
import { Failure } from "../../../parts/failure";
import { Over } from "../../../parts/sheet";
import { operation } from "../../../server/client";
import { when } from "../../../words";
import { sayOfTrying } from "../../../words/trying";
import { useAsked } from "../asked";
import type { Table } from "../csv";
import { Figure } from "../figure";
import { NewTrial } from "./new-trial";

const NONE = "none";

interface Kept {
  kept: KeptScene;
  onChanged: () => void;
}

export function Trials({ kept, onChanged }: Kept) {
  const [isOpen, setOpen] = useState(false);
  const { answer, failure, again } = useAsked(`trials ${kept.version_id} ${kept.experiment_id}`, () =>
    operation<"list_experiments">("GET", `admin/scenes/${kept.scene.id}/experiments`),
  );
  return (
    <section class="trials" aria-label={sayOfTrying("trials")}>
      <h2>{sayOfTrying("trials")}</h2>
      <p class="dim">{sayOfTrying("trialsMean")}</p>
      <Failure error={failure} retry={again} />
      {answer && !kept.experiment_id && (
        <button class="button" onClick={() => setOpen(true)}>
          {sayOfTrying("start")}
        </button>
      )}
      {answer?.experiments.map((each) => (
        <Trial key={each.id} trial={each} onEnded={onChanged} />
      ))}
      {isOpen && <NewTrial kept={kept} onClose={() => setOpen(false)} onStarted={onChanged} />}
    </section>
  );
}

function Trial({ trial, onEnded }: { trial: SceneExperiment; onEnded: () => void }) {
  const [asked, setAsked] = useState(false);
  return (
    <Figure title={trial.name} summary={timeOf(trial)} table={tableOf(trial)} open>
      {!trial.ended_at && (
        <div class="row">
          <button class="button small" onClick={() => setAsked(true)}>
            {sayOfTrying("end")}
          </button>
        </div>
      )}
      {asked && <Ending trial={trial} onClose={() => setAsked(false)} onEnded={onEnded} />}
    </Figure>
  );
}

function timeOf({ started_at, ended_at, variants }: SceneExperiment): string {
  if (!ended_at) return sayOfTrying("goesOn", { from: when(started_at) });
  const winner = variants.find((each) => each.is_winner);
  const came = winner ? sayOfTrying("won", { label: winner.label }) : sayOfTrying("noneWon");
  return `${sayOfTrying("wasOn", { from: when(started_at), until: when(ended_at) })} · ${came}`;
}

const COUNTS = ["people", "asked", "failed", "made", "kept", "favourites", "shared"] as const;

function tableOf({ variants }: SceneExperiment): Table {
  const whole = variants.reduce((sum, each) => sum + each.weight, 0);
  return {
    columns: [sayOfTrying("column"), sayOfTrying("share"), ...COUNTS.map((name) => sayOfTrying(name))],
    rows: variants.map((each) => [
      each.label,
      Math.round((1000 * each.weight) / whole) / 10,
      ...COUNTS.map((name) => each[name]),
    ]),
  };
}

interface Asked {
  trial: SceneExperiment;
  onClose: () => void;
  onEnded: () => void;
}

function Ending({ trial, onClose, onEnded }: Asked) {
  const [winner, setWinner] = useState(NONE);
  const { busy, failure, attempt } = useDoing();

  async function end(event: SubmitEvent) {
    event.preventDefault();
    const body = { winner_id: winner === NONE ? null : winner };
    const path = `admin/scene-experiments/${trial.id}/end` as const;
    if (!(await attempt(() => operation<"end_experiment">("POST", path, body)))) return;
    onClose();
    onEnded();
  }

  return (
    <Over title={sayOfTrying("endTitle", { name: trial.name })} onClose={onClose}>
      <form class="scene-form" onSubmit={(event) => void end(event)}>
        <p class="dim">{sayOfTrying("endMeans")}</p>
        <Chips
          name={sayOfTrying("whoWon")}
          value={winner}
          options={[
            { value: NONE, label: sayOfTrying("none") },
            ...trial.variants.map(({ id, label }) => ({ value: id, label })),
          ]}
          onChoose={setWinner}
          wrapped
        />
        <Failure error={failure} />
        <button class="button main big full" disabled={busy}>
          {sayOfTrying("end")}
        </button>
      </form>
    </Over>
  );
}
