// A ban, before it is given: from where, for how long, and why. This is the question; the red button is the yes.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Doing } from "../../../parts/doing";
import { Failure } from "../../../parts/failure";
import { Segments } from "../../../parts/segments";
import { Over } from "../../../parts/sheet";
import { say } from "../../../words";
import type { Words } from "../../../words/english";
import type { Sentence } from "./acts";
import { Labelled } from "./labelled";

const REASON_CHARACTERS_MAX = 500;
const HOURS = { hour: 1, day: 24, week: 168, forGood: null } as const;

type Time = keyof typeof HOURS;
type Reason = "spam" | "insults" | "other";

const TIMES: Record<Time, keyof Words> = { hour: "oneHour", day: "oneDay", week: "sevenDays", forGood: "forGood" };

interface Banned {
  profileId: string;
  name: string;
  face: ComponentChildren;
  /** A host may ban from all of their rooms. */
  host: boolean;
  doing: Doing;
  onBan: (sentence: Sentence) => void;
  onClose: () => void;
}

export function BanForm({ profileId, name, face, host, doing, onBan, onClose }: Banned) {
  const [where, setWhere] = useState<"all" | "this">(host ? "all" : "this");
  const [time, setTime] = useState<Time>("day");
  const [reason, setReason] = useState<Reason>("spam");
  const [typed, setTyped] = useState("");

  function submit(event: SubmitEvent) {
    event.preventDefault();
    const said = reason === "other" ? typed.trim() || null : say(reason);
    onBan({ profileId, reason: said, hours: HOURS[time], everywhere: where === "all" });
  }

  return (
    <Over title={say("banName", { name })} face={face} onClose={onClose}>
      <form class="ban" onSubmit={submit}>
        {host && (
          <Segments
            name={say("banWhere")}
            value={where}
            options={[
              { value: "all", label: say("allMyRooms") },
              { value: "this", label: say("thisRoom") },
            ]}
            onChoose={setWhere}
          />
        )}
        <Labelled word={say("banTime")}>
          <Segments
            name={say("banTime")}
            value={time}
            options={(Object.keys(HOURS) as Time[]).map((value) => ({ value, label: say(TIMES[value]) }))}
            onChoose={setTime}
          />
        </Labelled>
        <Labelled word={say("banWhy")}>
          <Segments
            name={say("banWhy")}
            value={reason}
            options={(["spam", "insults", "other"] as const).map((value) => ({ value, label: say(value) }))}
            onChoose={setReason}
          />
        </Labelled>
        {reason === "other" && (
          <div class="field">
            <label>
              {say("banReason")}
              <input
                value={typed}
                maxLength={REASON_CHARACTERS_MAX}
                autocomplete="off"
                onInput={(event) => setTyped(event.currentTarget.value)}
              />
            </label>
          </div>
        )}
        <p class="dim">{say(where === "all" ? "banAllMeans" : "banThisMeans")}</p>
        <Failure error={doing.failure} />
        <button class="button danger big full" disabled={doing.busy}>
          {say("banYes")}
        </button>
      </form>
    </Over>
  );
}
