// What admins did with scenes and categories, the newest first: who, what, with which, when.
import { useState } from "preact/hooks";
import type { StudioAct } from "../../../operations";
import { useDoing } from "../../../parts/doing";
import { nameOf } from "../../../parts/face";
import { Failure } from "../../../parts/failure";
import { operation } from "../../../server/client";
import { meetPeople, people } from "../../../stores/people";
import { say, when } from "../../../words";
import { fieldName, sayOfKeeping } from "../../../words/keeping";
import { sayOfTrying } from "../../../words/trying";
import { useAsked } from "../asked";
import { readAll } from "./all";

const PAGE = 50;

export function Log() {
  const { answer, failure, again } = useAsked("studio log", async () => {
    const [scenes, { categories }, acts] = await Promise.all([
      readAll(),
      operation<"admin_categories">("GET", "admin/categories"),
      readActs(),
    ]);
    const names = [...scenes.map((each) => each.scene), ...categories.map((each) => each.category)];
    return { acts, names: new Map(names.map((each) => [each.id, each.name])) };
  });
  return (
    <>
      <Failure error={failure} retry={again} />
      {!answer && !failure && <span class="skeleton scenes-to-come" role="status" aria-label={say("loading")} />}
      {answer?.acts.length === 0 && <p class="dim">{sayOfTrying("nothingDone")}</p>}
      {answer && answer.acts.length > 0 && <Acts first={answer.acts} names={answer.names} />}
    </>
  );
}

async function readActs(before?: number): Promise<StudioAct[]> {
  const page = before === undefined ? "" : `&before=${before}`;
  const { acts } = await operation<"read_studio_log">("GET", `admin/studio-log?limit=${PAGE}${page}`);
  await meetPeople(acts.flatMap((each) => each.actor_id ?? []));
  return acts;
}

function Acts({ first, names }: { first: StudioAct[]; names: Map<string, string> }) {
  const [acts, setActs] = useState(first);
  const [isWhole, setWhole] = useState(first.length < PAGE);
  const { busy, failure, attempt } = useDoing();

  const more = () =>
    attempt(async () => {
      const older = await readActs(acts.at(-1)!.id);
      setActs([...acts, ...older]);
      setWhole(older.length < PAGE);
    });

  return (
    <>
      <ol class="listing">
        {acts.map((act) => (
          <li key={act.id} data-testid="studio-act">
            <span class="grow">
              <b>
                {sayOfTrying(act.act)}
                {act.subject_id && `: ${names.get(act.subject_id) ?? "…"}`}
              </b>
              <small class="dim">
                {[whoOf(act), when(act.created_at), detailsOf(act)].filter(Boolean).join(" · ")}
              </small>
            </span>
          </li>
        ))}
      </ol>
      <Failure error={failure} />
      {!isWhole && (
        <button class="button full" disabled={busy} onClick={() => void more()}>
          {say("showMore")}
        </button>
      )}
    </>
  );
}

function whoOf({ actor_id }: StudioAct): string {
  return actor_id ? nameOf(people.value[actor_id]) : sayOfTrying("theServer");
}

/** Which fields, which version, which trial and what has won. */
function detailsOf({ details: { fields, number, name, winner } }: StudioAct): string {
  if (Array.isArray(fields)) return fields.map((field) => fieldName(String(field))).join(", ");
  if (typeof number === "number") return sayOfKeeping("version", { number: String(number) });
  if (typeof name !== "string") return "";
  return typeof winner === "string" ? `${name}: ${sayOfTrying("hasWon", { label: winner })}` : name;
}
