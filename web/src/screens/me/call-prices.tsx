// What it costs to call a creator, by the minute and kind, and when nobody does: for the creator.
import { useEffect, useState } from "preact/hooks";
import type { OwnCallPrices } from "../../operations";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Heading } from "../../parts/heading";
import { Switch } from "../../parts/switch";
import { operation } from "../../server/client";
import { tell } from "../../stores/toasts";
import { number, say } from "../../words";
import { sayOfPrices } from "../../words/prices";
import "./call-prices.css";

const PRICE_MAX = 1_000_000;
const PRICE_FIRST = 20;
const QUIET_FIRST = { quiet_from: "23:00", quiet_until: "08:00" };

type Kind = "audio_coin_per_minute" | "video_coin_per_minute";

export function CallPrices() {
  const [prices, setPrices] = useState<OwnCallPrices>();
  const { busy, failure, attempt } = useDoing();
  const load = () =>
    attempt(async () => setPrices((await operation<"own_call_prices">("GET", "calls/prices")).call_prices));
  useEffect(() => void load(), []);

  async function save(event: SubmitEvent) {
    event.preventDefault();
    const { profile_id: _, updated_at: __, ...fields } = prices!;
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const done = await attempt(async () => {
      const answer = await operation<"set_call_prices">("PATCH", "calls/prices", { ...fields, time_zone: here });
      setPrices(answer.call_prices);
    });
    if (done) tell(say("saved"));
  }

  const change = (part: Partial<OwnCallPrices>) => setPrices((before) => before && { ...before, ...part });
  return (
    <div class="page me">
      <Heading title={sayOfPrices("callPrices")} back="/me" />
      <p class="dim">{sayOfPrices("pricesMean")}</p>
      {!prices && failure && <Failure error={failure} retry={() => void load()} />}
      {!prices && !failure && <span class="skeleton prices-to-come" role="status" aria-label={say("loading")} />}
      {prices && (
        <form class="call-prices" onSubmit={(event) => void save(event)}>
          <PriceOf kind="audio_coin_per_minute" name={sayOfPrices("takeAudio")} {...{ prices, change }} />
          <PriceOf kind="video_coin_per_minute" name={sayOfPrices("takeVideo")} {...{ prices, change }} />
          <section class="panel">
            <Switch
              name={sayOfPrices("available")}
              means={sayOfPrices("availableMeans")}
              on={prices.is_available}
              onTurn={(is_available) => change({ is_available })}
            />
          </section>
          <QuietHours {...{ prices, change }} />
          <Failure error={failure} />
          <button class="button main big full" disabled={busy}>
            {say("save")}
          </button>
        </form>
      )}
    </div>
  );
}

interface Changed {
  prices: OwnCallPrices;
  change: (part: Partial<OwnCallPrices>) => void;
}

function PriceOf({ kind, name, prices, change }: Changed & { kind: Kind; name: string }) {
  const price = prices[kind];
  return (
    <section class="panel" aria-label={name}>
      <Switch
        name={name}
        means={meansOf(price)}
        on={price !== null}
        onTurn={(on) => change({ [kind]: on ? PRICE_FIRST : null })}
      />
      {price !== null && (
        <div class="field">
          <label>
            {sayOfPrices("perMinute")}
            <input
              type="number"
              inputMode="numeric"
              min={0}
              max={PRICE_MAX}
              value={price}
              onInput={({ currentTarget }) => {
                const typed = Math.round(currentTarget.valueAsNumber);
                if (typed >= 0 && typed <= PRICE_MAX) change({ [kind]: typed });
              }}
            />
          </label>
        </div>
      )}
    </section>
  );
}

function meansOf(price: number | null): string {
  if (price === null) return sayOfPrices("notTaken");
  return price === 0 ? sayOfPrices("freeOfCharge") : sayOfPrices("coinsAMinute", { coins: number(price) });
}

function QuietHours({ prices, change }: Changed) {
  const { quiet_from: from, quiet_until: until } = prices;
  return (
    <section class="panel" aria-label={sayOfPrices("quietHours")}>
      <Switch
        name={sayOfPrices("quietHours")}
        means={sayOfPrices("quietMeans")}
        on={from !== null}
        onTurn={(on) => change(on ? QUIET_FIRST : { quiet_from: null, quiet_until: null })}
      />
      {from !== null && (
        <div class="hours">
          <Hour name={sayOfPrices("quietFrom")} value={from} onChange={(quiet_from) => change({ quiet_from })} />
          <Hour
            name={sayOfPrices("quietUntil")}
            value={until ?? ""}
            onChange={(quiet_until) => change({ quiet_until })}
          />
        </div>
      )}
    </section>
  );
}

function Hour({ name, value, onChange }: { name: string; value: string; onChange: (time: string) => void }) {
  return (
    <div class="field">
      <label>
        {name}
        <input
          type="time"
          required
          value={value}
          onInput={({ currentTarget }) => currentTarget.value && onChange(currentTarget.value)}
        />
      </label>
    </div>
  );
}
