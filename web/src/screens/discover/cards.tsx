// A session in a list: a picture with what one must know before the tap, large and small.
import { colourOf, Face, nameOf } from "../../parts/face";
import { Icon } from "../../parts/icons";
import { later } from "../../parts/later";
import { Price } from "../../parts/price";
import type { Listed } from "../../stores/listed";
import { login } from "../../stores/login";
import { count, duration, say, when } from "../../words";

const About = later(() => import("./about").then((file) => file.About));
const Bell = later(() => import("../../parts/bell").then((file) => file.Bell));

export function LiveCard({ row }: { row: Listed }) {
  return (
    <a class="live-card" href={`#/session/${row.id}`} data-testid="session-card" data-status="live">
      <Picture row={row} />
      <span class="above">
        <span class="pill live">{say("live")}</span>
        <Watching row={row} />
      </span>
      <span class="below">
        <Price row={row} />
        <b class="two-lines" title={titleOf(row)}>
          {titleOf(row)}
        </b>
        <span class="by">
          <Face person={row.creator} size="tiny" />
          <span class="cut">{nameOf(row.creator)}</span>
        </span>
        <About row={row} />
      </span>
    </a>
  );
}

/** The room most people are in, where there is room for it. */
export function Lead({ row }: { row: Listed }) {
  const minutes = row.started_at ? (Date.now() - Date.parse(row.started_at)) / 1000 : 0;
  return (
    <a class="lead" href={`#/session/${row.id}`} data-testid="session-card" data-status="live">
      <Picture row={row} />
      <span class="below">
        <span class="row">
          <span class="pill live">{say("live")}</span>
          <Watching row={row} />
          <Price row={row} />
        </span>
        <b class="two-lines">{titleOf(row)}</b>
        <span class="by">
          <Face person={row.creator} size="small" />
          <span>{nameOf(row.creator)}</span>
          {minutes >= 60 && <span>· {duration(minutes)}</span>}
        </span>
        <About row={row} />
        <span class="button main">{say(row.session_type === "audio_room" ? "listen" : "watch")}</span>
      </span>
    </a>
  );
}

export function PlanRow({ row }: { row: Listed }) {
  const mine = row.creator_id === login.value?.user.id;
  return (
    <li class="plan-row">
      <a href={`#/session/${row.id}`} data-testid="session-card" data-status="scheduled">
        <span class="thumb">
          <Picture row={row} />
        </span>
        <span class="grow">
          <span class="at">{row.scheduled_at ? when(row.scheduled_at) : say("noDate")}</span>
          <b class="cut" title={titleOf(row)}>
            {titleOf(row)}
          </b>
          <span class="by">
            <span class="cut">{nameOf(row.creator)}</span>
            <Price row={row} />
          </span>
          <About row={row} />
        </span>
        {mine && <Icon name="more" />}
      </a>
      {!mine && <Bell sessionId={row.id} title={titleOf(row)} />}
    </li>
  );
}

/** Its cover; without one the host's face before a curtain. */
function Picture({ row }: { row: Listed }) {
  if (row.thumbnail_url) return <img class="cover" src={row.thumbnail_url} alt="" loading="lazy" />;
  return (
    <span class="cover drawn" style={{ background: colourOf(row.creator?.id) }}>
      <span class="folds" />
      <Face person={row.creator} size="huge" />
      {row.session_type === "audio_room" && <Icon name="audio" />}
    </span>
  );
}

function Watching({ row }: { row: Listed }) {
  const audio = row.session_type === "audio_room";
  return (
    <span class="pill">
      <Icon name={audio ? "audio" : "eye"} small />
      {count(row.viewer_count)}
      <span class="unseen"> {say(audio ? "listening" : "watching")}</span>
    </span>
  );
}

function titleOf(row: Listed): string {
  return row.title || say(row.session_type === "video_live" ? "videoLive" : "audioRoom");
}
