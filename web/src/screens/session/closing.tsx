// The end of a session: that it is over, how it was, and the way back.

import { Face, nameOf } from "../../parts/face";
import type { LiveSession } from "../../stores/live-session";
import { duration, number, say } from "../../words";

export function Closing({ live }: { live: LiveSession | null }) {
  const told = live ? say(live.status === "cancelled" ? "cancelled" : "ended") : say("gone");
  return (
    <article class="closing panel">
      {live && <Face person={live.creator} size="huge" />}
      {live && <h1>{live.title || nameOf(live.creator)}</h1>}
      <p data-testid="ended">{told}</p>
      {live?.status === "ended" && (
        <dl>
          <Fact name={say("lasted")} value={duration(live.total_duration_seconds ?? 0)} />
          <Fact name={say(live.total_viewers === 1 ? "personCame" : "peopleCame")} value={number(live.total_viewers)} />
          <Fact
            name={say(live.total_gifts_received === 1 ? "giftGiven" : "giftsGiven")}
            value={number(live.total_gifts_received)}
          />
        </dl>
      )}
      <a class="button main" href="#/">
        {say("toTheStage")}
      </a>
    </article>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dd>{value}</dd>
      <dt>{name}</dt>
    </div>
  );
}
