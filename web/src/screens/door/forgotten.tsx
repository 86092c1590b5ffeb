// A forgotten password: a letter with a link is asked for. Whether there is such an account is not told.
import { useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { dataOf, sahne } from "../../server/client";
import { say } from "../../words";
import { Field } from "./fields";
import { BackTo, Sent } from "./sent";

export function Forgotten({ onSignIn }: { onSignIn: () => void }) {
  const [sent, setSent] = useState(false);
  const { busy, failure, attempt } = useDoing();

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const email = String(new FormData(event.currentTarget as HTMLFormElement).get("email"));
    const asked = () => sahne.auth.resetPasswordForEmail(email, { redirectTo: location.origin });
    if (await attempt(() => dataOf(asked()))) setSent(true);
  }

  if (sent) return <Sent what={say("resetSent")} onSignIn={onSignIn} />;
  return (
    <>
      <BackTo onSignIn={onSignIn} />
      <div>
        <h1>{say("forgotTitle")}</h1>
        <p class="dim">{say("forgotHint")}</p>
      </div>
      <form onSubmit={(event) => void submit(event)}>
        <Field name="email" label={say("email")} type="email" autocomplete="username" />
        <Failure error={failure} />
        <button class="button main big full" disabled={busy}>
          {say("sendLink")}
        </button>
      </form>
    </>
  );
}
