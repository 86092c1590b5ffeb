// A new account: a name, an e-mail, a password one can see. The server signs one in at once.
import { useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { dataOf, sahne } from "../../server/client";
import { say } from "../../words";
import { Field, PasswordField } from "./fields";
import { strengthOf } from "./strength";

const NAME_CHARACTERS_MAX = 80;
const PASSWORD_CHARACTERS_MIN = 6; // as the server asks

export function Create({ onSignIn }: { onSignIn: () => void }) {
  const [password, setPassword] = useState("");
  const { busy, failure, attempt } = useDoing();

  function submit(event: SubmitEvent) {
    event.preventDefault();
    const typed = new FormData(event.currentTarget as HTMLFormElement);
    const account = {
      email: String(typed.get("email")),
      password,
      options: { data: { display_name: String(typed.get("name")).trim() } },
    };
    void attempt(() => dataOf(sahne.auth.signUp(account)));
  }

  return (
    <>
      <button type="button" class="round veil back" aria-label={say("back")} onClick={onSignIn}>
        <Icon name="back" />
      </button>
      <div>
        <h1>{say("createTitle")}</h1>
        <p class="dim">{say("createHint")}</p>
      </div>
      <form onSubmit={submit}>
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

const STEPS = 3;

function Strength({ password }: { password: string }) {
  const strength = strengthOf(password, PASSWORD_CHARACTERS_MIN);
  const words = [say("passwordShort"), say("passwordWeak"), say("passwordFine"), say("passwordStrong")];
  return (
    <div class={`strength of-${strength}`}>
      {Array.from({ length: STEPS }, (_, step) => (
        <i key={step} class={step < strength ? "on" : ""} />
      ))}
      <span id="strength">{words[strength]}</span>
    </div>
  );
}
