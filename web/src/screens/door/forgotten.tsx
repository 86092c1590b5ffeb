// A forgotten password: a letter with a link is asked for. Whether there is such an account is not told.
import { useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { dataOf, sahne } from "../../server/client";
import { say } from "../../words";
import { BackTo } from "./back-to";
import { Field } from "./fields";
import { Sent } from "./sent";

export function Forgotten({ onSignIn }: { onSignIn: () => void }) {
  const [sentTo, setSentTo] = useState("");
  const { busy, failure, attempt } = useDoing();

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const email = String(new FormData(event.currentTarget as HTMLFormElement).get("email"));
    if (await attempt(() => ask(email))) setSentTo(email);
  }

  if (sentTo) return <Sent what={say("resetSent")} again={() => ask(sentTo)} onSignIn={onSignIn} />;
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

const ask = (email: string) => dataOf(sahne.auth.resetPasswordForEmail(email, { redirectTo: location.origin }));
