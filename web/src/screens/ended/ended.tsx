// A session that is over: for its host what it brought and whom to thank, for everybody else what is on now.
import { Face, nameOf } from "../../parts/face";
import { Follow, useStandings } from "../../parts/follow";
import { Icon } from "../../parts/icons";
import type { LiveSession } from "../../stores/live-session";
import { login } from "../../stores/login";
import { day, say, time } from "../../words";
import { Brought } from "./brought";
import { Elsewhere } from "./elsewhere";
import "./ended.css";

export function Ended({ live }: { live: LiveSession | null }) {
  const mine = live !== null && live.creator_id === login.value?.user.id;
  const held = live?.status === "ended";
  const host = mine ? null : live?.creator;
  useStandings(host ? [host.id] : []);
  return (
    <article class="ended">
      <header class="fallen">
        {live && <Face person={live.creator} size="huge" />}
        <a class="round veil" href="#/" aria-label={say("close")}>
          <Icon name="close" />
        </a>
      </header>
      <section class="after-all">
        <h1 data-testid="ended">{say(toldOf(live))}</h1>
        {live && (
          <p class="dim">{[live.title || nameOf(live.creator), held && spanOf(live)].filter(Boolean).join(" · ")}</p>
        )}
        {host && <Follow person={host} />}
        {mine && held && <Brought live={live} />}
        {mine ? (
          <a class="button main big full" href="#/go-live">
            <Icon name="date" />
            {say("planNext")}
          </a>
        ) : (
          <Elsewhere />
        )}
        <a class={mine ? "button full" : "button main big full"} href="#/">
          {say("toTheStage")}
        </a>
      </section>
    </article>
  );
}

function toldOf(live: LiveSession | null) {
  if (!live) return "gone";
  return live.status === "cancelled" ? "cancelled" : "curtainDown";
}

/** Today 20:32–22:14. */
function spanOf({ started_at, ended_at }: LiveSession): string | null {
  return started_at && ended_at ? `${day(started_at)} ${time(started_at)}–${time(ended_at)}` : null;
}
