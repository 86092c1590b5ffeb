// Of those who first came in a period, how many came in each later one: a table whose cells are the darker the more did.
import { useState } from "preact/hooks";
import type { RetentionAnswer } from "../../operations";
import { Failure } from "../../parts/failure";
import { Segments } from "../../parts/segments";
import { operation } from "../../server/client";
import { number } from "../../words";
import { sayOfAdmin } from "../../words/admin";
import { useAsked } from "./asked";
import { dayName, share } from "./days";
import { Figure } from "./figure";
import "./retention.css";

type Unit = RetentionAnswer["unit"];

const PERIODS = { day: 14, week: 12 } as const;
const HEAT_MAX = 45; // per cent of the colour: ink is read on it in both looks

export function Retention() {
  const [unit, setUnit] = useState<Unit>("week");
  const { answer, failure, again } = useAsked(`retention ${unit}`, () =>
    operation<"retention">("GET", `analytics/retention?unit=${unit}&periods=${PERIODS[unit]}`),
  );
  const some = answer && answer.cohorts.length > 0;
  return (
    <Figure
      title={sayOfAdmin("retention")}
      summary={sayOfAdmin(answer && !some ? "retentionNone" : "retentionMeans")}
      table={undefined}
      save={answer && asTable(answer)}
      aside={
        <Segments
          name={sayOfAdmin("unit")}
          value={unit}
          options={[
            { value: "day", label: sayOfAdmin("byDay") },
            { value: "week", label: sayOfAdmin("byWeek") },
          ]}
          onChoose={setUnit}
        />
      }
    >
      <Failure error={failure} retry={again} />
      {some && <Heat answer={answer} />}
    </Figure>
  );
}

function Heat({ answer }: { answer: RetentionAnswer }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="table heat" tabIndex={0} aria-label={sayOfAdmin("retention")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{sayOfAdmin("cohort")}</th>
            <th scope="col">{sayOfAdmin("newcomers")}</th>
            {later(answer).map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {answer.cohorts.map(({ begins_on, people }) => (
            <tr key={begins_on}>
              <th scope="row">{dayName(begins_on)}</th>
              <td>{number(people[0])}</td>
              {people.slice(1).map((came, index) => (
                <td
                  key={index}
                  class="cell"
                  title={number(came)}
                  style={{ "--heat": `${Math.round((HEAT_MAX * came) / Math.max(people[0]!, 1))}%` }}
                >
                  {share(came, people[0]!)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What the later periods are called, as many as the longest row has. */
function later({ unit, cohorts }: RetentionAnswer): string[] {
  const periods = Math.max(...cohorts.map(({ people }) => people.length), 1) - 1;
  const word = unit === "day" ? "daysLater" : "weeksLater";
  return Array.from({ length: periods }, (_, index) => sayOfAdmin(word, { number: String(index + 1) }));
}

function asTable(answer: RetentionAnswer) {
  return {
    columns: [sayOfAdmin("cohort"), sayOfAdmin("newcomers"), ...later(answer)],
    rows: answer.cohorts.map(({ begins_on, people }) => [begins_on, ...people]),
  };
}
