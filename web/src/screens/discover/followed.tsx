// What goes on at those one follows: who is on now, then what they plan, with more when one asks.
import { useEffect } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Empty } from "../../parts/empty";
import { Failure } from "../../parts/failure";
import { feed, readFeed, readMoreOfFeed } from "../../stores/feed";
import { listed } from "../../stores/listed";
import { say } from "../../words";
import { sayOfPeople } from "../../words/people";
import { LiveCard, PlanRow } from "./cards";

const SKELETONS = 3;

export function Followed() {
  const { busy, failure, attempt } = useDoing();
  const load = () => void attempt(readFeed);
  useEffect(load, [listed.value]); // whatever changes on the stage may be theirs

  const rows = feed.value?.rows;
  if (!rows) return failure ? <Failure error={failure} retry={load} /> : <Skeletons />;
  if (rows.length === 0) {
    return (
      <Empty title={sayOfPeople("nobodyFollowed")}>
        <p>{sayOfPeople("nobodyFollowedMeans")}</p>
        <a class="button" href="#/">
          {sayOfPeople("lookAround")}
        </a>
      </Empty>
    );
  }
  const live = rows.filter((row) => row.status === "live");
  const planned = rows.filter((row) => row.status === "scheduled");
  return (
    <div class="columns" data-testid="feed">
      {live.length > 0 && (
        <section class="live-now">
          <h2>{say("liveNow")}</h2>
          <div class="cards">
            {live.map((row) => (
              <LiveCard key={row.id} row={row} />
            ))}
          </div>
        </section>
      )}
      {planned.length > 0 && (
        <section class="coming-up">
          <h2>{say("upcoming")}</h2>
          <ul>
            {planned.map((row) => (
              <PlanRow key={row.id} row={row} />
            ))}
          </ul>
        </section>
      )}
      <Failure error={failure} retry={load} />
      {feed.value?.next && (
        <button class="button" disabled={busy} onClick={() => void attempt(readMoreOfFeed)}>
          {sayOfPeople("more")}
        </button>
      )}
    </div>
  );
}

function Skeletons() {
  return (
    <div class="cards" role="status" aria-label={say("loading")}>
      {Array.from({ length: SKELETONS }, (_, index) => (
        <span key={index} class="live-card skeleton" />
      ))}
    </div>
  );
}
