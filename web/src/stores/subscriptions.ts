// What creators offer by the month, what one is subscribed to oneself, and changing either. Money answers with the balance.
import { useEffect, useState } from "preact/hooks";
import type { OwnSubscription, Subscription, SubscriptionEdit, Tier } from "../operations";
import { dataOf, operation, sahne } from "../server/client";
import { returns } from "../server/connection";
import { stateOf } from "./subscription-state";
import { balance } from "./wallet";

/** In the creator's order; what was retired last, for those who may see it. */
export function tiersOf(creatorId: string): Promise<Tier[]> {
  return dataOf<Tier[]>(
    sahne
      .from("subscription_tiers")
      .select("*")
      .eq("creator_id", creatorId)
      .order("is_active", { ascending: false })
      .order("order_index")
      .order("coin_price"),
  );
}

export async function ownSubscriptions(): Promise<OwnSubscription[]> {
  return (await operation<"own_subscriptions">("GET", "coins/subscriptions")).subscriptions;
}

export interface Offer {
  tiers: Tier[];
  /** No longer offered, but asked for by a session, or one's own. */
  retired: Tier[];
  /** One's own with this creator, as long as it is not over. */
  own: OwnSubscription | undefined;
}

/** What a creator offers, and what one has of it; undefined until it is known. */
export function useOffer(creatorId: string) {
  const [offer, setOffer] = useState<Offer>();
  const [unread, setUnread] = useState<unknown>(null);

  async function load(): Promise<void> {
    try {
      const [tiers, owned] = await Promise.all([tiersOf(creatorId), ownSubscriptions()]);
      const own = owned.find(
        ({ subscription }) => subscription.creator_id === creatorId && stateOf(subscription, Date.now()) !== "over",
      );
      setOffer({
        tiers: tiers.filter((tier) => tier.is_active),
        retired: tiers.filter((tier) => !tier.is_active),
        own,
      });
      setUnread(null);
    } catch (error) {
      setUnread(error);
    }
  }

  useEffect(() => void load(), [creatorId, returns.value]);
  return { offer, load, unread };
}

/** At the price that was shown; a retry with the same key pays once. */
export async function subscribe(tier: Tier, key: string): Promise<Subscription> {
  const order = { tier_id: tier.id, expected_price: tier.coin_price };
  return paid(await operation<"subscribe">("POST", "coins/subscriptions", order, key));
}

export async function changeSubscription(id: string, edit: SubscriptionEdit): Promise<Subscription> {
  return paid(await operation<"edit_subscription">("PATCH", `coins/subscriptions/${id}`, edit));
}

function paid({ subscription, wallet }: { subscription: Subscription; wallet: { balance: number } }): Subscription {
  balance.value = wallet.balance;
  return subscription;
}

/** How many subscriptions by each of these tiers go on. */
export async function subscribersBy(tiers: Tier[]): Promise<Record<string, number>> {
  const counted = tiers.map(async ({ id }) => {
    const asked = sahne.from("creator_subscriptions").select("id", { count: "exact", head: true });
    const { count } = await asked.eq("tier_id", id).neq("status", "cancelled");
    return [id, count ?? 0] as const;
  });
  return Object.fromEntries(await Promise.all(counted));
}
