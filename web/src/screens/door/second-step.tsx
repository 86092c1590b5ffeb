// The password was right, and the account wants a second factor: an app's code, one sent to a phone, or a recovery code.
import type { Factor } from "@supabase/supabase-js";
import { useEffect, useRef, useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { later } from "../../parts/later";
import { sahne } from "../../server/client";
import { openBy, prove } from "../../stores/factors";
import { login } from "../../stores/login";
import { inOurWords, sayOfSecurity } from "../../words/security";
import { CodeField } from "./code-field";

const ByText = later(() => import("./second-step-by-text").then((file) => file.ByText));

export function SecondStep() {
  const proven = (login.value?.user.factors ?? []).filter(({ status }) => status === "verified");
  const ways = proven.filter(({ factor_type }) => factor_type === "totp" || factor_type === "phone");
  const [byRecovery, setByRecovery] = useState(false);
  const [way, setWay] = useState(() => ways.find(({ factor_type }) => factor_type === "totp") ?? ways[0]);
  const byText = !byRecovery && way?.factor_type === "phone";

  return (
    <>
      <div>
        <h1>{sayOfSecurity("askTitle")}</h1>
        <p class="dim">
          {byText
            ? sayOfSecurity("askPhone", { phone: way.friendly_name ?? "" })
            : sayOfSecurity(byRecovery ? "askRecovery" : "askHint")}
        </p>
      </div>
      {!byRecovery && ways.length > 1 && <Which ways={ways} chosen={way} onChosen={setWay} />}
      {byText ? (
        <ByText key={way.id} phone={way} />
      ) : (
        <Code key={byRecovery ? "recovery" : way?.id} app={byRecovery ? undefined : way?.id} />
      )}
      {proven.length > ways.length && (
        <button type="button" class="button big full" onClick={() => setByRecovery(!byRecovery)}>
          {sayOfSecurity(!byRecovery ? "useRecovery" : way?.factor_type === "phone" ? "usePhone" : "useApp")}
        </button>
      )}
      <button type="button" class="button link" onClick={() => void sahne.auth.signOut({ scope: "local" })}>
        {sayOfSecurity("notYou")}
      </button>
    </>
  );
}

/** The code of an app, or without one a recovery code. */
function Code({ app }: { app?: string }) {
  const { busy, failure, attempt } = useDoing();
  const form = useRef<HTMLFormElement>(null);
  const focus = () => form.current?.querySelector<HTMLInputElement>("[name=code]")?.focus();
  useEffect(focus, []);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const code = String(new FormData(form.current!).get("code"));
    if (!(await attempt(() => (app ? prove(app, code) : openBy(code))))) focus();
  }

  return (
    <form ref={form} onSubmit={(event) => void submit(event)}>
      <CodeField label={sayOfSecurity(app ? "code" : "recoveryCode")} wrong={Boolean(failure)} letters={!app} />
      <Failure error={inOurWords(failure, app ? "wrongCode" : "wrongRecovery")} />
      <button class="button main big full" disabled={busy}>
        {sayOfSecurity("enter")}
      </button>
    </form>
  );
}

function Which({ ways, chosen, onChosen }: { ways: Factor[]; chosen?: Factor; onChosen: (way: Factor) => void }) {
  return (
    <div class="field">
      <label>
        {sayOfSecurity("which")}
        <select
          value={chosen?.id}
          onChange={({ currentTarget }) => onChosen(ways.find(({ id }) => id === currentTarget.value)!)}
        >
          {ways.map(({ id, friendly_name }) => (
            <option key={id} value={id}>
              {friendly_name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
