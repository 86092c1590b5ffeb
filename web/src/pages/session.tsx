// One session, from its plan to its end: the picture or the voices, the chat and the gifts.
import { useEffect, useRef, useState } from "preact/hooks";
import { operation, Refused, sahne, session as login } from "../client";
import { Chat } from "../parts/chat";
import { Closing } from "../parts/closing";
import { Face, nameOf } from "../parts/face";
import { Failure } from "../parts/failure";
import { Gifts } from "../parts/gifts";
import { Microphone } from "../parts/icons";
import { Plan } from "../parts/plan";
import { Voices } from "../parts/voices";
import type { Person } from "../people";
import { go } from "../place";
import { giveUpSeat, hasSeat, LiveRoom, takeSeat, type Admission } from "../room";
import { number, say, when } from "../words";

export interface LiveSession {
  id: string;
  title: string | null;
  description: string | null;
  status: "scheduled" | "live" | "ended" | "cancelled";
  session_type: "video_live" | "audio_room";
  creator_id: string;
  scheduled_at: string | null;
  started_at: string | null;
  interrupted_at: string | null;
  total_duration_seconds: number | null;
  viewer_count: number | null;
  total_viewers: number | null;
  total_gifts_received: number | null;
  chat_enabled: boolean;
  gifts_enabled: boolean;
  creator: Person | null;
}

const COLUMNS =
  "id,title,description,status,session_type,creator_id,scheduled_at,started_at,interrupted_at,total_duration_seconds," +
  "viewer_count,total_viewers,total_gifts_received,chat_enabled,gifts_enabled," +
  "creator:public_profiles!creator_profile_id(id,username,display_name,avatar_url)";

export function SessionPage({ id }: { id: string }) {
  const [live, setLive] = useState<LiveSession | null | undefined>(undefined);
  const [admitted, setAdmitted] = useState(false);
  const [room, setRoom] = useState<LiveRoom | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const screen = useRef<HTMLDivElement>(null);
  const here = useRef(true);
  const me = login.value?.user.id;

  async function load(): Promise<LiveSession | null> {
    setFailure(null);
    const { data, error } = await sahne.from("live_sessions").select(COLUMNS).eq("id", id).maybeSingle<LiveSession>();
    if (error) setFailure(error);
    else setLive(data);
    return data;
  }

  useEffect(() => {
    here.current = true;
    void load().then((found) => {
      if (found?.status === "live" && found.creator_id !== me && hasSeat(id)) void enter(found, "join");
    });
    const table = { schema: "public", table: "live_sessions" };
    const channel = sahne
      .channel(`session:${id}`)
      .on("postgres_changes", { ...table, event: "UPDATE", filter: `id=eq.${id}` }, (change) =>
        setLive((before) => before && { ...before, ...(change.new as Partial<LiveSession>) }),
      )
      .on("postgres_changes", { ...table, event: "DELETE" }, (change) => {
        if ((change.old as LiveSession).id === id) void load(); // out of our sight: over, for who was not inside
      })
      .subscribe();
    return () => {
      here.current = false;
      void sahne.removeChannel(channel);
    };
  }, [id]);

  useEffect(() => () => room?.leave(), [room]);

  const over = live?.status === "ended" || live?.status === "cancelled";
  useEffect(() => {
    if (over) leaveRoom();
  }, [over]);

  function leaveRoom(code?: string) {
    setRoom(null);
    setAdmitted(false);
    if (code) setFailure(new Refused(code, code, null));
    if (code !== "room_unreachable") giveUpSeat();
  }

  async function enter(to: LiveSession, verb: "start" | "join") {
    setFailure(null);
    setBusy(true);
    try {
      const { livekit } = await operation<{ livekit: Admission }>("POST", `live/sessions/${id}/${verb}`, {});
      await load();
      setAdmitted(true);
      takeSeat(id);
      const entered = await LiveRoom.enter(livekit, screen.current!, leaveRoom);
      if (!here.current) return entered.leave();
      setRoom(entered);
      if (verb === "start") await entered.publish(to.session_type === "video_live");
    } catch (error) {
      setFailure(error);
      if (error instanceof Refused) leaveRoom(error.code === "room_unreachable" ? error.code : undefined);
    } finally {
      setBusy(false);
    }
  }

  async function leave(verb: "end" | "leave") {
    setFailure(null);
    setBusy(true);
    try {
      await operation("POST", `live/sessions/${id}/${verb}`, {});
      leaveRoom();
      if (verb === "leave") go("/");
      else await load();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  if (live === undefined) return failure ? <Failure error={failure} retry={() => void load()} /> : <p class="empty">{say("loading")}</p>;
  if (live === null || over) return <Closing live={live} />;

  const mine = live.creator_id === me;
  const onAir = live.status === "live";
  const audio = live.session_type === "audio_room";
  const away = !mine && live.interrupted_at;
  const chatting = onAir && (admitted || mine);
  return (
    <article class={chatting ? "session" : "session alone"}>
      <section class="show">
        {!admitted && <a class="back" href="#/">‹ {say("back")}</a>}
        <div class={audio ? "picture audio" : "picture"} data-testid="picture">
          <div class="screen" ref={screen} />
          {admitted && audio && <Voices room={room} host={live.creator} />}
          {admitted && !audio && !away && <p class="waiting">{say("waitingForVideo")}</p>}
          {admitted && away && <p class={audio ? "notice" : "waiting"} role="status" data-testid="away">{say("hostAway")}</p>}
          {!admitted && (
            <div class="doorway">
              {audio && <Face person={live.creator} large />}
              {onAir && (
                <button class="main big" disabled={busy} onClick={() => void enter(live, mine ? "start" : "join")}>
                  {say(mine ? "goOn" : audio ? "listen" : "watch")}
                </button>
              )}
              {!onAir && mine && (
                <button class="main big" disabled={busy} onClick={() => void enter(live, "start")}>{say("start")}</button>
              )}
              {!onAir && (live.scheduled_at || !mine) && (
                <p data-testid="starts">{live.scheduled_at ? `${say("startsAt")}: ${when(live.scheduled_at)}` : say("startsSoon")}</p>
              )}
            </div>
          )}
          {room?.soundBlocked.value && (
            <button class="main sound" onClick={() => room.turnSoundOn()}>{say("soundOn")}</button>
          )}
        </div>
        <div class="caption">
          <Face person={live.creator} />
          <div class="grow">
            <strong data-testid="title">{live.title}</strong>
            <small>
              {nameOf(live.creator)}
              {onAir && ` · ${number(live.viewer_count)} ${say("watching")}`}
            </small>
          </div>
          {room && room.microphone.value !== null && <MicrophoneButton room={room} onFailure={setFailure} />}
          {onAir && (admitted || mine) && (
            <button class="quiet" disabled={busy} onClick={() => void leave(mine ? "end" : "leave")}>
              {say(mine ? "end" : "leave")}
            </button>
          )}
        </div>
        <Failure error={failure} />
        {live.description && <p class="description">{live.description}</p>}
        {mine && !onAir && <Plan live={live} onChange={() => void load()} />}
        {admitted && !mine && live.gifts_enabled && <Gifts sessionId={id} />}
      </section>
      {chatting && <Chat sessionId={id} open={admitted && live.chat_enabled} />}
    </article>
  );
}

function MicrophoneButton({ room, onFailure }: { room: LiveRoom; onFailure: (error: unknown) => void }) {
  const on = room.microphone.value === true;
  return (
    <button
      class="quiet"
      aria-pressed={on}
      title={say(on ? "microphoneOn" : "microphoneOff")}
      aria-label={say(on ? "microphoneOn" : "microphoneOff")}
      data-testid="microphone"
      onClick={() => room.turnMicrophone(!on).catch(onFailure)}
    >
      <Microphone on={on} />
    </button>
  );
}
