// Where messages go, and of which events: all that there are and will be, or those that are ticked.
import { useState } from "preact/hooks";
import { useDoing } from "../../../parts/doing";
import { Failure } from "../../../parts/failure";
import { Switch } from "../../../parts/switch";
import { sayOfWebhooks, webhookWords } from "../../../words/webhooks";
import { CODES } from "./codes";
import "./webhooks.css";

const URL_CHARACTERS_MAX = 2048;
const DESCRIPTION_CHARACTERS_MAX = 500;

export interface Typed {
  url: string;
  description: string;
  codes: string[];
}

interface Written {
  before: Typed;
  yes: string;
  onSave: (typed: Typed) => Promise<unknown>;
}

export function WebhookForm({ before, yes, onSave }: Written) {
  const [typed, setTyped] = useState(before);
  const [all, setAll] = useState(before.codes.length === 0);
  const { busy, failure, attempt } = useDoing();
  const change = (part: Partial<Typed>) => setTyped((last) => ({ ...last, ...part }));
  const offered = [...new Set([...CODES, ...before.codes])];

  function save(event: SubmitEvent) {
    event.preventDefault();
    void attempt(() => onSave({ ...typed, codes: all ? [] : typed.codes }));
  }

  function tick(code: string, on: boolean) {
    change({ codes: on ? [...typed.codes, code] : typed.codes.filter((each) => each !== code) });
  }

  return (
    <form class="webhook-form" onSubmit={save}>
      <div class="field">
        <label>
          {sayOfWebhooks("url")}
          <input
            type="url"
            value={typed.url}
            maxLength={URL_CHARACTERS_MAX}
            required
            placeholder="https://example.com/hooks"
            autocomplete="off"
            onInput={(event) => change({ url: event.currentTarget.value })}
          />
        </label>
      </div>
      <div class="field">
        <label>
          {sayOfWebhooks("description")}
          <input
            value={typed.description}
            maxLength={DESCRIPTION_CHARACTERS_MAX}
            autocomplete="off"
            onInput={(event) => change({ description: event.currentTarget.value })}
          />
        </label>
      </div>
      <Switch name={sayOfWebhooks("everyEvent")} means={sayOfWebhooks("everyMeans")} on={all} onTurn={setAll} />
      {!all && (
        <fieldset class="event-codes">
          <legend class="unseen">{sayOfWebhooks("events")}</legend>
          {offered.map((code) => (
            <label key={code}>
              <input
                type="checkbox"
                checked={typed.codes.includes(code)}
                onChange={({ currentTarget }) => tick(code, currentTarget.checked)}
              />
              <code>{code}</code>
            </label>
          ))}
        </fieldset>
      )}
      <Failure error={webhookWords(failure)} />
      <button class="button main big full" disabled={busy || (!all && typed.codes.length === 0)}>
        {yes}
      </button>
    </form>
  );
}
