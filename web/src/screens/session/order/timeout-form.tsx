// A timeout, before it is given: for how long. They watch on and write nothing.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Doing } from "../../../parts/doing";
import { Failure } from "../../../parts/failure";
import { Segments } from "../../../parts/segments";
import { Over } from "../../../parts/sheet";
import { say } from "../../../words";
import { sayOfOrder } from "../../../words/order";

const TIMES = ["60", "600", "3600"] as const;

type Seconds = (typeof TIMES)[number];

interface Timed {
  name: string;
  face: ComponentChildren;
  doing: Doing;
  onTimeout: (seconds: number) => void;
  onClose: () => void;
}

export function TimeoutForm({ name, face, doing, onTimeout, onClose }: Timed) {
  const [seconds, setSeconds] = useState<Seconds>("600");

  function submit(event: SubmitEvent) {
    event.preventDefault();
    onTimeout(Number(seconds));
  }

  return (
    <Over title={sayOfOrder("timeOutName", { name })} face={face} onClose={onClose}>
      <form class="ban" onSubmit={submit}>
        <Segments
          name={say("banTime")}
          value={seconds}
          options={TIMES.map((value) => ({ value, label: labelOf(value) }))}
          onChoose={setSeconds}
        />
        <p class="dim">{sayOfOrder("timeOutMeans")}</p>
        <Failure error={doing.failure} />
        <button class="button danger big full" disabled={doing.busy}>
          {sayOfOrder("timeOutYes")}
        </button>
      </form>
    </Over>
  );
}

function labelOf(seconds: Seconds): string {
  switch (seconds) {
    case "60":
      return sayOfOrder("oneMinute");
    case "600":
      return sayOfOrder("tenMinutes");
    case "3600":
      return say("oneHour");
  }
}
