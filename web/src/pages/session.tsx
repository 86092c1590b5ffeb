// One session, from its plan to its end: the picture or the voices, the chat and the gifts.
import { useEffect, useRef, useState } from "preact/hooks";
import { balance, operation, Refused, session as login } from "../client";
import { useLiveSession, type LiveSession } from "../live-session";
import { Chat } from "../parts/chat";
import { Closing } from "../parts/closing";
import { Face, nameOf } from "../parts/face";
import { Failure } from "../parts/failure";
import { Gifts } from "../parts/gifts";
import { Coin, Microphone } from "../parts/icons";
import { Plan } from "../parts/plan";
import { Voices } from "../parts/voices";
import { go } from "../place";
import { giveUpSeat, hasSeat, LiveRoom, takeSeat, type Admission } from "../room";
import { number, say, when } from "../words";

export function SessionPage({ id }: { id: string }) {
  const me = login.value?.user.id;
  const { live, load, unread } = useLiveSession(id, (found) => {
    if (found.status === "live" && found.creator_id !== me && hasSeat(id)) void enter(found, "join");
  });
  const [admitted, setAdmitted] = useState(false);
  const [room, setRoom] = useState<LiveRoom | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const screen = useRef<HTMLDivElement>(null);
  const here = useRef(true);

  useEffect(() => () => void (here.current = false), []);
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
      if (!screen.current) return; // gone on to another page, or it ended meanwhile
      takeSeat(id);
      const entered = await LiveRoom.enter(livekit, screen.current, leaveRoom);
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

  async function buyTicket(to: LiveSession) {
    setFailure(null);
    setBusy(true);
    try {
      const bought = await operation<{ wallet: { balance: number } }>("POST", `live/sessions/${id}/ticket`, {}, crypto.randomUUID());
      balance.value = bought.wallet.balance;
      await enter(to, "join");
    } catch (error) {
      setFailure(error);
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

  if (live === undefined) return unread ? <Failure error={unread} retry={() => void load()} /> : <p class="empty">{say("loading")}</p>;
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
          {!admitted && <Doorway live={live} mine={mine} busy={busy} onEnter={(verb) => void enter(live, verb)} />}
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
        {failure instanceof Refused && failure.code === "ticket_required" && (
          <button class="main" disabled={busy} onClick={() => void buyTicket(live)}>
            {say("buyTicket")} · <Coin /> {number(live.ppv_coin_price)}
          </button>
        )}
        {live.description && <p class="description">{live.description}</p>}
        {mine && !onAir && <Plan live={live} onChange={() => void load()} />}
        {admitted && !mine && live.gifts_enabled && <Gifts sessionId={id} />}
      </section>
      {chatting && <Chat sessionId={id} open={admitted && live.chat_enabled} />}
    </article>
  );
}

interface AtTheDoor {
  live: LiveSession;
  mine: boolean;
  busy: boolean;
  onEnter: (verb: "start" | "join") => void;
}

/** Before one is inside: the way in, or when there will be one. */
function Doorway({ live, mine, busy, onEnter }: AtTheDoor) {
  const onAir = live.status === "live";
  const audio = live.session_type === "audio_room";
  const way = mine ? (onAir ? "goOn" : "start") : audio ? "listen" : "watch";
  return (
    <div class="doorway">
      {audio && <Face person={live.creator} large />}
      {(onAir || mine) && (
        <button class="main big" disabled={busy} onClick={() => onEnter(mine ? "start" : "join")}>
          {say(way)}
        </button>
      )}
      {!onAir && (live.scheduled_at || !mine) && (
        <p data-testid="starts">{live.scheduled_at ? `${say("startsAt")}: ${when(live.scheduled_at)}` : say("startsSoon")}</p>
      )}
    </div>
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
