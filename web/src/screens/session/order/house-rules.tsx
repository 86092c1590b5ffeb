// The order of a room as a whole: the chat's rules, what was done, and who may not come, to be let in again.
import { useEffect, useState } from "preact/hooks";
import { useDoing } from "../../../parts/doing";
import { Face, nameOf } from "../../../parts/face";
import { Failure } from "../../../parts/failure";
import { Over } from "../../../parts/sheet";
import { dataOf, operation, sahne } from "../../../server/client";
import type { LiveSession } from "../../../stores/live-session";
import { login } from "../../../stores/login";
import { meetPeople, people } from "../../../stores/people";
import { say, when } from "../../../words";
import { sayOfOrder } from "../../../words/order";
import { lift } from "./acts";
import { ChatRules } from "./chat-rules";
import { LogSheet } from "./log-sheet";
import { Way } from "./way";
import "./order.css";

const BANS_MAX = 100;

interface Banned {
  id: string;
  profileId: string | null;
  reason: string | null;
  expires_at: string | null;
  everywhere: boolean;
}

export function HouseRules({ live, onClose }: { live: LiveSession; onClose: () => void }) {
  const host = live.creator_id === login.value?.user.id;
  const [bans, setBans] = useState<Banned[] | undefined>(undefined);
  const [reading, setReading] = useState(false);
  const doing = useDoing();

  useEffect(() => {
    void doing.attempt(async () => {
      const found = await readBans(live.id, host);
      setBans(found);
      void meetPeople(found.map((each) => each.profileId).filter((id) => id !== null));
    });
  }, []);

  async function letIn(banned: Banned) {
    const done = await doing.attempt(() => lift(live.id, banned.id, banned.everywhere));
    if (done) setBans((before) => before?.filter((each) => each !== banned));
  }

  if (reading) return <LogSheet sessionId={live.id} onClose={() => setReading(false)} />;
  return (
    <Over title={say("houseRules")} onClose={onClose}>
      <ChatRules live={live} host={host} />
      {host && (
        <ul class="ways">
          <Way
            icon="clock"
            word={sayOfOrder("log")}
            means={sayOfOrder("logMeans")}
            busy={false}
            onClick={() => setReading(true)}
          />
        </ul>
      )}
      <Failure error={doing.failure} />
      <section class="bans" aria-busy={bans === undefined && !doing.failure}>
        <h3>{say("bans")}</h3>
        {bans?.length === 0 && <p class="dim">{say("noBans")}</p>}
        <ul>
          {bans?.map((banned) => (
            <li key={banned.id}>
              <Face person={banned.profileId === null ? null : people.value[banned.profileId]} />
              <span class="grow">
                <b class="cut">{nameOf(banned.profileId === null ? null : people.value[banned.profileId])}</b>
                <small class="dim">{sentenceOf(banned)}</small>
              </span>
              <button class="button small" disabled={doing.busy} onClick={() => void letIn(banned)}>
                {say("lift")}
              </button>
            </li>
          ))}
        </ul>
      </section>
    </Over>
  );
}

function sentenceOf({ reason, expires_at, everywhere }: Banned): string {
  const until = expires_at ? say("until", { when: when(expires_at) }) : say("forGood");
  return [reason, say(everywhere ? "allMyRooms" : "thisRoom"), until].filter(Boolean).join(" · ");
}

/** Those of this room, and for a host those of all of theirs. */
async function readBans(sessionId: string, host: boolean): Promise<Banned[]> {
  const here = await dataOf<(Omit<Banned, "everywhere" | "profileId"> & { banned_profile_id: string | null })[]>(
    sahne
      .from("live_session_bans")
      .select("id,banned_profile_id,reason,expires_at")
      .eq("session_id", sessionId)
      .order("created_at", { ascending: false })
      .limit(BANS_MAX),
  );
  const everywhere = host ? (await operation<"own_bans">("GET", "live/bans")).bans : [];
  return [
    ...everywhere.map(({ id, profile_id: profileId, reason, expires_at }) => ({
      ...{ id, profileId, reason, expires_at },
      everywhere: true,
    })),
    ...here.map(({ banned_profile_id: profileId, ...row }) => ({ ...row, profileId, everywhere: false })),
  ];
}
