// What is asked for after the password: authenticator apps, phones, and the codes for when the phone is gone.
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

const SetUpPhone = later(() => import("./set-up-phone").then((file) => file.SetUpPhone));

const Passkeys = later(() => import("./passkeys").then((file) => file.Passkeys));

export function Security() {
  const [factors, setFactors] = useState<Factors>();
  const [shown, show] = useState<"list" | "set-up" | "set-up-phone" | string[]>("list");
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
        <SetUp names={factors.proven.map(({ friendly_name }) => friendly_name ?? "")} onProven={proven} />
      )}
      {factors && shown === "set-up-phone" && <SetUpPhone onProven={proven} />}
      {Array.isArray(shown) && <Codes codes={shown} onKept={done} />}
      {factors && shown === "list" && (
        <>
          {config.providers.length > 0 && <Ways />}
          {hasPasskeys() && <Passkeys />}
          <Second
            factors={factors}
            onSetUp={() => show("set-up")}
            onSetUpPhone={() => show("set-up-phone")}
            onChanged={() => void load()}
          />
          {factors.proven.length > 0 && <Recovery factors={factors} onMade={(codes) => show(codes)} onChanged={load} />}
        </>
      )}
    </div>
  );
}

interface Listed {
  factors: Factors;
  onSetUp: () => void;
  onSetUpPhone: () => void;
  onChanged: () => void;
}

function Second({ factors, onSetUp, onSetUpPhone, onChanged }: Listed) {
  const [asked, ask] = useState<Factor | null>(null);
  const { busy, failure, attempt } = useDoing();

  async function drop(factor: Factor) {
    ask(null);
    if (await attempt(() => remove(factor.id, factors))) tell(sayOfSecurity("removed"));
    onChanged();
  }

  return (
    <section class="panel" aria-label={sayOfSecurity("secondFactor")}>
      <div>
        <h2>{sayOfSecurity("secondFactor")}</h2>
        <p class="dim">{sayOfSecurity(config.phone_factor ? "secondMeansPhone" : "secondMeans")}</p>
      </div>
      {factors.proven.map((factor) => (
        <div key={factor.id} class="factor" data-testid="factor">
          <Icon name={factor.factor_type === "phone" ? "phone" : "lock"} />
          <div class="grow">
            <b>{factor.friendly_name}</b>
            <small class="dim">{sayOfSecurity("since", { day: day(factor.created_at) })}</small>
          </div>
          <button
            class="round plain"
            disabled={busy}
            aria-label={sayOfSecurity("remove", { name: factor.friendly_name ?? "" })}
            onClick={() => ask(factor)}
          >
            <Icon name="bin" />
          </button>
        </div>
      ))}
      <Failure error={failure} />
      <button class={factors.proven.length ? "button full" : "button main big full"} disabled={busy} onClick={onSetUp}>
        {sayOfSecurity(factors.proven.length ? "another" : "setUp")}
      </button>
      {config.phone_factor && (
        <button
          class={factors.proven.length ? "button full" : "button big full"}
          disabled={busy}
          onClick={onSetUpPhone}
        >
          {sayOfSecurity("setUpPhone")}
        </button>
      )}
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
