// The code that was sent to a phone is typed in; where none came, another is sent.
import { useEffect, useRef, useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { proveTexted, type Texted, text } from "../../stores/factors";
import { phoneWords, sayOfPhone } from "../../words/phone";
import { inOurWords, sayOfSecurity } from "../../words/security";
import { CodeField } from "./code-field";

interface Sent {
  texted: Texted;
  /** What the button says. */
  enter: string;
  onProven?: () => Promise<void>;
}

export function TextedCode({ texted, enter, onProven }: Sent) {
  const [newest, setNewest] = useState(texted);
  const { busy, failure, attempt } = useDoing();
  const form = useRef<HTMLFormElement>(null);
  const focus = () => form.current?.querySelector<HTMLInputElement>("[name=code]")?.focus();
  useEffect(focus, []);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const code = String(new FormData(form.current!).get("code"));
    const proven = await attempt(async () => {
      await proveTexted(newest, code);
      await onProven?.();
    });
    if (!proven) focus();
  }

  const again = () => attempt(async () => setNewest(await text(texted.factorId)));

  return (
    <form ref={form} class="texted" onSubmit={(event) => void submit(event)}>
      <p class="dim" role="status">
        {sayOfSecurity(newest === texted ? "onItsWay" : "anotherOnItsWay")}
      </p>
      <CodeField label={sayOfSecurity("code")} wrong={Boolean(failure)} />
      <Failure error={inOurWords(phoneWords(failure), "wrongTexted")} />
      <button class="button main big full" disabled={busy}>
        {enter}
      </button>
      <button type="button" class="button big full" disabled={busy} onClick={() => void again()}>
        {sayOfPhone("again")}
      </button>
    </form>
  );
}
