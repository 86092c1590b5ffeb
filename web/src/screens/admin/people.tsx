// Who came: active people by the day, what they did, who came again, how far they come.
import { number } from "../../words";
import { sayOfAdmin } from "../../words/admin";
import { Chart } from "./chart";
import { counts, dayName, lastDays, share, sum } from "./days";
import { Figure } from "./figure";
import { Funnel } from "./funnel";
import type { Told } from "./range";
import { Retention } from "./retention";

export function People({ days, overview }: Told) {
  const names = lastDays(days, overview.time_zone);
  return (
    <div class="figures">
      <Active names={names} days={overview.days} />
      <Events names={names} days={overview.days} />
      <Retention />
      <Funnel days={days} events={overview.events.map((each) => each.event_name)} />
    </div>
  );
}

interface Rows {
  names: string[];
  days: Told["overview"]["days"];
}

function Active({ names, days }: Rows) {
  const last = days.at(-1);
  const series = [
    { label: sayOfAdmin("ofDay"), colour: "chart-1", values: counts(names, days, (day) => day.people) },
    { label: sayOfAdmin("ofWeek"), colour: "chart-3", values: counts(names, days, (day) => day.people_of_week) },
    { label: sayOfAdmin("ofMonth"), colour: "chart-2", values: counts(names, days, (day) => day.people_of_month) },
  ] as const;
  const summary = last
    ? sayOfAdmin("activeMeans", {
        day: dayName(last.day),
        people: number(last.people),
        month: number(last.people_of_month),
        stickiness: share(last.people, last.people_of_month),
      })
    : sayOfAdmin("noFigures");
  return (
    <Figure
      title={sayOfAdmin("activePeople")}
      summary={summary}
      table={{
        columns: [sayOfAdmin("day"), ...series.map((each) => each.label)],
        rows: last ? names.map((day, index) => [day, ...series.map((each) => each.values[index]!)]) : [],
      }}
    >
      {last && <Chart days={names} series={[...series]} kind="lines" summary={summary} />}
    </Figure>
  );
}

function Events({ names, days }: Rows) {
  const all = counts(names, days, (day) => day.events);
  const nobodys = counts(names, days, (day) => day.events_of_nobody);
  const some = sum(all) > 0;
  const summary = some
    ? sayOfAdmin("eventsMean", { count: number(sum(all)), nobodys: number(sum(nobodys)) })
    : sayOfAdmin("noFigures");
  const series = [
    { label: sayOfAdmin("ofSomebody"), colour: "chart-1", values: all.map((each, index) => each - nobodys[index]!) },
    { label: sayOfAdmin("ofNobody"), colour: "chart-4", values: nobodys },
  ] as const;
  return (
    <Figure
      title={sayOfAdmin("events")}
      summary={summary}
      table={{
        columns: [sayOfAdmin("day"), ...series.map((each) => each.label)],
        rows: some ? names.map((day, index) => [day, ...series.map((each) => each.values[index]!)]) : [],
      }}
    >
      {some && <Chart days={names} series={[...series]} kind="bars" summary={summary} />}
    </Figure>
  );
}
