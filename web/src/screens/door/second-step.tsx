// The password was right, and the account wants a second factor: the app's code, or a recovery code where the phone is gone.
import type { Factor } from "@supabase/supabase-js";
import { useEffect, useRef, useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { sahne } from "../../server/client";
import { openBy, prove } from "../../stores/factors";
import { login } from "../../stores/login";
import { inOurWords, sayOfSecurity } from "../../words/security";
import { CodeField } from "./code-field";

export function SecondStep() {
  const [byRecovery, setByRecovery] = useState(false);
  const { busy, failure, attempt, fail } = useDoing();
  const form = useRef<HTMLFormElement>(null);
  const focus = () => form.current?.querySelector<HTMLInputElement>("[name=code]")?.focus();
  useEffect(focus, [byRecovery]);
  const proven = (login.value?.user.factors ?? []).filter(({ status }) => status === "verified");
  const apps = proven.filter(({ factor_type }) => factor_type === "totp");
  const hasCodes = proven.length > apps.length;

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const typed = new FormData(form.current!);
    const code = String(typed.get("code"));
    const app = String(typed.get("app") ?? apps[0]?.id);
    if (!(await attempt(() => (byRecovery ? openBy(code) : prove(app, code))))) focus();
  }

  function turn() {
    fail(null);
    setByRecovery(!byRecovery);
  }

  return (
    <>
      <div>
        <h1>{sayOfSecurity("askTitle")}</h1>
        <p class="dim">{sayOfSecurity(byRecovery ? "askRecovery" : "askHint")}</p>
      </div>
      <form ref={form} onSubmit={(event) => void submit(event)}>
        {!byRecovery && apps.length > 1 && <Which apps={apps} />}
        <CodeField
          key={String(byRecovery)}
          label={sayOfSecurity(byRecovery ? "recoveryCode" : "code")}
          wrong={Boolean(failure)}
          letters={byRecovery}
        />
        <Failure error={inOurWords(failure, byRecovery)} />
        <button class="button main big full" disabled={busy}>
          {sayOfSecurity("enter")}
        </button>
        {hasCodes && (
          <button type="button" class="button big full" onClick={turn}>
            {sayOfSecurity(byRecovery ? "useApp" : "useRecovery")}
          </button>
        )}
        <button type="button" class="button link" onClick={() => void sahne.auth.signOut({ scope: "local" })}>
          {sayOfSecurity("notYou")}
        </button>
      </form>
    </>
  );
}

function Which({ apps }: { apps: Factor[] }) {
  return (
    <div class="field">
      <label>
        {sayOfSecurity("which")}
        <select name="app">
          {apps.map(({ id, friendly_name }) => (
            <option key={id} value={id}>
              {friendly_name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
