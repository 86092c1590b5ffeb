// What is on: live and coming sessions, always fresh, and for creators the way onto the stage.
import { useEffect, useState } from "preact/hooks";
import { config, operation, profile, sahne } from "../client";
import { Face, nameOf, type Person } from "../parts/face";
import { Failure } from "../parts/failure";
import { go } from "../place";
import { say, when } from "../words";

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
  const [listed, setListed] = useState<Listed[] | null>(null);
  const [failure, setFailure] = useState<unknown>(null);

  async function load() {
    const { data, error } = await sahne
      .from("live_sessions")
      .select(COLUMNS)
      .in("status", ["live", "scheduled"])
      .order("scheduled_at", { ascending: true, nullsFirst: false })
      .limit(LISTED_MAX);
    setFailure(error);
    if (data) setListed(data as unknown as Listed[]);
  }

  useEffect(() => {
    void load();
    const channel = sahne
      .channel("stage")
      .on("postgres_changes", { event: "*", schema: "public", table: "live_sessions" }, () => void load())
      .subscribe();
    return () => void sahne.removeChannel(channel);
  }, []);

  return (
    <>
      {!config.livekit && <p class="note">{say("livekitMissing")}</p>}
      {profile.value?.is_creator && <GoLive />}
      <Failure error={failure} retry={() => void load()} />
      <Shelf name={say("liveNow")} empty={say("nobodyLive")} rows={listed?.filter((row) => row.status === "live")} />
      <Shelf name={say("upcoming")} empty={say("nothingPlanned")} rows={listed?.filter((row) => row.status === "scheduled")} />
    </>
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
            <span class="badge">{row.status === "live" ? `● ${row.viewer_count ?? 0}` : row.scheduled_at && when(row.scheduled_at)}</span>
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

function GoLive() {
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    try {
      const made = await operation<{ session: { id: string } }>("POST", "live/sessions", {
        title: String(form.get("title")),
        session_type: String(form.get("session_type")),
      });
      go(`/session/${made.session.id}`);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form class="card golive" onSubmit={(event) => void submit(event)}>
      <label class="grow">
        {say("title")}
        <input name="title" maxLength={120} placeholder={say("titleHint")} required />
      </label>
      <select name="session_type" aria-label={say("stage")}>
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
