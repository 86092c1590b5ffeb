// A report, before it is sent: what is wrong, and a word to whoever looks at it.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Operations } from "../../../operations";
import type { Doing } from "../../../parts/doing";
import { Failure } from "../../../parts/failure";
import { Over } from "../../../parts/sheet";
import { say } from "../../../words";
import { sayOfOrder } from "../../../words/order";

export type Complaint = Operations["report_profile"]["body"];

const REASONS = [
  "spam",
  "harassment",
  "hate",
  "sexual",
  "violence",
  "minor",
  "impersonation",
  "fraud",
  "other",
] as const satisfies readonly Complaint["reason"][];
const NOTE_CHARACTERS_MAX = 1000;

interface Reported {
  name: string;
  face: ComponentChildren;
  doing: Doing;
  onReport: (complaint: Complaint) => void;
  onClose: () => void;
}

export function ReportForm({ name, face, doing, onReport, onClose }: Reported) {
  const [reason, setReason] = useState<Complaint["reason"]>("spam");
  const [note, setNote] = useState("");

  function submit(event: SubmitEvent) {
    event.preventDefault();
    onReport({ reason, note: note.trim() || null });
  }

  return (
    <Over title={sayOfOrder("reportName", { name })} face={face} onClose={onClose}>
      <form class="ban" onSubmit={submit}>
        <fieldset class="reasons">
          <legend class="unseen">{sayOfOrder("reportWhy")}</legend>
          {REASONS.map((each) => (
            <label key={each}>
              <input
                type="radio"
                name="reason"
                value={each}
                checked={each === reason}
                onChange={() => setReason(each)}
              />
              <span>{each === "spam" || each === "other" ? say(each) : sayOfOrder(each)}</span>
            </label>
          ))}
        </fieldset>
        <div class="field">
          <label>
            {sayOfOrder("reportNote")}
            <input
              value={note}
              maxLength={NOTE_CHARACTERS_MAX}
              autocomplete="off"
              onInput={(event) => setNote(event.currentTarget.value)}
            />
          </label>
        </div>
        <Failure error={doing.failure} />
        <button class="button main big full" disabled={doing.busy}>
          {sayOfOrder("reportYes")}
        </button>
      </form>
    </Over>
  );
}
