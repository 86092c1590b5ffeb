// The end of what somebody brought before admins: a word for them, if there is one, and yes.
import { useState } from "preact/hooks";
import { Over } from "../../../parts/sheet";
import { sayOfDesk } from "../../../words/desk";

const OUTCOME_CHARACTERS_MAX = 1000;

interface Asked {
  yes: string;
  /** For whom the word is. */
  asked: string;
  means: string;
  onYes: (outcome: string | null) => void;
  onClose: () => void;
}

export function Closing({ yes, asked, means, onYes, onClose }: Asked) {
  const [outcome, setOutcome] = useState("");
  return (
    <Over title={sayOfDesk("closeTitle")} onClose={onClose}>
      <form
        class="closing"
        onSubmit={(event) => {
          event.preventDefault();
          onYes(outcome.trim() || null);
        }}
      >
        <div>
          <div class="field">
            <label>
              {asked}
              <input
                value={outcome}
                maxLength={OUTCOME_CHARACTERS_MAX}
                onInput={(event) => setOutcome(event.currentTarget.value)}
              />
            </label>
          </div>
          <p class="hint">{means}</p>
        </div>
        <button class="button main big full">{yes}</button>
      </form>
    </Over>
  );
}
