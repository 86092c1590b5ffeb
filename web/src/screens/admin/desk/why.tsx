// A word why, which the person is told, before something is done about them.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Over } from "../../../parts/sheet";
import { sayOfUsers } from "../../../words/users";
import "./desk.css";

const REASON_CHARACTERS_MAX = 500;

interface Asked {
  title: string;
  yes: string;
  children?: ComponentChildren;
  onYes: (reason: string) => void;
  onClose: () => void;
}

export function Why({ title, yes, children, onYes, onClose }: Asked) {
  const [reason, setReason] = useState("");
  return (
    <Over title={title} onClose={onClose}>
      <form
        class="closing"
        onSubmit={(event) => {
          event.preventDefault();
          onYes(reason.trim());
        }}
      >
        <div>
          <div class="field">
            <label>
              {sayOfUsers("why")}
              <input
                required
                value={reason}
                maxLength={REASON_CHARACTERS_MAX}
                onInput={(event) => setReason(event.currentTarget.value)}
              />
            </label>
          </div>
          <p class="hint">{sayOfUsers("whyMeans")}</p>
        </div>
        {children}
        <button class="button main big full" disabled={!reason.trim()}>
          {yes}
        </button>
      </form>
    </Over>
  );
}
