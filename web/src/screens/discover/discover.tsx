// Discover: who is on now, as pictures; who comes next; of everything, of one topic, or of those one follows; and for a host
// who is on, the way back to the stage.
import { useEffect, useState } from "preact/hooks";
import { go, place } from "../../frame/place";
import { useDoing } from "../../parts/doing";
import { Empty } from "../../parts/empty";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { later } from "../../parts/later";
import { Segments } from "../../parts/segments";
import { config } from "../../server/client";
import { connection, returns } from "../../server/connection";
import { followListed, type Listed, listed, listedAbout, readListed } from "../../stores/listed";
import { profile } from "../../stores/login";
import { wide } from "../../stores/look";
import { useTickets } from "../../stores/tickets";
import { readTopics, topic } from "../../stores/topics";
import { say } from "../../words";
import { Lead, LiveCard, PlanRow } from "./cards";
import { usePull } from "./pull";
import { Search } from "./search";
import "./discover.css";

const Topics = later(() => import("./about").then((file) => file.Topics));
const Followed = later(() => import("./followed").then((file) => file.Followed));

type Kind = "all" | Listed["session_type"];

const SKELETONS = 6;
const LEAD_FROM = 3; // with fewer rooms a large one beside them would only repeat what is there

export function Discover() {
  const { failure, attempt, fail } = useDoing();
  const load = () => attempt(readListed);
  const pull = usePull(load);
  const atFollowed = place.value[0] === "following";

  useEffect(() => void load(), [returns.value]);
  useEffect(() => followListed(fail), []);
  useEffect(() => {
    if (listed.value) readTopics().catch(() => {}); // the list comes first, and is whole without them
  }, [listed.value]);
  useTickets(listed.value?.some((row) => row.access_type === "pay_per_view") ?? false);

  const mine = listed.value?.find((row) => row.status === "live" && row.creator_id === profile.value?.id);
  const known = connection.value === "gone" && listed.value;
  return (
    <div class={known ? "discover old" : "discover"} {...pull.handlers}>
      <h1 class="unseen">{say("stage")}</h1>
      {pull.edge}
      <Search>
        {!config.livekit && <p class="banner">{say("livekitMissing")}</p>}
        {mine && <OnAir row={mine} />}
        {!known && <Failure error={failure} retry={() => void load()} />}
        <div class={atFollowed ? "ways-in" : "ways-in with-topics"}>
          <Segments
            name={say("whose")}
            value={atFollowed ? "followed" : "all"}
            options={[
              { value: "all", label: say("everybody") },
              { value: "followed", label: say("whomIFollow") },
            ]}
            onChoose={(whose) => go(whose === "followed" ? "/following" : "/")}
          />
          {!atFollowed && <Topics />}
        </div>
        {atFollowed ? <Followed /> : <Everything failed={Boolean(failure)} onFailure={fail} />}
      </Search>
    </div>
  );
}

function Everything({ failed, onFailure }: { failed: boolean; onFailure: (error: unknown) => void }) {
  const rows = useRows(onFailure);
  const onAir = rows?.filter((row) => row.status === "live").sort(byViewers);
  // without a date it is a draft: of interest to whoever made it
  const planned = rows?.filter(
    (row) => row.status === "scheduled" && (row.scheduled_at || row.creator_id === profile.value?.id),
  );
  return (
    <div class="columns">
      <LiveNow rows={onAir} failed={failed} />
      {planned && planned.length > 0 && <ComingUp rows={planned} />}
    </div>
  );
}

/** All of the list, or what is about the chosen topic, read anew whenever the list is. */
function useRows(onFailure: (error: unknown) => void): Listed[] | undefined {
  const [about, setAbout] = useState<{ topic: string; rows: Listed[] } | undefined>(undefined);
  const chosen = topic.value;
  useEffect(() => {
    if (!chosen) return;
    let current = true;
    listedAbout(chosen).then((rows) => current && setAbout({ topic: chosen, rows }), onFailure);
    return () => {
      current = false;
    };
  }, [chosen, listed.value]);
  if (!chosen) return listed.value;
  return about?.topic === chosen ? about.rows : undefined;
}

function LiveNow({ rows, failed }: { rows: Listed[] | undefined; failed: boolean }) {
  const [kind, setKind] = useState<Kind>("all");
  if (rows === undefined) return failed ? null : <Skeletons />;
  if (rows.length === 0 && topic.value) {
    return (
      <Empty title={say("nothingOfTopic")}>
        <button type="button" class="button" onClick={() => (topic.value = null)}>
          {say("all")}
        </button>
      </Empty>
    );
  }
  if (rows.length === 0) {
    return (
      <Empty title={say("nobodyLive")}>
        <p>{say(profile.value?.is_creator ? "beFirst" : "comeBack")}</p>
        {profile.value?.is_creator && (
          <a class="button main" href="#/go-live">
            <Icon name="live" />
            {say("goLive")}
          </a>
        )}
      </Empty>
    );
  }
  const both = new Set(rows.map((row) => row.session_type)).size > 1;
  const shown = rows.filter((row) => !both || kind === "all" || row.session_type === kind);
  const lead = wide.value && shown.length >= LEAD_FROM ? shown[0] : undefined;
  return (
    <section class="live-now">
      {lead && <Lead row={lead} />}
      <header class="shelf-head">
        <h2>{say("liveNow")}</h2>
        {both && (
          <Segments
            name={say("kind")}
            value={kind}
            options={[
              { value: "all", label: say("all") },
              { value: "video_live", label: say("videoLive") },
              { value: "audio_room", label: say("audioRooms") },
            ]}
            onChoose={setKind}
          />
        )}
      </header>
      <div class="cards">
        {shown
          .filter((row) => row !== lead)
          .map((row) => (
            <LiveCard key={row.id} row={row} />
          ))}
      </div>
    </section>
  );
}

function Skeletons() {
  return (
    <section class="live-now" aria-busy="true" aria-label={say("loading")}>
      <div class="cards">
        {Array.from({ length: SKELETONS }, (_, index) => (
          <span key={index} class="live-card skeleton" />
        ))}
      </div>
    </section>
  );
}

function ComingUp({ rows }: { rows: Listed[] }) {
  return (
    <aside class="coming-up" aria-labelledby="coming-up">
      <h2 id="coming-up">{say("upcoming")}</h2>
      <ul>
        {rows.map((row) => (
          <PlanRow key={row.id} row={row} />
        ))}
      </ul>
    </aside>
  );
}

/** One's own session that is live already, perhaps from before a reload: the way back onto the stage. */
function OnAir({ row }: { row: Listed }) {
  return (
    <a class="on-air" href={`#/session/${row.id}`} data-testid="own-session">
      <Icon name="live" />
      <span class="grow">
        <small>{say("youAreLive")}</small>
        <b class="cut">{row.title}</b>
      </span>
      <span class="go-on">{say("goOn")}</span>
    </a>
  );
}

function byViewers(a: Listed, b: Listed): number {
  return (b.viewer_count ?? 0) - (a.viewer_count ?? 0);
}
