// Somebody as others see them: the face, whether they are on now, what they plan.
import { useEffect, useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Empty } from "../../parts/empty";
import { Face, nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Follow, Followers, useStandings } from "../../parts/follow";
import { Icon } from "../../parts/icons";
import { dataOf } from "../../server/client";
import { returns } from "../../server/connection";
import { type CallKind, ringUp } from "../../stores/calls";
import { type Listed, sessionsBy } from "../../stores/listed";
import { login } from "../../stores/login";
import { meetPeople, people } from "../../stores/people";
import { count, say } from "../../words";
import { PlanRow } from "../discover/cards";
import { Offers } from "../subscriptions/offers";
import "./profile.css";

const SESSIONS_MAX = 20;

export function Profile({ id }: { id: string }) {
  const [sessions, setSessions] = useState<Listed[]>([]);
  const { failure, attempt } = useDoing();
  const person = people.value[id];

  function load() {
    return attempt(async () => {
      await meetPeople([id]);
      setSessions(await dataOf<Listed[]>(sessionsBy().eq("creator_profile_id", id).limit(SESSIONS_MAX)));
    });
  }

  useEffect(() => void load(), [id, returns.value]);
  useStandings([id]);

  if (person === null) return <Empty title={say("nobodyHere")} whole />;
  const live = sessions.find((row) => row.status === "live");
  const planned = sessions.filter((row) => row.status === "scheduled" && row.scheduled_at);
  return (
    <div class="page profile">
      <section class="who">
        <span class="folds" aria-hidden="true" />
        <a class="round veil" href="#/" aria-label={say("back")}>
          <Icon name="back" />
        </a>
        <Face person={person} size="huge" live={Boolean(live)} />
        <h1>{nameOf(person)}</h1>
        <p class="row dim">
          {person?.username && <span>@{person.username}</span>}
          <Followers id={id} />
        </p>
        {person && <Follow person={person} />}
      </section>
      <Failure error={failure} retry={() => void load()} />
      {live && (
        <a class="on-now" href={`#/session/${live.id}`}>
          <span class="pill live">{say("live")}</span>
          <b class="grow cut">{live.title}</b>
          <span class="count">{count(live.viewer_count)}</span>
          <Icon name="more" />
        </a>
      )}
      {person && id !== login.value?.user.id && (
        <>
          <Reach id={id} />
          <Offers creatorId={id} name={nameOf(person)} />
        </>
      )}
      {planned.length > 0 && (
        <section class="coming-up">
          <h2>{say("upcoming")}</h2>
          <ul>
            {planned.map((row) => (
              <PlanRow key={row.id} row={row} />
            ))}
          </ul>
        </section>
      )}
      {!live && planned.length === 0 && person && <p class="quiet dim">{say("nothingPlanned")}</p>}
    </div>
  );
}

/** Calling them: what costs something asks first. */
function Reach({ id }: { id: string }) {
  const { busy, failure, attempt } = useDoing();
  const call = (kind: CallKind) => void attempt(() => ringUp(id, kind));
  return (
    <>
      <div class="reach">
        <button class="button" disabled={busy} onClick={() => call("audio_call")}>
          <Icon name="phone" small />
          {say("audioCall")}
        </button>
        <button class="button" disabled={busy} onClick={() => call("video_call")}>
          <Icon name="video" small />
          {say("videoCall")}
        </button>
      </div>
      <Failure error={failure} />
    </>
  );
}
