// What was done to keep order in a room, newest first, for its host.
import { useEffect, useState } from "preact/hooks";
import type { Operations } from "../../../operations";
import { useDoing } from "../../../parts/doing";
import { Face, nameOf } from "../../../parts/face";
import { Failure } from "../../../parts/failure";
import { Over } from "../../../parts/sheet";
import { operation } from "../../../server/client";
import { meetPeople, people } from "../../../stores/people";
import { when } from "../../../words";
import { type OrderWords, sayOfOrder } from "../../../words/order";

const ACTS_MAX = 100;

type Act = Operations["read_log"]["answer"]["acts"][number];

const SENTENCES: Record<Act["act"], keyof OrderWords> = {
  ban: "actBan",
  lift_ban: "actLiftBan",
  ban_from_all: "actBan",
  lift_ban_from_all: "actLiftBan",
  kick: "actKick",
  mute: "actMute",
  unmute: "actUnmute",
  timeout: "actTimeout",
  lift_timeout: "actLiftTimeout",
  role: "actRole",
  delete_message: "actDelete",
  pin: "actPin",
  unpin: "actUnpin",
  chat: "actChat",
  blocked_words: "actWords",
};

export function LogSheet({ sessionId, onClose }: { sessionId: string; onClose: () => void }) {
  const [acts, setActs] = useState<Act[] | undefined>(undefined);
  const doing = useDoing();

  useEffect(() => {
    void doing.attempt(async () => {
      const page = await operation<"read_log">("GET", `live/sessions/${sessionId}/log?limit=${ACTS_MAX}`);
      setActs(page.acts);
      const met = page.acts.flatMap((act) => [act.actor_profile_id, act.subject_profile_id]);
      void meetPeople(met.filter((id) => id !== null));
    });
  }, []);

  return (
    <Over title={sayOfOrder("log")} onClose={onClose}>
      <Failure error={doing.failure} />
      <section class="bans" aria-busy={acts === undefined && !doing.failure}>
        {acts?.length === 0 && <p class="dim">{sayOfOrder("logEmpty")}</p>}
        <ul>
          {acts?.map((act) => (
            <Done key={act.id} act={act} />
          ))}
        </ul>
      </section>
    </Over>
  );
}

function Done({ act }: { act: Act }) {
  const actor = act.actor_profile_id === null ? null : people.value[act.actor_profile_id];
  const name = nameOf(act.subject_profile_id === null ? null : people.value[act.subject_profile_id]);
  return (
    <li>
      <Face person={actor} />
      <span class="grow">
        <span class="act-done">
          <b>{act.actor_profile_id === null ? sayOfOrder("theHouse") : nameOf(actor)}</b>{" "}
          {sayOfOrder(SENTENCES[act.act], { name })}
        </span>
        <small class="dim">{[act.reason, when(act.created_at)].filter(Boolean).join(" · ")}</small>
      </span>
    </li>
  );
}
