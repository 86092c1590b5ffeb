// Coins that were spent and came in, by the day; all that moved; and what was live.
import type { CoinsOfDay, LiveReport } from "../../operations";
import { Failure } from "../../parts/failure";
import { operation } from "../../server/client";
import { number, say } from "../../words";
import { type AdminWord, sayOfAdmin } from "../../words/admin";
import type { Words } from "../../words/english";
import { useAsked } from "./asked";
import { Chart, type Series } from "./chart";
import { counts, lastDays, sum } from "./days";
import { Figure } from "./figure";
import type { Told } from "./range";

type Kind = CoinsOfDay["kind"];

const SPENT = [
  ["gift", "gifts", "chart-coins"],
  ["ticket", "tickets", "chart-1"],
  ["subscription", "subscriptions", "chart-2"],
  ["call", "calls", "chart-3"],
] as const;
const CAME_IN = [
  ["purchase", "bought", "chart-coins"],
  ["grant", "granted", "chart-4"],
] as const;

const NAMES: Record<Kind, keyof Words> = {
  grant: "lineGrant",
  purchase: "linePurchase",
  gift: "lineGift",
  gift_refund: "lineGiftBack",
  ticket: "lineTicket",
  ticket_refund: "lineTicketBack",
  ticket_payout: "lineTicketSold",
  subscription: "lineSubscription",
  subscription_refund: "lineSubscriptionBack",
  subscription_payout: "lineSubscriber",
  call: "lineCall",
  call_refund: "lineCallBack",
  call_payout: "lineCallPaid",
  adjustment: "lineAdjustment",
};

export function Coins({ days, overview }: Told) {
  const { answer, failure, again } = useAsked(`coins ${days}`, async () => {
    const [revenue, live] = await Promise.all([
      operation<"revenue">("GET", `analytics/revenue?days=${days}`),
      operation<"live">("GET", `analytics/live?days=${days}`),
    ]);
    return { names: lastDays(days, overview.time_zone), moved: revenue.days, live };
  });
  return (
    <>
      <Failure error={failure} retry={again} />
      {answer && (
        <div class="figures">
          <Kinds
            title={sayOfAdmin("spent")}
            names={answer.names}
            series={ofKinds(SPENT, answer.names, answer.moved)}
            tell={(coins, [gifts]) => sayOfAdmin("spentMeans", { coins: number(coins), gifts: number(gifts) })}
          />
          <Kinds
            title={sayOfAdmin("cameIn")}
            names={answer.names}
            series={ofKinds(CAME_IN, answer.names, answer.moved)}
            tell={(coins) => sayOfAdmin("cameInMeans", { coins: number(coins) })}
          />
          <Live names={answer.names} report={answer.live} />
          <Movements moved={answer.moved} />
        </div>
      )}
    </>
  );
}

type Kinded = readonly (readonly [Kind, AdminWord, Series["colour"]])[];

function ofKinds(kinds: Kinded, names: string[], moved: CoinsOfDay[]): Series[] {
  return kinds.map(([kind, word, colour]) => ({
    label: sayOfAdmin(word),
    colour,
    values: counts(
      names,
      moved.filter((each) => each.kind === kind),
      (each) => each.coins,
    ),
  }));
}

interface OfKinds {
  title: string;
  names: string[];
  series: Series[];
  tell: (coins: number, each: number[]) => string;
}

function Kinds({ title, names, series, tell }: OfKinds) {
  const sums = series.map((each) => sum(each.values));
  const coins = sum(sums);
  const summary = coins ? tell(coins, sums) : sayOfAdmin("noFigures");
  return (
    <Figure
      title={title}
      summary={summary}
      table={{
        columns: [sayOfAdmin("day"), ...series.map((each) => each.label)],
        rows: coins ? names.map((day, index) => [day, ...series.map((each) => each.values[index]!)]) : [],
      }}
    >
      {coins > 0 && <Chart days={names} series={series} kind="bars" summary={summary} />}
    </Figure>
  );
}

const ON_STAGE = [
  ["sessions", "sessions"],
  ["creators", "creators"],
  ["minutes", "minutes"],
  ["viewers", "viewers"],
  ["gift_coins", "giftCoins"],
] as const;

function Live({ names, report: { days } }: { names: string[]; report: LiveReport }) {
  const columns = ON_STAGE.map(([key, word]) => ({
    label: sayOfAdmin(word),
    values: counts(names, days, (day) => day[key]),
  }));
  const totals = columns.map((each) => number(sum(each.values)));
  const summary = days.length
    ? sayOfAdmin("liveMeans", { sessions: totals[0]!, minutes: totals[2]!, viewers: totals[3]! })
    : sayOfAdmin("noFigures");
  return (
    <Figure
      title={sayOfAdmin("live")}
      summary={summary}
      table={{
        columns: [sayOfAdmin("day"), ...columns.map((each) => each.label)],
        rows: days.length ? names.map((day, index) => [day, ...columns.map((each) => each.values[index]!)]) : [],
      }}
    >
      {days.length > 0 && (
        <Chart days={names} series={[{ ...columns[3]!, colour: "chart-1" }]} kind="bars" summary={summary} />
      )}
    </Figure>
  );
}

function Movements({ moved }: { moved: CoinsOfDay[] }) {
  const kinds = [...new Set(moved.map((each) => each.kind))];
  const rows = kinds.map((kind) => {
    const those = moved.filter((each) => each.kind === kind);
    return [say(NAMES[kind]), sum(those.map((each) => each.transactions)), sum(those.map((each) => each.coins))];
  });
  return (
    <Figure
      title={sayOfAdmin("movements")}
      summary={sayOfAdmin(rows.length ? "movementsMean" : "noFigures")}
      open
      table={{ columns: [sayOfAdmin("kind"), sayOfAdmin("times"), sayOfAdmin("coins")], rows }}
    />
  );
}
