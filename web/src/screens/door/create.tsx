// A new account: a name, an e-mail, a password one can see. The server signs one in at once, or wants the address proven.
import { useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { later } from "../../parts/later";
import { dataOf, sahne } from "../../server/client";
import { say } from "../../words";
import { BackTo } from "./back-to";
import { Field, PasswordField } from "./fields";
import { PASSWORD_CHARACTERS_MIN, Strength } from "./strength-shown";

const Sent = later(() => import("./sent").then((file) => file.Sent));
const NAME_CHARACTERS_MAX = 80;

export function Create({ onSignIn }: { onSignIn: () => void }) {
  const [password, setPassword] = useState("");
  const [sentTo, setSentTo] = useState("");
  const { busy, failure, attempt } = useDoing();

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const typed = new FormData(event.currentTarget as HTMLFormElement);
    const account = {
      email: String(typed.get("email")),
      password,
      options: { data: { display_name: String(typed.get("name")).trim() }, emailRedirectTo: location.origin },
    };
    await attempt(async () => {
      const { session } = await dataOf<{ session: unknown }>(sahne.auth.signUp(account));
      setSentTo(session ? "" : account.email);
    });
  }

  const again = () => {
    const options = { emailRedirectTo: location.origin };
    return dataOf(sahne.auth.resend({ type: "signup", email: sentTo, options }));
  };

  if (sentTo) return <Sent what={say("confirmSent")} again={again} onSignIn={onSignIn} />;
  return (
    <>
      <BackTo onSignIn={onSignIn} />
      <div>
        <h1>{say("createTitle")}</h1>
        <p class="dim">{say("createHint")}</p>
      </div>
      <form onSubmit={(event) => void submit(event)}>
        <Field name="name" label={say("yourName")} autocomplete="name" maxLength={NAME_CHARACTERS_MAX} />
        <Field name="email" label={say("email")} type="email" autocomplete="username" />
        <div>
          <PasswordField
            autocomplete="new-password"
            minLength={PASSWORD_CHARACTERS_MIN}
            value={password}
            onInput={setPassword}
            describedBy="strength"
          />
          <Strength password={password} />
        </div>
        <Failure error={failure} />
        <button class="button main big full" disabled={busy}>
          {say("createMine")}
        </button>
        <p class="other-way">
          {say("haveAccount")}{" "}
          <button type="button" class="button link" onClick={onSignIn}>
            {say("signIn")}
          </button>
        </p>
      </form>
    </>
  );
}
