// Who came by the letter of a forgotten password chooses a new one; until then there is no further.
import { useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { dataOf, sahne } from "../../server/client";
import { recovering } from "../../stores/login";
import { say } from "../../words";
import { PasswordField } from "./fields";
import { PASSWORD_CHARACTERS_MIN, Strength } from "./strength-shown";

export function NewPassword() {
  const [password, setPassword] = useState("");
  const { busy, failure, attempt } = useDoing();

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    if (await attempt(() => dataOf(sahne.auth.updateUser({ password })))) recovering.value = false;
  }

  return (
    <>
      <div>
        <h1>{say("newPasswordTitle")}</h1>
        <p class="dim">{say("newPasswordHint")}</p>
      </div>
      <form onSubmit={(event) => void submit(event)}>
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
          {say("savePassword")}
        </button>
      </form>
    </>
  );
}
