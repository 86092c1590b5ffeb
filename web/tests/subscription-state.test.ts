// A subscription at a moment: what state it is in, what a change costs, and what comes back of the month that runs.
import { expect, test } from "vitest";
import type { Subscription, Tier } from "../src/operations";
import { changeTo, isRunning, levelOf, stateOf, triesLeft, unusedWorth } from "../src/stores/subscription-state";

const NOW = Date.parse("2026-03-15T12:00:00Z");
const at = (days: number) => new Date(NOW + days * 86_400_000).toISOString();
const subscription = (more: Partial<Subscription> = {}): Subscription => ({
  id: "one",
  subscriber_id: "bo",
  creator_id: "ada",
  tier_id: "backstage",
  status: "active",
  coin_price: 300,
  expires_at: at(10),
  created_at: at(-20),
  updated_at: at(-20),
  next_tier_id: null,
  next_coin_price: null,
  renews_at: at(10),
  end_reason: null,
  ...more,
});
const tier = (id: string, coin_price: number): Tier => ({
  id,
  creator_id: "ada",
  name: id,
  coin_price,
  is_active: true,
  created_at: at(-90),
  updated_at: at(-90),
  benefits: [],
  order_index: 0,
});

test("what renews when it is over runs, and what is tried again after that fails", () => {
  expect(stateOf(subscription(), NOW)).toBe("running");
  expect(stateOf(subscription({ expires_at: at(-0.01), renews_at: at(-0.01) }), NOW)).toBe("running");
  expect(stateOf(subscription({ expires_at: at(-0.5), renews_at: at(0.5) }), NOW)).toBe("failing");
});

test("what was cancelled ends with what is paid, and is over after it", () => {
  const cancelled = { status: "cancelled", renews_at: null, end_reason: "cancelled" } as const;
  expect(stateOf(subscription(cancelled), NOW)).toBe("ending");
  expect(stateOf(subscription({ ...cancelled, expires_at: at(-1) }), NOW)).toBe("over");
});

test("a pause is a pause while a month runs and after it, and opens only what is paid", () => {
  const paused = { status: "paused", renews_at: null } as const;
  expect(stateOf(subscription(paused), NOW)).toBe("paused");
  expect(isRunning(subscription(paused), NOW)).toBe(true);
  expect(stateOf(subscription({ ...paused, expires_at: at(-1) }), NOW)).toBe("paused");
  expect(isRunning(subscription({ ...paused, expires_at: at(-1) }), NOW)).toBe(false);
});

test("a failing renewal opens for three days more, not for four", () => {
  expect(isRunning(subscription({ expires_at: at(-2.9), renews_at: at(0) }), NOW)).toBe(true);
  expect(isRunning(subscription({ expires_at: at(-3.1), renews_at: at(0) }), NOW)).toBe(false);
});

test("without an end it runs until it is cancelled", () => {
  const free = { coin_price: 0, expires_at: null, renews_at: null } as const;
  expect(stateOf(subscription(free), NOW)).toBe("running");
  expect(stateOf(subscription({ ...free, status: "cancelled" }), NOW)).toBe("over");
});

test("after the first try in vain there are two more, after the second one", () => {
  expect(triesLeft(subscription({ expires_at: at(-0.1), renews_at: at(0.9) }))).toBe(2);
  expect(triesLeft(subscription({ expires_at: at(-1.2), renews_at: at(0.8) }))).toBe(1);
});

test("a dearer tier is paid now and the days to come go back; another waits; one's own changes nothing", () => {
  expect(changeTo(tier("royal box", 900), subscription(), NOW)).toEqual({ when: "now", price: 900, back: 100 });
  expect(changeTo(tier("front row", 100), subscription(), NOW)).toEqual({ when: "next", price: 100 });
  expect(changeTo(tier("backstage", 350), subscription(), NOW)).toEqual({ when: "never" });
});

test("of a month that is over nothing comes back, and never more than it cost", () => {
  expect(unusedWorth(subscription({ expires_at: at(-1) }), NOW)).toBe(0);
  expect(unusedWorth(subscription({ expires_at: at(31) }), NOW)).toBe(300);
  expect(unusedWorth(subscription({ expires_at: null, coin_price: 0 }), NOW)).toBe(0);
});

test("a price that rises shuts nobody out who has that very tier", () => {
  const own = { subscription: subscription(), next_tier: null };
  expect(levelOf({ ...own, tier: tier("backstage", 400) })).toBe(400);
  expect(levelOf({ ...own, tier: tier("backstage", 200) })).toBe(300);
});
