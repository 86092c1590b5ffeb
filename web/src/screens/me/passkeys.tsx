// One's passkeys: those there are, each with its name, and another one of this device.
import { useEffect, useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { Ask, Over } from "../../parts/sheet";
import { add, type Passkey, readPasskeys, remove, rename } from "../../stores/passkeys";
import { tell } from "../../stores/toasts";
import { day, say } from "../../words";
import { inOurWords, sayOfPasskeys } from "../../words/passkeys";
import "../../parts/passkeys.css";

const NAME_CHARACTERS_MAX = 120;

export function Passkeys() {
  const [keys, setKeys] = useState<Passkey[]>();
  const [asked, ask] = useState<Passkey | null>(null);
  const [named, name] = useState<Passkey | null>(null);
  const { busy, failure, attempt } = useDoing();
  const load = async () => setKeys(await readPasskeys());
  useEffect(() => void attempt(load), []);

  async function does(act: () => Promise<unknown>, told?: string) {
    ask(null);
    name(null);
    const done = await attempt(async () => {
      await act();
      await load();
    });
    if (done && told) tell(told);
  }

  const nameOf = ({ friendly_name }: Passkey) => friendly_name ?? "";
  return (
    <section class="panel" aria-label={sayOfPasskeys("passkeys")}>
      <div>
        <h2>{sayOfPasskeys("passkeys")}</h2>
        <p class="dim">{sayOfPasskeys("mean")}</p>
      </div>
      {!keys && !failure && <span class="skeleton" role="status" aria-label={say("loading")} />}
      {keys?.map((key) => (
        <div key={key.id} class="factor" data-testid="passkey">
          <Icon name="lock" />
          <div class="grow">
            <b>{nameOf(key)}</b>
            <small class="dim">
              {key.last_used_at
                ? sayOfPasskeys("used", { day: day(key.last_used_at) })
                : sayOfPasskeys("since", { day: day(key.created_at) })}
            </small>
          </div>
          <button
            type="button"
            class="round plain"
            disabled={busy}
            aria-label={sayOfPasskeys("rename", { name: nameOf(key) })}
            onClick={() => name(key)}
          >
            <Icon name="edit" />
          </button>
          <button
            type="button"
            class="round plain"
            disabled={busy}
            aria-label={sayOfPasskeys("remove", { name: nameOf(key) })}
            onClick={() => ask(key)}
          >
            <Icon name="bin" />
          </button>
        </div>
      ))}
      <Failure error={inOurWords(failure)} />
      <button
        type="button"
        class="button full"
        disabled={busy || !keys}
        onClick={() => void does(add, sayOfPasskeys("added"))}
      >
        {sayOfPasskeys(keys?.length ? "another" : "add")}
      </button>
      {named && (
        <Naming
          now={nameOf(named)}
          onNamed={(chosen) => void does(() => rename(named, chosen))}
          onClose={() => name(null)}
        />
      )}
      {asked && (
        <Ask
          title={sayOfPasskeys("removeAsked", { name: nameOf(asked) })}
          yes={sayOfPasskeys("removeYes")}
          danger
          onYes={() => void does(() => remove(asked), sayOfPasskeys("removed"))}
          onNo={() => ask(null)}
        >
          {sayOfPasskeys("removeMeans")}
        </Ask>
      )}
    </section>
  );
}

interface Named {
  now: string;
  onNamed: (name: string) => void;
  onClose: () => void;
}

function Naming({ now, onNamed, onClose }: Named) {
  function submit(event: SubmitEvent) {
    event.preventDefault();
    const chosen = String(new FormData(event.currentTarget as HTMLFormElement).get("name")).trim();
    if (chosen) onNamed(chosen);
  }
  return (
    <Over title={sayOfPasskeys("rename", { name: now })} onClose={onClose}>
      <form class="naming" onSubmit={submit}>
        <div class="field">
          <label>
            {sayOfPasskeys("name")}
            <input name="name" defaultValue={now} maxLength={NAME_CHARACTERS_MAX} autocomplete="off" required />
          </label>
        </div>
        <button class="button main big full">{sayOfPasskeys("save")}</button>
      </form>
    </Over>
  );
}
