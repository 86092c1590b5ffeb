// Makers of pictures elsewhere: what they cost by the day, and how each fares now.
import type { Maker, MakersReport } from "../../operations";
import { when } from "../../words";
import { sayOfAdmin } from "../../words/admin";
import { Chart } from "./chart";
import { counts, dollars, sum } from "./days";
import { Figure } from "./figure";
import "./makers.css";

const COLOURS = ["chart-1", "chart-2", "chart-3", "chart-4"] as const;
const CENTS = 1e4; // micro-dollars in one

/** Nothing, where all is made here: the other card says so. */
export function Costs({ names, report }: { names: string[]; report: MakersReport }) {
  if (report.makers.length === 0) return null;
  const series = report.makers.map(({ maker }, index) => ({
    label: maker,
    colour: COLOURS[index % COLOURS.length]!,
    values: counts(
      names,
      report.days.filter((day) => day.maker === maker),
      (day) => day.cost_microdollars,
    ),
  }));
  const summary = sayOfAdmin("costMeans", { cost: dollars(sum(series.flatMap((each) => each.values))) });
  return (
    <Figure
      title={sayOfAdmin("costByDay")}
      summary={summary}
      table={{
        columns: [sayOfAdmin("day"), ...series.map((each) => `${each.label}, $`)],
        rows: names.map((day, index) => [day, ...series.map((each) => Math.round(each.values[index]! / CENTS) / 100)]),
      }}
    >
      <Chart days={names} series={series} kind="bars" summary={summary} format={dollars} />
    </Figure>
  );
}

export function Makers({ makers }: Pick<MakersReport, "makers">) {
  const unasked = makers.filter((maker) => maker.state !== "ask");
  return (
    <Figure
      title={sayOfAdmin("makers")}
      summary={makers.length ? undefined : sayOfAdmin("makersNone")}
      open
      broad={makers.length > 0}
      aside={unasked.map((maker) => (
        <p key={maker.maker} class={maker.state === "stop" ? "unasked stopped" : "unasked"}>
          <b>{maker.maker}</b> {stateOf(maker)}
        </p>
      ))}
      table={{
        columns: [
          sayOfAdmin("maker"),
          sayOfAdmin("pictures"),
          sayOfAdmin("success"),
          sayOfAdmin("half"),
          sayOfAdmin("most"),
          sayOfAdmin("cost"),
          sayOfAdmin("state"),
        ],
        rows: makers.map((maker) => [
          maker.maker,
          maker.pictures,
          successOf(maker),
          maker.median_seconds,
          maker.p95_seconds,
          dollars(maker.cost_microdollars),
          stateOf(maker),
        ]),
      }}
    />
  );
}

function stateOf({ state, until }: Maker): string {
  const values = { time: until ? when(until) : "" };
  switch (state) {
    case "ask":
      return sayOfAdmin("stateAsk");
    case "wait":
      return sayOfAdmin("stateWait", values);
    case "turn":
      return sayOfAdmin("stateTurn", values);
    case "stop":
      return sayOfAdmin("stateStop");
  }
}

function successOf({ done, failed, moderated }: Maker): number | null {
  const ended = done + failed + moderated;
  return ended ? Math.round((1000 * done) / ended) / 10 : null;
}
