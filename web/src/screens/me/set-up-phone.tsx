// A phone becomes a second factor: its number is typed, and the code that comes to it proves it.
import { useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { beginByPhone, type Texted } from "../../stores/factors";
import { numberOf } from "../../stores/phone";
import { phoneWords, sayOfPhone } from "../../words/phone";
import { sayOfSecurity } from "../../words/security";
import { NumberField } from "../door/phone";
import { TextedCode } from "../door/texted-code";

export function SetUpPhone({ onProven }: { onProven: () => Promise<void> }) {
  const [texted, setTexted] = useState<Texted | null>(null);
  const { busy, failure, attempt } = useDoing();

  const start = (event: SubmitEvent) => {
    event.preventDefault();
    const typed = String(new FormData(event.currentTarget as HTMLFormElement).get("phone"));
    void attempt(async () => setTexted(await beginByPhone(numberOf(typed))));
  };

  if (texted)
    return (
      <section class="panel">
        <h2>{sayOfPhone("codeTitle")}</h2>
        <TextedCode texted={texted} enter={sayOfSecurity("turnOn")} onProven={onProven} />
      </section>
    );
  return (
    <form class="panel" onSubmit={start}>
      <div>
        <h2>{sayOfSecurity("setUpPhone")}</h2>
        <p class="dim">{sayOfSecurity("phoneMeans")}</p>
      </div>
      <NumberField wrong={Boolean(failure)} />
      <Failure error={phoneWords(failure)} />
      <button class="button main big full" disabled={busy}>
        {sayOfPhone("send")}
      </button>
    </form>
  );
}
