// One session, from its plan to its end: the picture or the voices, the chat and the gifts.

import { useState } from "preact/hooks";
import { go } from "../../frame/place";
import { Face, nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { Price } from "../../parts/price";
import { Ask } from "../../parts/sheet";
import { type Attendance, useAttendance } from "../../room/attendance";
import type { LiveRoom } from "../../room/live-room";
import { Refused } from "../../server/client";
import { type LiveSession, useLiveSession } from "../../stores/live-session";
import { login } from "../../stores/login";
import { number, say, when } from "../../words";
import { Ended } from "../ended/ended";
import { Chat } from "./chat";
import { Gifts } from "./gifts";
import { Plan } from "./plan";
import { TicketOffer } from "./ticket";
import { Voices } from "./voices";
import "./session.css";

export function SessionScreen({ id }: { id: string }) {
  const { live, load, unread } = useLiveSession(id);
  const mine = live?.creator_id === login.value?.user.id;
  const attendance = useAttendance(live, mine, load);
  const { admitted, busy, failure } = attendance;

  if (live === undefined && unread) return <Failure error={unread} retry={() => void load()} />;
  if (live === undefined) return <span class="picture skeleton" role="status" aria-label={say("loading")} />;
  if (!live || live.status === "ended" || live.status === "cancelled") return <Ended live={live} />;

  const onAir = live.status === "live";
  const chatting = onAir && (admitted || mine);
  return (
    <article class={chatting ? "session" : "session alone"}>
      <section class="show">
        {!admitted && (
          <a class="back" href="#/">
            <Icon name="back" /> {say("back")}
          </a>
        )}
        <Screen live={live} mine={mine} attendance={attendance} />
        <Caption live={live} mine={mine} attendance={attendance} />
        <Failure error={failure} />
        {failure instanceof Refused && failure.code === "ticket_required" && (
          <TicketOffer price={live.ppv_coin_price ?? 0} busy={busy} onBuy={attendance.buyTicket} />
        )}
        {live.description && <p class="description">{live.description}</p>}
        {mine && !onAir && <Plan live={live} onChange={() => void load()} />}
        {admitted && !mine && live.gifts_enabled && <Gifts sessionId={id} />}
      </section>
      {chatting && <Chat sessionId={id} open={admitted && live.chat_enabled} />}
    </article>
  );
}

interface Attended {
  live: LiveSession;
  mine: boolean;
  attendance: Attendance;
}

/** The picture or the voices; before one is inside, the way in. */
function Screen({ live, mine, attendance }: Attended) {
  const { admitted, room, screen } = attendance;
  const audio = live.session_type === "audio_room";
  const away = !mine && live.interrupted_at;
  return (
    <div class={audio ? "picture audio" : "picture"} data-testid="picture">
      <div class="screen" ref={screen} />
      {admitted && audio && <Voices room={room} host={live.creator} />}
      {admitted && !audio && !away && <p class="waiting">{say("waitingForVideo")}</p>}
      {admitted && away && (
        <p class={audio ? "notice" : "waiting"} role="status" data-testid="away">
          {say("hostAway")}
        </p>
      )}
      {!admitted && <Doorway live={live} mine={mine} attendance={attendance} />}
      {room?.soundBlocked.value && (
        <button class="button off sound" onClick={() => room.turnSoundOn()}>
          {say("soundOn")}
        </button>
      )}
    </div>
  );
}

/** Who plays to how many, one's own microphone, and the way out. */
function Caption({ live, mine, attendance }: Attended) {
  const { admitted, room, busy } = attendance;
  const onAir = live.status === "live";
  const [ending, setEnding] = useState(false);
  const leave = () => (mine ? setEnding(true) : attendance.leave(() => go("/")));

  function end() {
    setEnding(false);
    attendance.end();
  }

  return (
    <div class="caption">
      <Face person={live.creator} />
      <div class="grow">
        <strong data-testid="title">{live.title}</strong>
        <small>
          {nameOf(live.creator)}
          {onAir && ` · ${number(live.viewer_count)} ${say("watching")}`}
        </small>
      </div>
      {room && room.microphone.value !== null && <MicrophoneButton room={room} onFailure={attendance.fail} />}
      {onAir && (admitted || mine) && (
        <button class="button" disabled={busy} onClick={leave}>
          {say(mine ? "end" : "leave")}
        </button>
      )}
      {ending && (
        <Ask title={say("endAsked")} yes={say("endAll")} danger onYes={end} onNo={() => setEnding(false)}>
          {say("endMeans")}
        </Ask>
      )}
    </div>
  );
}

/** The way in, or when there will be one. */
function Doorway({ live, mine, attendance }: Attended) {
  const onAir = live.status === "live";
  return (
    <div class="doorway">
      {live.session_type === "audio_room" && <Face person={live.creator} size="huge" />}
      {!mine && <Price row={live} />}
      {(onAir || mine) && (
        <button class="button main big" disabled={attendance.busy} onClick={mine ? attendance.start : attendance.join}>
          {say(wayIn(live, mine))}
        </button>
      )}
      {!onAir && (live.scheduled_at || !mine) && (
        <p data-testid="starts">
          {live.scheduled_at ? `${say("startsAt")}: ${when(live.scheduled_at)}` : say("startsSoon")}
        </p>
      )}
    </div>
  );
}

function wayIn(live: LiveSession, mine: boolean) {
  if (mine) return live.status === "live" ? "goOn" : "start";
  return live.session_type === "audio_room" ? "listen" : "watch";
}

function MicrophoneButton({ room, onFailure }: { room: LiveRoom; onFailure: (error: unknown) => void }) {
  const on = room.microphone.value === true;
  const name = say(on ? "microphoneOn" : "microphoneOff");
  return (
    <button
      class={on ? "round card" : "round off"}
      aria-pressed={on}
      title={name}
      aria-label={name}
      data-testid="microphone"
      onClick={() => room.turnMicrophone(!on).catch(onFailure)}
    >
      <Icon name={on ? "microphone" : "microphoneOff"} />
    </button>
  );
}
