// What became of the pictures that people asked for, how long they took, of which scenes; and the makers elsewhere.
import type { BestScenesAnswer, GenerationsReport } from "../../operations";
import { Failure } from "../../parts/failure";
import { operation } from "../../server/client";
import { number } from "../../words";
import { sayOfAdmin } from "../../words/admin";
import { useAsked } from "./asked";
import { Chart } from "./chart";
import { counts, decimal, lastDays, measures, share, sum } from "./days";
import { Figure } from "./figure";
import { Costs, Makers } from "./makers";
import type { Told } from "./range";

const SCENES_MAX = 20;

export function Pictures({ days, overview }: Told) {
  const { answer, failure, again } = useAsked(`pictures ${days}`, async () => {
    const [generations, makers, scenes] = await Promise.all([
      operation<"generation_health">("GET", `analytics/generations?days=${days}`),
      operation<"makers">("GET", `analytics/makers?days=${days}`),
      operation<"scenes">("GET", `analytics/scenes?days=${days}&limit=${SCENES_MAX}`),
    ]);
    return { names: lastDays(days, overview.time_zone), generations, makers, scenes };
  });
  return (
    <>
      <Failure error={failure} retry={again} />
      {answer && (
        <div class="figures">
          <Asked names={answer.names} days={answer.generations.days} />
          <Waiting names={answer.names} days={answer.generations.days} />
          <Costs names={answer.names} report={answer.makers} />
          <Scenes scenes={answer.scenes.scenes} />
          <Makers makers={answer.makers.makers} />
        </div>
      )}
    </>
  );
}

interface Rows {
  names: string[];
  days: GenerationsReport["days"];
}

function Asked({ names, days }: Rows) {
  const series = [
    { label: sayOfAdmin("made"), colour: "chart-2", values: counts(names, days, (day) => day.done) },
    { label: sayOfAdmin("failed"), colour: "danger", values: counts(names, days, (day) => day.failed) },
    { label: sayOfAdmin("moderated"), colour: "chart-3", values: counts(names, days, (day) => day.moderated) },
    { label: sayOfAdmin("canceled"), colour: "chart-4", values: counts(names, days, (day) => day.canceled) },
  ] as const;
  const [made, ...others] = series.map((each) => sum(each.values));
  const asked = sum(days.map((day) => day.asked));
  const summary = asked
    ? sayOfAdmin("generationsMean", { asked: number(asked), share: share(made!, made! + sum(others)) })
    : sayOfAdmin("noFigures");
  return (
    <Figure
      title={sayOfAdmin("generations")}
      summary={summary}
      table={{
        columns: [sayOfAdmin("day"), ...series.map((each) => each.label)],
        rows: asked ? names.map((day, index) => [day, ...series.map((each) => each.values[index]!)]) : [],
      }}
    >
      {asked > 0 && <Chart days={names} series={[...series]} kind="bars" summary={summary} />}
    </Figure>
  );
}

function Waiting({ names, days }: Rows) {
  const series = [
    { label: sayOfAdmin("half"), colour: "chart-1", values: measures(names, days, (day) => day.median_seconds) },
    { label: sayOfAdmin("most"), colour: "chart-3", values: measures(names, days, (day) => day.p95_seconds) },
  ] as const;
  const some = days.some((day) => day.median_seconds !== null);
  const summary = sayOfAdmin(some ? "waitingMeans" : "noFigures");
  return (
    <Figure
      title={sayOfAdmin("waitingTime")}
      summary={summary}
      table={{
        columns: [sayOfAdmin("day"), ...series.map((each) => each.label)],
        rows: some ? names.map((day, index) => [day, ...series.map((each) => each.values[index]!)]) : [],
      }}
    >
      {some && (
        <Chart
          days={names}
          series={[...series]}
          kind="lines"
          summary={summary}
          format={(seconds) => sayOfAdmin("seconds", { seconds: decimal(seconds) })}
        />
      )}
    </Figure>
  );
}

function Scenes({ scenes }: BestScenesAnswer) {
  return (
    <Figure
      title={sayOfAdmin("bestScenes")}
      summary={scenes.length ? undefined : sayOfAdmin("bestScenesNone")}
      open
      table={{
        columns: [sayOfAdmin("scene"), sayOfAdmin("pictures"), sayOfAdmin("people"), sayOfAdmin("favorites")],
        rows: scenes.map(({ name, pictures, people, favorites }) => [name, pictures, people, favorites]),
      }}
    />
  );
}
