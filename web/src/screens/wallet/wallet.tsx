// The wallet: what one has, what came in, and the statement by day, each line with what it was.
import { useEffect, useState } from "preact/hooks";
import type { Earnings } from "../../operations";
import { AddCoins } from "../../parts/add-coins";
import { Chips } from "../../parts/chips";
import { Counted } from "../../parts/counted";
import { useDoing } from "../../parts/doing";
import { Empty } from "../../parts/empty";
import { Failure } from "../../parts/failure";
import { Heading } from "../../parts/heading";
import { Coin, Icon } from "../../parts/icons";
import { operation } from "../../server/client";
import { returns } from "../../server/connection";
import { profile } from "../../stores/login";
import { LINES_MAX, type Line, readStatement } from "../../stores/statement";
import { balance, refreshBalance } from "../../stores/wallet";
import { day, number, say } from "../../words";
import { sayOfSubscriptions } from "../../words/subscriptions";
import { StatementRow } from "./row";
import "./wallet.css";

type Filter = "all" | "in" | "out";

export function Wallet() {
  const [filter, setFilter] = useState<Filter>("all");
  const [lines, setLines] = useState<Line[]>();
  const [more, setMore] = useState(false);
  const { busy, failure, attempt } = useDoing();

  function load(known: Line[] = []) {
    return attempt(async () => {
      const next = await readStatement(known.at(-1)?.entry_id);
      setLines([...known, ...next]);
      setMore(next.length === LINES_MAX);
    });
  }

  useEffect(() => {
    void load();
    void refreshBalance();
  }, [returns.value]);

  const shown = lines?.filter((line) => filter === "all" || line.amount > 0 === (filter === "in"));
  return (
    <div class="page wallet">
      <Heading title={say("wallet")} back="/me" />
      <section class="fortune">
        <h2>{say("yourCoins")}</h2>
        <p>
          <Coin />
          {balance.value === null ? "…" : <Counted value={balance.value} />}
        </p>
        <AddCoins />
      </section>
      <a class="to-subscriptions" href="#/wallet/subscriptions">
        <Icon name="crown" />
        <b class="grow">{sayOfSubscriptions("subscriptions")}</b>
        <Icon name="more" />
      </a>
      {profile.value?.is_creator && <Earned />}
      <section>
        <header class="shelf-head">
          <h2>{say("statement")}</h2>
          <Chips
            name={say("filter")}
            value={filter}
            options={[
              { value: "all", label: say("all") },
              { value: "in", label: say("cameIn") },
              { value: "out", label: say("wentOut") },
            ]}
            onChoose={setFilter}
          />
        </header>
        <Failure error={failure} retry={() => void load(lines)} />
        {!lines && busy && <Skeletons />}
        {lines?.length === 0 && <Empty title={say("noLines")} />}
        {lines && lines.length > 0 && shown?.length === 0 && <p class="dim">{say("noneOfThese")}</p>}
        {byDay(shown ?? []).map(([named, those]) => (
          <div key={named} class="day">
            <h3>{named}</h3>
            <ul class="listing">
              {those.map((line) => (
                <StatementRow key={line.entry_id} line={line} />
              ))}
            </ul>
          </div>
        ))}
        {more && (
          <button class="button full" disabled={busy} onClick={() => void load(lines)}>
            {say("showMore")}
          </button>
        )}
      </section>
    </div>
  );
}

/** What a creator was given: this month, and ever. */
function Earned() {
  const [month, setMonth] = useState<Earnings>();
  const [ever, setEver] = useState<Earnings>();
  const { failure, attempt } = useDoing();

  useEffect(() => {
    void attempt(async () => {
      const since = encodeURIComponent(firstOfMonth().toISOString());
      const [ofMonth, ofAll] = await Promise.all([
        operation<"earnings">("GET", `coins/earnings?since=${since}`),
        operation<"earnings">("GET", "coins/earnings"),
      ]);
      setMonth(ofMonth);
      setEver(ofAll);
    });
  }, [returns.value]);

  return (
    <section aria-label={say("earned")}>
      <Failure error={failure} />
      <dl class="sums">
        <Tile name={say("earnedThisMonth")} coins={month?.total} />
        <Tile name={say("earnedEver")} coins={ever?.total} />
        {KINDS.map(
          ([kind, word]) =>
            ever?.by_kind[kind] && <Tile key={kind} name={say(word)} coins={ever.by_kind[kind].coins} small />,
        )}
      </dl>
    </section>
  );
}

const KINDS = [
  ["gift", "fromGifts"],
  ["ticket_payout", "fromTickets"],
  ["subscription_payout", "fromSubscriptions"],
  ["call_payout", "fromCalls"],
] as const;

function Tile({ name, coins, small = false }: { name: string; coins: number | undefined; small?: boolean }) {
  return (
    <div class={small ? "sum small" : "sum"}>
      <dt>{name}</dt>
      <dd class="count">{coins === undefined ? "…" : number(coins)}</dd>
    </div>
  );
}

function Skeletons() {
  return (
    <ul class="listing" aria-busy="true" aria-label={say("loading")}>
      {[1, 2, 3, 4].map((each) => (
        <li key={each} class="skeleton" />
      ))}
    </ul>
  );
}

function byDay(lines: Line[]): [string, Line[]][] {
  const days = new Map<string, Line[]>();
  for (const line of lines) {
    const named = day(line.created_at);
    days.set(named, [...(days.get(named) ?? []), line]);
  }
  return [...days];
}

function firstOfMonth(): Date {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), 1);
}
