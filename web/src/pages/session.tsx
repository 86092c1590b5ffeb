// One session: the picture, the chat and the gifts; for its host also start and end.
import type { Room } from "livekit-client";
import { useEffect, useRef, useState } from "preact/hooks";
import { operation, sahne, session as login } from "../client";
import { Chat } from "../parts/chat";
import { Face, nameOf, type Person } from "../parts/face";
import { Failure } from "../parts/failure";
import { Gifts } from "../parts/gifts";
import { go } from "../place";
import { say, when } from "../words";

interface LiveSession {
  id: string;
  title: string | null;
  description: string | null;
  status: "scheduled" | "live" | "ended" | "cancelled";
  session_type: "video_live" | "audio_room";
  creator_id: string;
  scheduled_at: string | null;
  viewer_count: number | null;
  chat_enabled: boolean;
  gifts_enabled: boolean;
  creator: Person | null;
}

interface Admission {
  livekit?: { url: string; token: string };
  participant?: { profile_id: string };
}

const COLUMNS =
  "id,title,description,status,session_type,creator_id,scheduled_at,viewer_count,chat_enabled,gifts_enabled," +
  "creator:public_profiles!creator_profile_id(id,username,display_name,avatar_url)";

export function SessionPage({ id }: { id: string }) {
  const [live, setLive] = useState<LiveSession | null>(null);
  const [admitted, setAdmitted] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const picture = useRef<HTMLDivElement>(null);
  const room = useRef<Room | null>(null);
  const mine = live?.creator_id === login.value?.user.id;

  async function load() {
    const { data, error } = await sahne.from("live_sessions").select(COLUMNS).eq("id", id).maybeSingle();
    if (error) setFailure(error);
    else if (data) setLive(data as unknown as LiveSession);
  }

  useEffect(() => {
    void load();
    const channel = sahne
      .channel(`session:${id}`)
      .on("postgres_changes", { event: "UPDATE", schema: "public", table: "live_sessions", filter: `id=eq.${id}` }, (change) =>
        setLive((before) => before && { ...before, ...(change.new as Partial<LiveSession>) }),
      )
      .subscribe();
    return () => {
      void sahne.removeChannel(channel);
      void room.current?.disconnect();
    };
  }, [id]);

  useEffect(() => {
    if (live?.status === "ended") void room.current?.disconnect();
  }, [live?.status]);

  async function enter(verb: "start" | "join") {
    setFailure(null);
    try {
      const admission = await operation<Admission>("POST", `live/sessions/${id}/${verb}`, {});
      setAdmitted(true);
      await load();
      if (admission.livekit) room.current = await connect(admission.livekit, verb === "start", live!.session_type, picture.current!);
    } catch (error) {
      setFailure(error);
    }
  }

  async function leave(verb: "end" | "leave") {
    await operation("POST", `live/sessions/${id}/${verb}`, {}).catch(setFailure);
    await room.current?.disconnect();
    room.current = null;
    if (verb === "leave") go("/");
  }

  if (!live) return <>{failure ? <Failure error={failure} retry={() => void load()} /> : <p class="empty">{say("loading")}</p>}</>;
  const over = live.status === "ended" || live.status === "cancelled";
  return (
    <article class="session">
      <section class="show">
        <div class="picture" ref={picture} data-testid="picture">
          {over && <p class="over" data-testid="ended">{say("ended")}</p>}
          {!over && !admitted && (
            <button class="main big" onClick={() => void enter(mine ? "start" : "join")} disabled={!mine && live.status !== "live"}>
              {mine ? say("start") : live.status === "live" ? say("watch") : live.scheduled_at ? when(live.scheduled_at) : say("upcoming")}
            </button>
          )}
          {!over && admitted && <p class="waiting">{say("waitingForVideo")}</p>}
        </div>
        <div class="caption">
          <Face person={live.creator} />
          <div class="grow">
            <strong>{live.title}</strong>
            <small>
              {nameOf(live.creator)}
              {live.status === "live" && ` · ${live.viewer_count ?? 0} ${say("viewers")}`}
            </small>
          </div>
          {!over && admitted && (
            <button class="quiet" onClick={() => void leave(mine ? "end" : "leave")}>
              {say(mine ? "end" : "leave")}
            </button>
          )}
        </div>
        <Failure error={failure} />
        {admitted && !over && !mine && live.gifts_enabled && <Gifts sessionId={id} />}
      </section>
      {admitted && <Chat sessionId={id} open={live.status === "live" && live.chat_enabled} />}
    </article>
  );
}

/** Join the LiveKit room; a host publishes camera and microphone, everybody else watches. */
async function connect(
  livekit: { url: string; token: string },
  host: boolean,
  type: LiveSession["session_type"],
  picture: HTMLElement,
): Promise<Room> {
  const { Room, RoomEvent, Track } = await import("livekit-client");
  const room = new Room({ adaptiveStream: true, dynacast: true });
  room.on(RoomEvent.TrackSubscribed, (track) => picture.append(track.attach()));
  room.on(RoomEvent.TrackUnsubscribed, (track) => track.detach().forEach((element) => element.remove()));
  room.on(RoomEvent.LocalTrackPublished, ({ track }) => {
    if (track?.source === Track.Source.Camera) picture.append(track.attach());
  });
  room.on(RoomEvent.Disconnected, () => picture.querySelectorAll("video,audio").forEach((element) => element.remove()));
  await room.connect(livekit.url, livekit.token);
  if (host) {
    await room.localParticipant.setMicrophoneEnabled(true);
    if (type === "video_live") await room.localParticipant.setCameraEnabled(true);
  }
  return room;
}
