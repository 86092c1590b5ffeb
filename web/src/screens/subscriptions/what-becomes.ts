// What becomes of a subscription, in a sentence: when it renews, ends, is tried again, or why it is over.
import type { OwnSubscription } from "../../operations";
import { type State, triesLeft } from "../../stores/subscription-state";
import { day, number, when } from "../../words";
import { sayOfSubscriptions } from "../../words/subscriptions";

const REASONS = {
  cancelled: "overCancelled",
  unpaid: "overUnpaid",
  creator_unavailable: "overUnavailable",
  refunded: "overRefunded",
  replaced: "overReplaced",
  paused_too_long: "overPaused",
} as const;

export function whatBecomes(own: OwnSubscription, state: State): string {
  const { subscription } = own;
  if (state === "over") return sayOfSubscriptions(REASONS[subscription.end_reason ?? "cancelled"]);
  if (subscription.expires_at === null) return sayOfSubscriptions("free");
  const lasts = day(subscription.expires_at);
  if (state === "ending") return sayOfSubscriptions("endingMeans", { day: lasts });
  if (state === "paused") {
    const open = Date.parse(subscription.expires_at) > Date.now();
    return sayOfSubscriptions(open ? "pausedMeans" : "pausedShut", { day: lasts });
  }
  return state === "failing" ? howItFails(own) : howItRenews(own);
}

function howItFails({ subscription }: OwnSubscription): string {
  const tries = triesLeft(subscription);
  return sayOfSubscriptions(tries === 1 ? "failingOnce" : "failingMore", {
    coins: number(subscription.next_coin_price ?? subscription.coin_price),
    when: when(subscription.renews_at ?? ""),
    tries: number(tries),
  });
}

function howItRenews({ subscription, next_tier: next }: OwnSubscription): string {
  const coins = number(subscription.next_coin_price ?? subscription.coin_price);
  if (next) {
    const renewed = sayOfSubscriptions("renews", { day: day(subscription.renews_at ?? ""), coins });
    return `${renewed}. ${sayOfSubscriptions("becomes", { tier: next.name, coins })}`;
  }
  const due = Date.parse(subscription.renews_at ?? "") <= Date.now();
  return sayOfSubscriptions(due ? "renewsNow" : "renews", { day: day(subscription.renews_at ?? ""), coins });
}
