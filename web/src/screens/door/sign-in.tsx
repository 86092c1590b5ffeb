// Coming in with an account one has.
import { useRef } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { dataOf, sahne } from "../../server/client";
import { linkFailure } from "../../stores/login";
import { say } from "../../words";
import { Field, PasswordField } from "./fields";

interface Ways {
  onCreate: () => void;
  onForgotten: () => void;
}

export function SignIn({ onCreate, onForgotten }: Ways) {
  const { busy, failure, attempt } = useDoing();
  const form = useRef<HTMLFormElement>(null);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const typed = new FormData(form.current!);
    const entered = await attempt(() =>
      dataOf(
        sahne.auth.signInWithPassword({ email: String(typed.get("email")), password: String(typed.get("password")) }),
      ),
    );
    if (!entered) form.current?.querySelector<HTMLInputElement>("[name=password]")?.focus();
  }

  return (
    <>
      <div class="mark">
        <img src="/sahne.svg" alt="" width="48" height="48" />
        <div>
          <h1>Sahne</h1>
          <p class="dim">{say("tagline")}</p>
        </div>
      </div>
      <form ref={form} onSubmit={(event) => void submit(event)}>
        <Field name="email" label={say("email")} type="email" autocomplete="username" />
        <PasswordField autocomplete="current-password" wrong={Boolean(failure)} />
        <Failure error={failure ?? linkFailure.value} />
        <button class="button main big full" disabled={busy}>
          {say("signIn")}
        </button>
        <button type="button" class="button big full" onClick={onCreate}>
          {say("createAccount")}
        </button>
        <button type="button" class="button link" onClick={onForgotten}>
          {say("forgot")}
        </button>
      </form>
    </>
  );
}
