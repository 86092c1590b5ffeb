// What a creator offers by the month, for the creator: each tier with how many subscribe by it, their order, and what is retired.
import { useEffect, useState } from "preact/hooks";
import type { Tier } from "../../operations";
import { useDoing } from "../../parts/doing";
import { Empty } from "../../parts/empty";
import { Failure } from "../../parts/failure";
import { Heading } from "../../parts/heading";
import { Icon } from "../../parts/icons";
import { Ask } from "../../parts/sheet";
import { operation } from "../../server/client";
import { returns } from "../../server/connection";
import { login } from "../../stores/login";
import { subscribersBy, tiersOf } from "../../stores/subscriptions";
import { tell } from "../../stores/toasts";
import { number, say } from "../../words";
import { sayOfSubscriptions } from "../../words/subscriptions";
import { TierFace } from "./tier-choice";
import { TierForm } from "./tier-form";
import "./own.css";

export function Tiers() {
  const [tiers, setTiers] = useState<Tier[]>();
  const [counts, setCounts] = useState<Record<string, number>>({});
  const [edited, setEdited] = useState<Tier | "new" | null>(null);
  const [retiring, setRetiring] = useState<Tier | null>(null);
  const { busy, failure, attempt } = useDoing();
  const offered = tiers?.filter((tier) => tier.is_active) ?? [];
  const retired = tiers?.filter((tier) => !tier.is_active) ?? [];

  const load = () =>
    attempt(async () => {
      const found = await tiersOf(login.value!.user.id);
      setTiers(found);
      setCounts(await subscribersBy(found));
    });
  useEffect(() => void load(), [returns.value]);

  async function turn(tier: Tier, is_active: boolean) {
    const done = await attempt(() => operation<"edit_tier">("PATCH", `creators/tiers/${tier.id}`, { is_active }));
    setRetiring(null);
    if (!done) return;
    tell(sayOfSubscriptions(is_active ? "didOffer" : "didRetire"));
    await load();
  }

  /** Each gets the number of its place; only those that had another are told. */
  async function move(from: number, to: number) {
    const moved = offered.toSpliced(from, 1).toSpliced(to, 0, offered[from]!);
    setTiers([...moved, ...retired]);
    await attempt(async () => {
      for (const [order_index, tier] of moved.entries()) {
        if (tier.order_index === order_index) continue;
        await operation<"edit_tier">("PATCH", `creators/tiers/${tier.id}`, { order_index });
      }
    });
    await load();
  }

  return (
    <div class="page wallet">
      <Heading title={sayOfSubscriptions("yourTiers")} back="/me" />
      <p class="dim">{sayOfSubscriptions("tiersMeans")}</p>
      <Failure error={failure} retry={() => void load()} />
      {!tiers && !failure && <span class="skeleton tier-to-come" role="status" aria-label={say("loading")} />}
      {tiers && offered.length === 0 && <Empty title={sayOfSubscriptions("noTiers")} />}
      {offered.length > 0 && (
        <ul class="subscriptions">
          {offered.map((tier, at) => (
            <li key={tier.id} class="subscription" data-testid="own-tier">
              <TierFace tier={tier} note={subscribersOf(counts[tier.id])} />
              <div class="row">
                <button type="button" class="button small" disabled={busy} onClick={() => setEdited(tier)}>
                  <Icon name="edit" small /> {sayOfSubscriptions("editTier")}
                </button>
                <button type="button" class="button small" disabled={busy} onClick={() => setRetiring(tier)}>
                  {sayOfSubscriptions("retire")}
                </button>
                <Mover up tier={tier} disabled={busy || at === 0} onMove={() => void move(at, at - 1)} />
                <Mover tier={tier} disabled={busy || at === offered.length - 1} onMove={() => void move(at, at + 1)} />
              </div>
            </li>
          ))}
        </ul>
      )}
      {tiers && (
        <button type="button" class="button main big full" onClick={() => setEdited("new")}>
          <Icon name="plus" /> {sayOfSubscriptions("newTier")}
        </button>
      )}
      {retired.length > 0 && (
        <section>
          <h2>{sayOfSubscriptions("retired")}</h2>
          <ul class="subscriptions">
            {retired.map((tier) => (
              <li key={tier.id} class="subscription">
                <TierFace tier={tier} note={subscribersOf(counts[tier.id])} />
                <div class="row">
                  <button type="button" class="button small" disabled={busy} onClick={() => void turn(tier, true)}>
                    {sayOfSubscriptions("offerAgain")}
                  </button>
                </div>
              </li>
            ))}
          </ul>
        </section>
      )}
      {edited && (
        <TierForm
          tier={edited === "new" ? null : edited}
          place={offered.length}
          onClose={() => setEdited(null)}
          onSaved={() => void load()}
        />
      )}
      {retiring && (
        <Ask
          title={sayOfSubscriptions("retireAsked", { tier: retiring.name })}
          yes={sayOfSubscriptions("retire")}
          danger
          impossible={busy}
          onYes={() => void turn(retiring, false)}
          onNo={() => setRetiring(null)}
        >
          <p>{sayOfSubscriptions("retireMeans")}</p>
        </Ask>
      )}
    </div>
  );
}

function subscribersOf(count: number | undefined): string | null {
  if (count === undefined) return null;
  if (count === 0) return sayOfSubscriptions("subscribersNone");
  return count === 1
    ? sayOfSubscriptions("subscriberOne")
    : sayOfSubscriptions("subscribersCount", { count: number(count) });
}

interface Moved {
  tier: Tier;
  up?: boolean;
  disabled: boolean;
  onMove: () => void;
}

function Mover({ tier, up = false, disabled, onMove }: Moved) {
  return (
    <button
      type="button"
      class={up ? "round soft mover up" : "round soft mover"}
      aria-label={sayOfSubscriptions(up ? "moveUp" : "moveDown", { tier: tier.name })}
      {...{ disabled }}
      onClick={onMove}
    >
      <Icon name="down" small />
    </button>
  );
}
