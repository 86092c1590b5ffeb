// Who may come to a session: everybody, whoever buys a ticket, or whoever subscribes by a least tier.
import { useEffect, useState } from "preact/hooks";
import type { Tier } from "../../operations";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Segments } from "../../parts/segments";
import { Over } from "../../parts/sheet";
import { login } from "../../stores/login";
import { tiersOf } from "../../stores/subscriptions";
import { say } from "../../words";
import { sayOfSubscriptions } from "../../words/subscriptions";
import { type Choice, Done } from "./choices";
import type { Entry } from "./opening";

const PRICE_MIN = 1;
const PRICE_MAX = 100_000;
const FIRST: Record<Entry["access_type"], Entry> = {
  public: { access_type: "public" },
  pay_per_view: { access_type: "pay_per_view", ppv_coin_price: 50 },
  subscribers_only: { access_type: "subscribers_only", least: null },
};

export function WhoSheet({ value, onChoose, onClose }: Choice<Entry>) {
  return (
    <Over title={say("whoMayCome")} onClose={onClose}>
      <Segments
        name={say("whoMayCome")}
        value={value.access_type}
        options={[
          { value: "public", label: say("everybody") },
          { value: "pay_per_view", label: say("withTicket") },
          { value: "subscribers_only", label: sayOfSubscriptions("forSubscribers") },
        ]}
        onChoose={(access) => onChoose(FIRST[access])}
      />
      {value.access_type === "public" && <p class="dim">{say("everybodyMeans")}</p>}
      {value.access_type === "pay_per_view" && <Ticket price={value.ppv_coin_price} {...{ onChoose }} />}
      {value.access_type === "subscribers_only" && <LeastTier least={value.least} {...{ onChoose }} />}
      <Done onClose={onClose} />
    </Over>
  );
}

function Ticket({ price, onChoose }: { price: number; onChoose: (entry: Entry) => void }) {
  return (
    <>
      <div class="field">
        <label>
          {say("priceInCoins")}
          <input
            type="number"
            inputMode="numeric"
            min={PRICE_MIN}
            max={PRICE_MAX}
            value={price}
            onInput={({ currentTarget }) => {
              const typed = Math.round(currentTarget.valueAsNumber);
              if (typed >= PRICE_MIN && typed <= PRICE_MAX) {
                onChoose({ access_type: "pay_per_view", ppv_coin_price: typed });
              }
            }}
          />
        </label>
      </div>
      <p class="dim">{say("ticketMeans")}</p>
    </>
  );
}

function LeastTier({ least, onChoose }: { least: Tier | null; onChoose: (entry: Entry) => void }) {
  const [tiers, setTiers] = useState<Tier[]>();
  const { failure, attempt } = useDoing();
  useEffect(() => {
    void attempt(async () => setTiers((await tiersOf(login.value!.user.id)).filter((tier) => tier.is_active)));
  }, []);
  if (tiers?.length === 0) {
    return (
      <p class="banner">
        <span class="grow">{sayOfSubscriptions("offerFirst")}</span>
        <a class="button small" href="#/me/tiers">
          {sayOfSubscriptions("toTiers")}
        </a>
      </p>
    );
  }
  return (
    <>
      <Failure error={failure} />
      <div class="field">
        <label>
          {sayOfSubscriptions("leastTier")}
          <select
            value={least?.id ?? ""}
            onChange={({ currentTarget }) => {
              const chosen = tiers?.find((tier) => tier.id === currentTarget.value) ?? null;
              onChoose({ access_type: "subscribers_only", least: chosen });
            }}
          >
            <option value="">{sayOfSubscriptions("anyTier")}</option>
            {tiers?.map((tier) => (
              <option key={tier.id} value={tier.id}>
                {tier.name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p class="dim">{sayOfSubscriptions("subscribersMeans")}</p>
    </>
  );
}
