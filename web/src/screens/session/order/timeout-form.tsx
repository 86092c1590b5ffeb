// A timeout, before it is given: for how long. They watch on and write nothing.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Doing } from "../../../parts/doing";
import { Failure } from "../../../parts/failure";
import { Segments } from "../../../parts/segments";
import { Over } from "../../../parts/sheet";
import { say } from "../../../words";

const TIMES = { "60": "oneMinute", "600": "tenMinutes", "3600": "oneHour" } as const;

type Seconds = keyof typeof TIMES;

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
    <Over title={say("timeOutName", { name })} face={face} onClose={onClose}>
      <form class="ban" onSubmit={submit}>
        <Segments
          name={say("banTime")}
          value={seconds}
          options={(Object.keys(TIMES) as Seconds[]).map((value) => ({ value, label: say(TIMES[value]) }))}
          onChoose={setSeconds}
        />
        <p class="dim">{say("timeOutMeans")}</p>
        <Failure error={doing.failure} />
        <button class="button danger big full" disabled={doing.busy}>
          {say("timeOutYes")}
        </button>
      </form>
    </Over>
  );
}
