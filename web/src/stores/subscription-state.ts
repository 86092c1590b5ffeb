// What a subscription is at a moment, and what a change of it costs: what the server decides, told ahead. Pure functions.
import type { OwnSubscription, Subscription, Tier } from "../operations";

const DAY_MS = 86_400_000;
const MONTH_MS = 30 * DAY_MS;
const RENEWAL_GRACE_MS = 3 * DAY_MS;
const RENEWAL_TRIES_MAX = 3;

/** `failing`: its renewal could not be paid and is tried again. `ending`: cancelled, and paid until later. */
export type State = "running" | "failing" | "paused" | "ending" | "over";

export function stateOf(subscription: Subscription, now: number): State {
  if (subscription.status === "cancelled") return isRunning(subscription, now) ? "ending" : "over";
  if (subscription.status === "paused") return "paused";
  return isFailing(subscription) ? "failing" : "running";
}

/** Whether it opens what it opens, as the door decides it. */
export function isRunning({ status, expires_at, renews_at }: Subscription, now: number): boolean {
  if (expires_at === null) return status === "active";
  return Date.parse(expires_at) + (renews_at === null ? 0 : RENEWAL_GRACE_MS) > now;
}

/** What is paid renews when it is over; later than that is a try after one that was in vain. */
function isFailing({ expires_at, renews_at }: Subscription): boolean {
  return expires_at !== null && renews_at !== null && Date.parse(renews_at) > Date.parse(expires_at);
}

/** How often a failing renewal is tried again: there is a day between two tries. */
export function triesLeft({ expires_at, renews_at }: Subscription): number {
  const days = (Date.parse(renews_at ?? "") - Date.parse(expires_at ?? "")) / DAY_MS;
  const tried = Math.min(Math.max(Math.round(days), 1), RENEWAL_TRIES_MAX - 1);
  return RENEWAL_TRIES_MAX - tried;
}

/** What somebody is worth to a least tier: what they pay, or what their tier costs by now. */
export function levelOf({ subscription, tier }: OwnSubscription): number {
  return Math.max(subscription.coin_price, tier?.coin_price ?? 0);
}

/** The coins that come back, to within a few minutes' worth, when the month that runs is broken off now. */
export function unusedWorth({ coin_price, expires_at }: Subscription, now: number): number {
  const left = (Date.parse(expires_at ?? "") - now) / MONTH_MS;
  return Math.floor(coin_price * Math.min(Math.max(left, 0), 1)) || 0;
}

/** A dearer tier begins now and is paid now; any other with the next month; its own takes such a change back. */
export type Change = { when: "now"; price: number; back: number } | { when: "next"; price: number } | { when: "never" };

export function changeTo(tier: Tier, subscription: Subscription, now: number): Change {
  if (tier.id === subscription.tier_id) return { when: "never" };
  if (tier.coin_price <= subscription.coin_price) return { when: "next", price: tier.coin_price };
  return { when: "now", price: tier.coin_price, back: unusedWorth(subscription, now) };
}
