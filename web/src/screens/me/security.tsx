// What is asked for after the password: authenticator apps and the codes for when the phone is gone.
import type { Factor } from "@supabase/supabase-js";
import { useEffect, useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Heading } from "../../parts/heading";
import { Icon } from "../../parts/icons";
import { later } from "../../parts/later";
import { Ask } from "../../parts/sheet";
import { config, hasPasskeys } from "../../server/client";
import { type Factors, makeCodes, readFactors, remove } from "../../stores/factors";
import { tell } from "../../stores/toasts";
import { day, number, say } from "../../words";
import { inOurWords, sayOfSecurity } from "../../words/security";
import { SetUp } from "./set-up";
import "./me.css";
import "./security.css";

const Ways = later(() => import("./ways").then((file) => file.Ways));

const Passkeys = later(() => import("./passkeys").then((file) => file.Passkeys));

export function Security() {
  const [factors, setFactors] = useState<Factors>();
  const [shown, show] = useState<"list" | "set-up" | string[]>("list");
  const { failure, attempt } = useDoing();
  const load = () => attempt(async () => setFactors(await readFactors()));
  useEffect(() => void load(), []);

  async function proven() {
    const first = !factors?.codes;
    const made = first ? await makeCodes(false).catch(() => null) : null;
    if (made) show(made);
    else done();
    await load();
  }

  function done() {
    show("list");
    tell(sayOfSecurity("isOn"));
  }

  return (
    <div class="page me security">
      <Heading title={sayOfSecurity("security")} back="/me" />
      {!factors && failure ? <Failure error={failure} retry={() => void load()} /> : null}
      {!factors && !failure && <span class="skeleton factors-to-come" role="status" aria-label={say("loading")} />}
      {factors && shown === "set-up" && (
        <SetUp names={factors.apps.map(({ friendly_name }) => friendly_name ?? "")} onProven={proven} />
      )}
      {Array.isArray(shown) && <Codes codes={shown} onKept={done} />}
      {factors && shown === "list" && (
        <>
          {config.providers.length > 0 && <Ways />}
          {hasPasskeys() && <Passkeys />}
          <Apps factors={factors} onSetUp={() => show("set-up")} onChanged={() => void load()} />
          {factors.apps.length > 0 && <Recovery factors={factors} onMade={(codes) => show(codes)} onChanged={load} />}
        </>
      )}
    </div>
  );
}

interface Listed {
  factors: Factors;
  onSetUp: () => void;
  onChanged: () => void;
}

function Apps({ factors, onSetUp, onChanged }: Listed) {
  const [asked, ask] = useState<Factor | null>(null);
  const { busy, failure, attempt } = useDoing();

  async function drop(app: Factor) {
    ask(null);
    if (await attempt(() => remove(app.id, factors))) tell(sayOfSecurity("removed"));
    onChanged();
  }

  return (
    <section class="panel" aria-label={sayOfSecurity("secondFactor")}>
      <div>
        <h2>{sayOfSecurity("secondFactor")}</h2>
        <p class="dim">{sayOfSecurity("secondMeans")}</p>
      </div>
      {factors.apps.map((app) => (
        <div key={app.id} class="factor" data-testid="factor">
          <Icon name="lock" />
          <div class="grow">
            <b>{app.friendly_name}</b>
            <small class="dim">{sayOfSecurity("since", { day: day(app.created_at) })}</small>
          </div>
          <button
            class="round plain"
            disabled={busy}
            aria-label={sayOfSecurity("remove", { name: app.friendly_name ?? "" })}
            onClick={() => ask(app)}
          >
            <Icon name="bin" />
          </button>
        </div>
      ))}
      <Failure error={failure} />
      <button class={factors.apps.length ? "button full" : "button main big full"} disabled={busy} onClick={onSetUp}>
        {sayOfSecurity(factors.apps.length ? "another" : "setUp")}
      </button>
      {asked && (
        <Ask
          title={sayOfSecurity("removeAsked", { name: asked.friendly_name ?? "" })}
          yes={sayOfSecurity("removeYes")}
          danger
          onYes={() => void drop(asked)}
          onNo={() => ask(null)}
        >
          {sayOfSecurity("removeMeans")}
        </Ask>
      )}
    </section>
  );
}

interface Making {
  factors: Factors;
  onMade: (codes: string[]) => void;
  onChanged: () => Promise<unknown>;
}

function Recovery({ factors: { codes }, onMade, onChanged }: Making) {
  const [asked, ask] = useState(false);
  const { busy, failure, attempt } = useDoing();

  async function make() {
    ask(false);
    await attempt(async () => {
      onMade(await makeCodes(codes !== null));
      await onChanged();
    });
  }

  const left = codes && { left: number(codes.remaining), total: number(codes.total) };
  return (
    <section class="panel" aria-label={sayOfSecurity("recovery")}>
      <div>
        <h2>{sayOfSecurity("recovery")}</h2>
        <p class="dim">{sayOfSecurity("recoveryMeans")}</p>
      </div>
      <p data-testid="codes-left">{left ? sayOfSecurity("left", left) : sayOfSecurity("none")}</p>
      <Failure error={inOurWords(failure)} />
      <button class="button full" disabled={busy} onClick={() => (codes ? ask(true) : void make())}>
        {sayOfSecurity(codes ? "renew" : "make")}
      </button>
      {asked && (
        <Ask
          title={sayOfSecurity("renewAsked")}
          yes={sayOfSecurity("renew")}
          onYes={() => void make()}
          onNo={() => ask(false)}
        >
          {sayOfSecurity("renewMeans")}
        </Ask>
      )}
    </section>
  );
}

function Codes({ codes, onKept }: { codes: string[]; onKept: () => void }) {
  const copy = () => navigator.clipboard.writeText(codes.join("\n")).then(() => tell(say("copied")));
  return (
    <section class="panel" aria-label={sayOfSecurity("recovery")}>
      <div>
        <h2>{sayOfSecurity("keepThese")}</h2>
        <p class="dim">{sayOfSecurity("keepMeans")}</p>
      </div>
      <ul class="codes" data-testid="codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <button class="button full" onClick={() => void copy().catch(() => {})}>
        {sayOfSecurity("copyCodes")}
      </button>
      <button class="button main big full" onClick={onKept}>
        {sayOfSecurity("kept")}
      </button>
    </section>
  );
}
