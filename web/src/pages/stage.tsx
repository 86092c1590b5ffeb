// What is on: live and coming sessions, always fresh, and for creators the way onto the stage.
import { useEffect, useState } from "preact/hooks";
import { config, dataOf, operation, profile, sahne } from "../client";
import { useDoing } from "../doing";
import { Face, nameOf } from "../parts/face";
import { Failure } from "../parts/failure";
import type { Person } from "../people";
import { go } from "../place";
import { TITLE_CHARACTERS_MAX, titleFrom } from "../title";
import { number, say, when } from "../words";

interface Listed {
  id: string;
  title: string | null;
  status: "scheduled" | "live";
  session_type: "video_live" | "audio_room";
  viewer_count: number | null;
  scheduled_at: string | null;
  creator_id: string;
  creator: Person | null;
}

const COLUMNS =
  "id,title,status,session_type,viewer_count,scheduled_at,creator_id," +
  "creator:public_profiles!creator_profile_id(id,username,display_name,avatar_url)";
const LISTED_MAX = 50;

export function StagePage() {
  const [listed, setListed] = useState<Listed[]>();
  const { failure, attempt } = useDoing();
  const load = () => void attempt(async () => setListed(await listSessions()));

  useEffect(() => {
    load();
    const channel = sahne
      .channel("stage")
      .on("postgres_changes", { event: "*", schema: "public", table: "live_sessions" }, load)
      .subscribe();
    return () => void sahne.removeChannel(channel);
  }, []);

  const onAir = listed?.filter((row) => row.status === "live");
  const mine = onAir?.find((row) => row.creator_id === profile.value?.id);
  // without a date it is a draft: of interest to whoever made it
  const planned = listed?.filter(
    (row) => row.status === "scheduled" && (row.scheduled_at || row.creator_id === profile.value?.id),
  );
  return (
    <>
      {!config.livekit && <p class="note">{say("livekitMissing")}</p>}
      {mine ? <OnAir row={mine} /> : profile.value?.is_creator && <GoLive />}
      <Failure error={failure} retry={load} />
      <Shelf name={say("liveNow")} empty={say("nobodyLive")} rows={onAir} />
      <Shelf name={say("upcoming")} empty={say("nothingPlanned")} rows={planned} />
    </>
  );
}

function listSessions(): Promise<Listed[]> {
  return dataOf(
    sahne
      .from("live_sessions")
      .select(COLUMNS)
      .in("status", ["live", "scheduled"])
      .order("status") // live before scheduled, however many are planned
      .order("scheduled_at", { ascending: true, nullsFirst: false })
      .limit(LISTED_MAX),
  );
}

function Shelf({ name, empty, rows }: { name: string; empty: string; rows: Listed[] | undefined }) {
  return (
    <section>
      <h2>{name}</h2>
      {rows?.length === 0 && <p class="empty">{empty}</p>}
      <div class="shelf">
        {rows?.map((row) => (
          <a key={row.id} class={`card ticket ${row.status}`} href={`#/session/${row.id}`} data-testid="session-card">
            <span class="badge">
              {row.status === "live" ? `● ${number(row.viewer_count)}` : row.scheduled_at && when(row.scheduled_at)}
            </span>
            <strong>{row.title || say(row.session_type === "video_live" ? "videoLive" : "audioRoom")}</strong>
            <span class="by">
              <Face person={row.creator} /> {nameOf(row.creator)}
            </span>
          </a>
        ))}
      </div>
    </section>
  );
}

/** One's own session that is live already, perhaps from before a reload: the way back onto the stage. */
function OnAir({ row }: { row: Listed }) {
  return (
    <a class="card onair" href={`#/session/${row.id}`} data-testid="own-session">
      <span class="grow">
        <small>{say("youAreLive")}</small>
        <strong>{row.title}</strong>
      </span>
      <span class="button main">{say("goOn")}</span>
    </a>
  );
}

function GoLive() {
  const { busy, failure, attempt } = useDoing();

  function submit(event: SubmitEvent) {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    void attempt(async () => {
      const made = await operation<"create_session">("POST", "live/sessions", {
        title: titleFrom(form),
        session_type: new FormData(form).get("session_type") === "audio_room" ? "audio_room" : "video_live",
      });
      go(`/session/${made.session.id}`);
    });
  }

  return (
    <form class="card golive" onSubmit={submit}>
      <label class="grow">
        {say("title")}
        <input name="title" maxLength={TITLE_CHARACTERS_MAX} placeholder={say("titleHint")} required />
      </label>
      <select name="session_type" aria-label={say("kind")}>
        <option value="video_live">{say("videoLive")}</option>
        <option value="audio_room">{say("audioRoom")}</option>
      </select>
      <button class="main" disabled={busy}>
        {say("goLive")}
      </button>
      <Failure error={failure} />
    </form>
  );
}
