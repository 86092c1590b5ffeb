// Before a session: what it is, who plays, what it asks for, and the way in, or when there will be one.
import type { ComponentChildren } from "preact";
import { Bell } from "../../parts/bell";
import { Curtain } from "../../parts/curtain";
import { Face, nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { Price } from "../../parts/price";
import type { Attendance } from "../../room/attendance";
import type { LiveSession } from "../../stores/live-session";
import { useEvery } from "../../stores/series";
import { number, say, when } from "../../words";
import { sayOfPlans } from "../../words/plans";
import { About } from "./about";
import { Plan } from "./plan";
import { Gate, isGuarded } from "./ticket";
import { End } from "./top";

interface Attended {
  live: LiveSession;
  mine: boolean;
  attendance: Attendance;
  load: () => Promise<unknown>;
}

export function Doorway({ live, mine, attendance, load }: Attended) {
  const { busy, failure } = attendance;
  const onAir = live.status === "live";
  const [every, setEvery] = useEvery(live.series_id);
  if (!mine && isGuarded(live)) return <Gate {...{ live, busy, failure }} onEnter={attendance.join} />;
  return (
    <article class="doorway">
      <Front live={live}>
        <a class="round veil" href="#/" aria-label={say("back")}>
          <Icon name="back" />
        </a>
      </Front>
      <div class="told">
        <p class="row">
          {onAir && <span class="pill live">{say("live")}</span>}
          {mine && <Price row={live} />}
        </p>
        <h1 data-testid="title">{live.title}</h1>
        <p class="row">
          <Face person={live.creator} size="small" />
          <b>{nameOf(live.creator)}</b>
          {onAir && (
            <span class="dim">
              {number(live.viewer_count)} {say(live.session_type === "audio_room" ? "listening" : "watching")}
            </span>
          )}
        </p>
        {!onAir && (live.scheduled_at || !mine) && (
          <p data-testid="starts">
            {live.scheduled_at ? `${say("startsAt")}: ${when(live.scheduled_at)}` : say("startsSoon")}
            {every && ` · ${sayOfPlans(every)}`}
          </p>
        )}
        <About live={live} />
        {live.description && <p class="description dim">{live.description}</p>}
        <Failure error={failure} />
        {(onAir || mine) && (
          <button class="button main big full" disabled={busy} onClick={mine ? attendance.start : attendance.join}>
            {say(wayIn(live, mine))}
          </button>
        )}
        {!onAir && !mine && <Bell sessionId={live.id} title={live.title ?? ""} big />}
        {onAir && mine && <End attendance={attendance} />}
        {mine && !onAir && <Plan live={live} every={every} onEvery={setEvery} onChange={() => void load()} />}
      </div>
    </article>
  );
}

/** A public room is entered at once: this is seen for a moment, and nothing on it is to be pressed. */
export function OnTheWay({ live }: { live: LiveSession }) {
  return (
    <article class="doorway on-the-way">
      <Front live={live} />
      <p class="unseen" role="status">
        {say("loading")}
      </p>
      <h1 class="unseen">{live.title}</h1>
    </article>
  );
}

function Front({ live, children }: { live: LiveSession; children?: ComponentChildren }) {
  return (
    <div class="front">
      {live.thumbnail_url ? (
        <img src={live.thumbnail_url} alt="" />
      ) : (
        <>
          <Curtain closed />
          <Face person={live.creator} size="huge" />
        </>
      )}
      {children}
    </div>
  );
}

function wayIn(live: LiveSession, mine: boolean) {
  if (mine) return live.status === "live" ? "goOn" : "start";
  return live.session_type === "audio_room" ? "listen" : "watch";
}
