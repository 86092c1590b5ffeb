// Tags as a host types them, and goals as they come.
import { expect, test } from "vitest";
import { isSame, tagsIn } from "../src/stores/about";
import { type Goal, kept, openOf } from "../src/stores/goals";

const goal = (position: number, coins: number, reached_at: string | null = null): Goal => ({
  id: `goal-${position}`,
  position,
  title: "An encore",
  target_coins: 100,
  coins,
  reached_at,
});

test("tags are taken as the server takes them: each once, five at most, none too short or too long", () => {
  expect(tagsIn("#akustik, çay  istanbul,çay,a")).toEqual(["akustik", "çay", "istanbul"]);
  expect(tagsIn("one, two, three, four, five, six")).toHaveLength(5);
  expect(tagsIn(`${"a".repeat(25)} ${"b".repeat(24)}`)).toEqual(["b".repeat(24)]);
  expect(tagsIn(" , #")).toEqual([]);
});

test("what is about the same is not sent again", () => {
  const about = { category: "music", tags: ["tea"], language: null };
  expect(isSame(about, { ...about })).toBe(true);
  expect(isSame(about, { ...about, tags: [] })).toBe(false);
  expect(isSame(about, { ...about, language: "tr" })).toBe(false);
});

test("the first goal that is not reached is the one that fills", () => {
  const goals = kept(kept([goal(2, 0)], goal(1, 100, "now")), goal(3, 0));
  expect(goals.map((each) => each.position)).toEqual([1, 2, 3]);
  expect(openOf(goals)?.position).toBe(2);
  expect(openOf([goal(1, 100, "now")])).toBeUndefined();
});
