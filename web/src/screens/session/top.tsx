// The top of a room: who plays and to how many, since when, and the way out; for the host what comes in.
import { useEffect, useState } from "preact/hooks";
import { go } from "../../frame/place";
import { Counting } from "../../parts/counting";
import { Face, nameOf } from "../../parts/face";
import { Follow, useStandings } from "../../parts/follow";
import { Coin, Icon } from "../../parts/icons";
import { Ask } from "../../parts/sheet";
import type { Attendance } from "../../room/attendance";
import type { Supporter } from "../../stores/generosity";
import type { LiveSession } from "../../stores/live-session";
import { people } from "../../stores/people";
import { count, number, say } from "../../words";
import { Clock } from "./clock";
import "./top.css";

const JUST_NOW_MS = 4000;

interface Top {
  live: LiveSession;
  attendance: Attendance;
  onHere: () => void;
  onHost?: () => void;
}

export function ViewerTop({ live, attendance, onHere, onHost }: Top) {
  useStandings(live.creator ? [live.creator.id] : []);
  const host = (
    <>
      <Face person={live.creator} />
      <span class="whose">
        <b class="cut">{nameOf(live.creator)}</b>
        {live.creator?.username && <small class="cut">@{live.creator.username}</small>}
      </span>
    </>
  );
  return (
    <div class="top">
      <span class="host-pill">
        {onHost ? (
          <button type="button" class="host" onClick={onHost}>
            {host}
          </button>
        ) : (
          <span class="host">{host}</span>
        )}
        {live.creator && <Follow person={live.creator} inPill />}
      </span>
      <span class="grow" />
      <HereButton live={live} icon="people" onHere={onHere} />
      <Leave attendance={attendance} />
    </div>
  );
}

export function Leave({ attendance }: { attendance: Attendance }) {
  return (
    <button
      type="button"
      class="round veil"
      aria-label={say("leave")}
      title={say("leave")}
      disabled={attendance.busy}
      onClick={() => attendance.leave(() => go("/"))}
    >
      <Icon name="close" />
    </button>
  );
}

export function HostTop({ live, attendance, onHere }: Top) {
  return (
    <div class="top">
      <span class="since">
        <span class="pill live">{say("live")}</span>
        <Clock since={live.started_at} />
      </span>
      <HereButton live={live} icon="eye" onHere={onHere} />
      <span class="grow" />
      <End attendance={attendance} />
    </div>
  );
}

function HereButton({ live, icon, onHere }: { live: LiveSession; icon: "people" | "eye"; onHere: () => void }) {
  const many = say(live.session_type === "audio_room" ? "listening" : "watching");
  return (
    <button
      type="button"
      class="how-many count"
      aria-haspopup="dialog"
      aria-label={`${number(live.viewer_count)} ${many}`}
      onClick={onHere}
    >
      <Icon name={icon} small />
      {count(live.viewer_count)}
    </button>
  );
}

/** Ends it for everybody, after a yes that knows what it means. */
export function End({ attendance }: { attendance: Attendance }) {
  const [asked, setAsked] = useState(false);
  function end() {
    setAsked(false);
    attendance.end();
  }
  return (
    <>
      <button type="button" class="button danger" disabled={attendance.busy} onClick={() => setAsked(true)}>
        {say("end")}
      </button>
      {asked && (
        <Ask title={say("endAsked")} yes={say("endAll")} danger onYes={end} onNo={() => setAsked(false)}>
          {say("endMeans")}
        </Ask>
      )}
    </>
  );
}

interface Known {
  live: LiveSession;
  best: Supporter | undefined;
  /** With its title, where that stands nowhere else. */
  titled?: boolean;
}

/** What it is and since when, what it cost, and who gave most. */
export function Facts({ live, best, titled = false }: Known) {
  return (
    <div class="facts">
      <span class="pill live">{say("live")}</span>
      <span class="pill named">
        {titled && (
          <h1 class="cut" data-testid="title" title={live.title ?? ""}>
            {live.title}
          </h1>
        )}
        {titled && <span>·</span>}
        <Clock since={live.started_at} />
      </span>
      {live.access_type === "pay_per_view" && (
        <span class="pill gold">
          <Icon name="ticket" small /> {say("ticketHeld")}
        </span>
      )}
      {best && (
        <span class="pill gold" title={say("bestSupporter")}>
          <Icon name="crown" small filled />
          <span class="unseen">{say("bestSupporter")}:</span>
          <span class="cut">{nameOf(people.value[best.id])}</span>
        </span>
      )}
    </div>
  );
}

/** Coins as they come: the sum counts up, what was just given is said beside it. */
export function Takings({ coins }: { coins: number }) {
  const [seen, setSeen] = useState(coins);
  useEffect(() => {
    if (coins === seen) return;
    const timer = setTimeout(() => setSeen(coins), JUST_NOW_MS);
    return () => clearTimeout(timer);
  }, [coins]);
  if (coins === 0) return null;
  return (
    <div class="takings" role="status" data-testid="takings">
      <Coin />
      <span>
        <b>
          <Counting value={coins} />
        </b>
        <small class="count">{coins > seen ? say("justNow", { coins: number(coins - seen) }) : say("coins")}</small>
      </span>
    </div>
  );
}
