// How far people come on a way of steps: which ones, and how much time they have, is chosen here.
import { useState } from "preact/hooks";
import type { FunnelAnswer } from "../../operations";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { operation } from "../../server/client";
import { duration, number } from "../../words";
import { sayOfAdmin } from "../../words/admin";
import { useAsked } from "./asked";
import { share } from "./days";
import { Figure } from "./figure";
import "./funnel.css";

const STEPS_MIN = 2;
const STEPS_MAX = 8;
const WINDOWS = [1, 24, 168, 720] as const;

/** `events` are the names of what happened, the most frequent first. */
export function Funnel({ days, events }: { days: number; events: string[] }) {
  if (events.length < STEPS_MIN) {
    return <Figure title={sayOfAdmin("funnel")} summary={sayOfAdmin("funnelNeeds")} table={undefined} />;
  }
  return <Way days={days} events={events} />;
}

function Way({ days, events }: { days: number; events: string[] }) {
  const [steps, setSteps] = useState(events.slice(0, 3));
  const [hours, setHours] = useState<number>(24);
  const asked = new URLSearchParams({ days: `${days}`, window_hours: `${hours}`, steps: steps.join(",") }).toString();
  const { answer, failure, again } = useAsked(asked, () => operation<"funnel">("GET", `analytics/funnel?${asked}`));
  const [first, last] = [answer?.steps[0], answer?.steps.at(-1)];
  return (
    <Figure
      title={sayOfAdmin("funnel")}
      summary={
        first && last
          ? sayOfAdmin("funnelMeans", { people: number(first.people), share: share(last.people, first.people) })
          : undefined
      }
      table={undefined}
      save={answer && asTable(answer)}
    >
      <div class="way-steps">
        {steps.map((step, index) => (
          <Step
            key={index}
            place={index + 1}
            step={step}
            events={events}
            onChoose={(chosen) => setSteps(steps.with(index, chosen))}
            onRemove={steps.length > STEPS_MIN ? () => setSteps(steps.toSpliced(index, 1)) : undefined}
          />
        ))}
        {steps.length < STEPS_MAX && (
          <button class="button" onClick={() => setSteps([...steps, events[steps.length % events.length]!])}>
            {sayOfAdmin("addStep")}
          </button>
        )}
        <div class="field">
          <label>
            {sayOfAdmin("within")}
            <select value={hours} onChange={(event) => setHours(Number(event.currentTarget.value))}>
              {WINDOWS.map((each) => (
                <option key={each} value={each}>
                  {windowName(each)}
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
      <Failure error={failure} retry={again} />
      {answer && <Reached answer={answer} />}
    </Figure>
  );
}

interface Choice {
  place: number;
  step: string;
  events: string[];
  onChoose: (step: string) => void;
  onRemove: (() => void) | undefined;
}

function Step({ place, step, events, onChoose, onRemove }: Choice) {
  const values = { number: String(place) };
  return (
    <div class="field">
      <label>
        {sayOfAdmin("step", values)}
        <select value={step} onChange={(event) => onChoose(event.currentTarget.value)}>
          {events.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {onRemove && (
        <button class="round plain" aria-label={sayOfAdmin("removeStep", values)} onClick={onRemove}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

function Reached({ answer: { steps } }: { answer: FunnelAnswer }) {
  const began = steps[0]!.people;
  return (
    <ol class="came-far">
      {steps.map(({ event_name, people, median_seconds }, index) => (
        <li key={index}>
          <span class="row">
            <b class="grow cut">{event_name}</b>
            <b class="count">{number(people)}</b>
          </span>
          <span class="bar" style={{ "--share": `${began ? (100 * people) / began : 0}%` }} aria-hidden="true" />
          {index > 0 && (
            <small class="dim">
              {sayOfAdmin("ofFirst", { share: share(people, began) })}
              {median_seconds !== null && ` · ${sayOfAdmin("median", { time: duration(Math.round(median_seconds)) })}`}
            </small>
          )}
        </li>
      ))}
    </ol>
  );
}

function windowName(hours: number): string {
  if (hours === 168) return sayOfAdmin("oneWeek");
  if (hours === 720) return sayOfAdmin("oneMonth");
  return sayOfAdmin("hours", { hours: number(hours) });
}

function asTable({ steps }: FunnelAnswer) {
  const began = Math.max(steps[0]?.people ?? 0, 1);
  return {
    columns: [
      sayOfAdmin("events"),
      sayOfAdmin("peopleReached"),
      sayOfAdmin("shareOfFirst"),
      sayOfAdmin("medianSeconds"),
    ],
    rows: steps.map(({ event_name, people, median_seconds }) => [
      event_name,
      people,
      Math.round((1000 * people) / began) / 10,
      median_seconds,
    ]),
  };
}
