// An authenticator app is set up: it gets a name, the picture is scanned, and its first code proves it.
import { useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { type Begun, begin, prove } from "../../stores/factors";
import { tell } from "../../stores/toasts";
import { say } from "../../words";
import { inOurWords, sayOfSecurity } from "../../words/security";
import { CodeField } from "../door/code-field";

const NAME_CHARACTERS_MAX = 100;

export function SetUp({ names, onProven }: { names: string[]; onProven: () => Promise<void> }) {
  const [begun, setBegun] = useState<Begun | null>(null);
  const { busy, failure, attempt } = useDoing();

  const start = (event: SubmitEvent) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get("app")).trim();
    void attempt(async () => setBegun(await begin(name)));
  };
  const finish = (event: SubmitEvent) => {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget as HTMLFormElement).get("code"));
    void attempt(async () => {
      await prove(begun!.id, code);
      await onProven();
    });
  };

  if (!begun)
    return (
      <form class="panel" onSubmit={start}>
        <h2>{sayOfSecurity(names.length ? "another" : "setUp")}</h2>
        <div class="field">
          <label>
            {sayOfSecurity("appName")}
            <input
              name="app"
              defaultValue={unlike(names)}
              maxLength={NAME_CHARACTERS_MAX}
              autocomplete="off"
              required
            />
          </label>
        </div>
        <Failure error={inOurWords(failure)} />
        <button class="button main big full" disabled={busy}>
          {sayOfSecurity("begin")}
        </button>
      </form>
    );
  const { qr_code, secret } = begun.totp;
  const copy = () => navigator.clipboard.writeText(secret).then(() => tell(say("copied")));
  return (
    <form class="panel" onSubmit={finish}>
      <div>
        <h2>{sayOfSecurity("scan")}</h2>
        <p class="dim">{sayOfSecurity("scanMeans")}</p>
      </div>
      <img class="scanned" src={qr_code} alt={sayOfSecurity("picture")} width="212" height="212" />
      <div class="key">
        <p>
          <small class="dim">{sayOfSecurity("key")}</small>
          <code data-testid="secret">{secret.match(/.{1,4}/g)?.join(" ")}</code>
        </p>
        <button type="button" class="button small" onClick={() => void copy().catch(() => {})}>
          {sayOfSecurity("copyKey")}
        </button>
      </div>
      <CodeField label={sayOfSecurity("code")} wrong={Boolean(failure)} />
      <Failure error={inOurWords(failure)} />
      <button class="button main big full" disabled={busy}>
        {sayOfSecurity("turnOn")}
      </button>
    </form>
  );
}

/** A name that none has yet: My phone, My phone 2. */
function unlike(names: string[]): string {
  const first = sayOfSecurity("firstName");
  const free = (number: number) => (number === 1 ? first : `${first} ${number}`);
  let number = 1;
  while (names.includes(free(number))) number += 1;
  return free(number);
}
