// What an evening brought its host: coins first, then how it was, then who gave most.
import { useEffect, useState } from "preact/hooks";
import type { Takings } from "../../operations";
import { Counted } from "../../parts/counted";
import { useDoing } from "../../parts/doing";
import { Face, nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Coin } from "../../parts/icons";
import { operation } from "../../server/client";
import type { LiveSession } from "../../stores/live-session";
import { meetPeople, people } from "../../stores/people";
import { refreshBalance } from "../../stores/wallet";
import { duration, number, say } from "../../words";

const COUNTED_MS = 600;

export function Brought({ live }: { live: LiveSession }) {
  const [takings, setTakings] = useState<Takings>();
  const { failure, attempt } = useDoing();

  function load() {
    return attempt(async () => {
      const brought = await operation<"takings">("GET", `live/sessions/${live.id}/takings`);
      setTakings(brought);
      await Promise.all([meetPeople(brought.supporters.map((each) => each.profile_id)), refreshBalance()]);
    });
  }

  useEffect(() => void load(), [live.id]);

  return (
    <>
      <section class="earned">
        <h2>{say("earnedTonight")}</h2>
        <p class="sum" data-testid="brought">
          <Coin />
          {takings ? <Counted value={takings.coins} from={0} ms={COUNTED_MS} /> : "…"}
        </p>
        {takings && <p>{sourcesOf(takings)}</p>}
        <Failure error={failure} retry={() => void load()} />
      </section>
      <dl class="tally">
        <Fact name={say("lasted")} value={duration(live.total_duration_seconds ?? 0)} />
        <Fact name={say(live.total_viewers === 1 ? "personCame" : "peopleCame")} value={number(live.total_viewers)} />
        <Fact name={say("atOnce")} value={number(live.peak_viewers)} />
        <Fact name={say("messages")} value={number(live.total_messages)} />
      </dl>
      {takings && takings.supporters.length > 0 && (
        <section>
          <h2>{say("bestSupporters")}</h2>
          <ol class="listing">
            {takings.supporters.map((each, index) => (
              <li key={each.profile_id}>
                <b class="place">{number(index + 1)}</b>
                <Face person={people.value[each.profile_id]} />
                <span class="grow">
                  <b class="cut">{nameOf(people.value[each.profile_id])}</b>
                  <small class="dim">
                    {number(each.gifts)} {say(each.gifts === 1 ? "giftGiven" : "giftsGiven")}
                  </small>
                </span>
                <span class="coins">
                  <Coin />
                  {number(each.coins)}
                </span>
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  );
}

function sourcesOf({ gifts, tickets }: Takings): string {
  const parts = [
    `${number(gifts.count)} ${say(gifts.count === 1 ? "giftGiven" : "giftsGiven")}: ${number(gifts.coins)}`,
  ];
  if (tickets.count > 0) {
    parts.push(
      `${number(tickets.count)} ${say(tickets.count === 1 ? "ticketSold" : "ticketsSold")}: ${number(tickets.coins)}`,
    );
  }
  return parts.join(" · ");
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dd class="count">{value}</dd>
      <dt>{name}</dt>
    </div>
  );
}
