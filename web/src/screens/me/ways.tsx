// The ways into one's account: what it has, what can be added, and what can be removed as long as another one is left.
import type { UserIdentity } from "@supabase/supabase-js";
import { useEffect, useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { Ask } from "../../parts/sheet";
import { config } from "../../server/client";
import { link, readWays, remove } from "../../stores/elsewhere";
import { linkFailure } from "../../stores/login";
import { tell } from "../../stores/toasts";
import { say } from "../../words";
import { nameOf, sayOfElsewhere } from "../../words/elsewhere";
import { Initial } from "../door/elsewhere";
import "../../parts/elsewhere.css";

export function Ways() {
  const [ways, setWays] = useState<UserIdentity[]>();
  const [asked, ask] = useState<UserIdentity | null>(null);
  const { busy, failure, attempt } = useDoing();
  const load = () => attempt(async () => setWays(await readWays()));
  useEffect(() => void load(), []);

  async function drop(way: UserIdentity) {
    ask(null);
    if (!(await attempt(() => remove(way)))) return;
    tell(sayOfElsewhere("removed"));
    await load();
  }

  const has = new Set(ways?.map(({ provider }) => provider));
  return (
    <section class="panel" aria-label={sayOfElsewhere("ways")}>
      <div>
        <h2>{sayOfElsewhere("ways")}</h2>
        <p class="dim">{sayOfElsewhere("waysMean")}</p>
      </div>
      {!ways && !failure && <span class="skeleton" role="status" aria-label={say("loading")} />}
      {ways?.map((way) => (
        <div key={way.identity_id} class="factor" data-testid="way">
          <Initial provider={way.provider} />
          <div class="grow">
            <b>{nameOf(way.provider)}</b>
            <small class="dim">{way.identity_data?.email}</small>
          </div>
          {config.linking && ways.length > 1 && (
            <button
              type="button"
              class="round plain"
              disabled={busy}
              aria-label={sayOfElsewhere("remove", { name: nameOf(way.provider) })}
              onClick={() => ask(way)}
            >
              <Icon name="bin" />
            </button>
          )}
        </div>
      ))}
      <Failure error={failure ?? linkFailure.value} />
      {config.linking &&
        ways &&
        config.providers
          .filter((provider) => !has.has(provider))
          .map((provider) => (
            <button
              key={provider}
              type="button"
              class="button full"
              disabled={busy}
              onClick={() => void attempt(() => link(provider))}
            >
              <Initial provider={provider} />
              {sayOfElsewhere("add", { name: nameOf(provider) })}
            </button>
          ))}
      {asked && (
        <Ask
          title={sayOfElsewhere("removeAsked", { name: nameOf(asked.provider) })}
          yes={sayOfElsewhere("removeYes")}
          danger
          onYes={() => void drop(asked)}
          onNo={() => ask(null)}
        >
          {sayOfElsewhere("removeMeans")}
        </Ask>
      )}
    </section>
  );
}
