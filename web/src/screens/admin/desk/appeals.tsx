// What people object to, the oldest first: what was refused is shown when it is asked for, and it passes or stays refused.
import { useEffect, useState } from "preact/hooks";
import type { AppealDecided, AppealOfAdmins, RefusedPicture } from "../../../operations";
import { Chips } from "../../../parts/chips";
import { useDoing } from "../../../parts/doing";
import { nameOf } from "../../../parts/face";
import { Failure } from "../../../parts/failure";
import { dataOf, operation, sahne } from "../../../server/client";
import { meetPeople, people } from "../../../stores/people";
import { say, when } from "../../../words";
import { sayOfDesk } from "../../../words/desk";
import { useAsked } from "../asked";
import { share } from "../days";
import { Closing } from "./closing";
import "./desk.css";

const STATES = ["open", "upheld", "overturned"] as const;
const PAGE = 50;
const STAGES = { prompt: "ofPrompt", photo: "ofPhoto", picture: "ofPicture" } as const;

type State = (typeof STATES)[number];

export function Appeals() {
  const [state, setState] = useState<State>("open");
  const [after, setAfter] = useState(0);
  const [round, setRound] = useState(0);
  const { answer, failure, again } = useAsked(`appeals ${state} ${after} ${round}`, async () => {
    const path = `admin/appeals?status=${state}&after=${after}&limit=${PAGE}` as const;
    const { appeals } = await operation<"read_appeals">("GET", path);
    await meetPeople(appeals.map((each) => each.user_id));
    return appeals;
  });
  return (
    <>
      <Chips
        name={sayOfDesk("status")}
        value={state}
        options={STATES.map((value) => ({ value, label: sayOfDesk(value) }))}
        onChoose={(chosen) => {
          setAfter(0);
          setState(chosen);
        }}
      />
      <Failure error={failure} retry={again} />
      {answer?.length === 0 && <p class="dim">{sayOfDesk("noAppeals")}</p>}
      <ol class="figures">
        {answer?.map((appeal) => (
          <One key={appeal.id} appeal={appeal} onDecided={() => setRound(round + 1)} />
        ))}
      </ol>
      {answer?.length === PAGE && (
        <button class="button full" onClick={() => setAfter(answer.at(-1)!.number)}>
          {say("showMore")}
        </button>
      )}
    </>
  );
}

function One({ appeal, onDecided }: { appeal: AppealOfAdmins; onDecided: () => void }) {
  const [closing, setClosing] = useState<AppealDecided["status"]>();
  const { busy, failure, attempt } = useDoing();

  async function decide(body: AppealDecided) {
    if (await attempt(() => operation<"decide_appeal">("PATCH", `admin/appeals/${appeal.id}`, body))) onDecided();
  }

  return (
    <li class="panel report" data-testid="appeal">
      <b>
        {sayOfDesk("wasRefused", {
          what: sayOfDesk(STAGES[appeal.stage]),
          name: nameOf(people.value[appeal.user_id]),
        })}
      </b>
      <small class="dim">{sayOfDesk("objected", { when: when(appeal.created_at) })}</small>
      {appeal.message && <blockquote>{appeal.message}</blockquote>}
      {appeal.stage !== "prompt" && <Refused pictures={appeal.pictures} />}
      {appeal.outcome && <p class="dim">{appeal.outcome}</p>}
      <Failure error={failure} />
      {appeal.status === "open" && (
        <div class="row">
          <button class="button small" disabled={busy} onClick={() => setClosing("overturned")}>
            {sayOfDesk("letPass")}
          </button>
          <button class="button small" disabled={busy} onClick={() => setClosing("upheld")}>
            {sayOfDesk("uphold")}
          </button>
        </div>
      )}
      {closing && (
        <Closing
          yes={sayOfDesk(closing === "overturned" ? "letPass" : "uphold")}
          asked={sayOfDesk("outcomeOfAppeal")}
          means={sayOfDesk(closing === "overturned" ? "letPassMeans" : "upholdMeans")}
          onYes={(outcome) => {
            setClosing(undefined);
            void decide({ status: closing, outcome });
          }}
          onClose={() => setClosing(undefined)}
        />
      )}
    </li>
  );
}

/** Not shown before somebody wants to see it: it was refused for what is in it. */
function Refused({ pictures }: { pictures: RefusedPicture[] }) {
  const [isShown, setShown] = useState(false);
  if (pictures.length === 0) return <p class="dim">{sayOfDesk("noPictures")}</p>;
  return (
    <div class="refused">
      <div class="row">
        <button class="button small" aria-expanded={isShown} onClick={() => setShown(!isShown)}>
          {sayOfDesk(isShown ? "hide" : "show")}
        </button>
        {!isShown && <small class="dim">{sayOfDesk("mayDisturb")}</small>}
      </div>
      {isShown && (
        <ul>
          {pictures.map((each) => (
            <li key={each.name}>
              <Seen picture={each} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Seen({ picture: { name, stage, score } }: { picture: RefusedPicture }) {
  const [url, setUrl] = useState<string>();
  const { failure, attempt } = useDoing();
  useEffect(() => {
    let held: string | undefined;
    let left = false;
    void attempt(async () => {
      const file = await dataOf<Blob>(sahne.storage.from("quarantine").download(name));
      if (left) return;
      held = URL.createObjectURL(file);
      setUrl(held);
    });
    return () => {
      left = true;
      if (held) URL.revokeObjectURL(held);
    };
  }, [name]);
  return (
    <figure>
      {url ? <img src={url} alt={sayOfDesk("refusedPicture")} /> : <span class="skeleton" />}
      <Failure error={failure} />
      <figcaption class="dim">
        {sayOfDesk(STAGES[stage])}
        {score !== null && ` · ${sayOfDesk("surely", { percent: share(score, 1) })}`}
      </figcaption>
    </figure>
  );
}
