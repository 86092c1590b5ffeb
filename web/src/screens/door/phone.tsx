// Coming in with a phone number: a code by short message, typed in here. Who is new has an account then.
import { useEffect, useRef, useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { askForCode, comeInBy } from "../../stores/phone";
import { phoneWords, sayOfPhone } from "../../words/phone";
import { CodeField } from "./code-field";
import { BackTo } from "./sent";

const NUMBER_CHARACTERS_MAX = 30;

export function ByPhone({ onPhone }: { onPhone: () => void }) {
  return (
    <button type="button" class="button big full" onClick={onPhone}>
      <Icon name="phone" />
      {sayOfPhone("goOn")}
    </button>
  );
}

export function Phone({ onSignIn }: { onSignIn: () => void }) {
  const [sentTo, setSentTo] = useState<string>();
  return (
    <>
      <BackTo onSignIn={onSignIn} />
      {sentTo ? <Code phone={sentTo} onOther={() => setSentTo(undefined)} /> : <NumberAsked onSent={setSentTo} />}
    </>
  );
}

function NumberAsked({ onSent }: { onSent: (phone: string) => void }) {
  const { busy, failure, attempt } = useDoing();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.focus(), []);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const phone = String(new FormData(form.current!).get("phone"));
    await attempt(async () => onSent(await askForCode(phone)));
  }

  return (
    <>
      <div>
        <h1>{sayOfPhone("title")}</h1>
        <p class="dim">{sayOfPhone("means")}</p>
      </div>
      <form ref={form} onSubmit={(event) => void submit(event)}>
        <NumberField wrong={Boolean(failure)} />
        <Failure error={phoneWords(failure)} />
        <button class="button main big full" disabled={busy}>
          {sayOfPhone("send")}
        </button>
      </form>
    </>
  );
}

/** Where a number is typed in. */
export function NumberField({ wrong }: { wrong: boolean }) {
  return (
    <div>
      <div class={wrong ? "field wrong" : "field"}>
        <label>
          {sayOfPhone("number")}
          <input
            type="tel"
            name="phone"
            autocomplete="tel"
            maxLength={NUMBER_CHARACTERS_MAX}
            aria-invalid={wrong || undefined}
            aria-describedby="phone-hint"
            required
          />
        </label>
      </div>
      <p class="hint" id="phone-hint">
        {sayOfPhone("numberMeans")}
      </p>
    </div>
  );
}

function Code({ phone, onOther }: { phone: string; onOther: () => void }) {
  const [isAgain, setAgain] = useState(false);
  const { busy, failure, attempt } = useDoing();
  const form = useRef<HTMLFormElement>(null);
  const focus = () => form.current?.querySelector("input")?.focus();
  useEffect(() => focus(), []);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const code = String(new FormData(form.current!).get("code"));
    if (!(await attempt(() => comeInBy(phone, code)))) focus();
  }

  async function again() {
    if (await attempt(() => askForCode(phone))) setAgain(true);
  }

  return (
    <>
      <div role="status">
        <h1>{sayOfPhone("codeTitle")}</h1>
        <p class="dim">{sayOfPhone(isAgain ? "codeAgain" : "codeMeans", { phone })}</p>
      </div>
      <form ref={form} onSubmit={(event) => void submit(event)}>
        <CodeField label={sayOfPhone("code")} wrong={Boolean(failure)} />
        <Failure error={phoneWords(failure)} />
        <button class="button main big full" disabled={busy}>
          {sayOfPhone("enter")}
        </button>
        <button type="button" class="button big full" disabled={busy} onClick={() => void again()}>
          {sayOfPhone("again")}
        </button>
        <button type="button" class="button link" onClick={onOther}>
          {sayOfPhone("other")}
        </button>
      </form>
    </>
  );
}
