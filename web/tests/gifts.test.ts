// Gifts as they are shown, asked about and added up.
import { expect, test } from "vitest";
import { asksFirst } from "../src/room/asking";
import { type Given, given, hasPassed, momentOver, NOTHING, nextAt, passed, type Show } from "../src/room/gift-show";
import { addedTo, coinsOfAll } from "../src/stores/generosity";

let ids = 0;
/** One of a combo that has come to `count` with it; every hand has one combo of each gift. */
const gift = (senderId: string, giftId = "rose", price = 10, quantity = 1, count = quantity): Given => ({
  id: String(++ids),
  senderId,
  giftId,
  quantity,
  price,
  comboId: `${senderId} ${giftId}`,
  count,
});
const shown = (show: Show) => show.banners.map((each) => `${each.senderId} ${each.giftId} ×${each.count}`);

test("a combo counts up one banner, which stays for five seconds after the last", () => {
  const once = given(NOTHING, gift("bo"), 0);
  const thrice = given(given(once, gift("bo", "rose", 10, 1, 2), 3000), gift("bo", "rose", 10, 1, 3), 6000);
  expect(shown(thrice)).toEqual(["bo rose ×3"]);
  expect(nextAt(thrice)).toBe(11_000);
  expect(passed(thrice, 10_999).banners.length).toBe(1);
  expect(passed(thrice, 11_000).banners).toEqual([]);
});

test("it shows what the server counted, whatever came in between and in whatever order", () => {
  const late = given(given(NOTHING, gift("bo", "rose", 10, 1, 12), 0), gift("bo", "rose", 10, 1, 11), 10);
  expect(shown(late)).toEqual(["bo rose ×12"]);
});

test("the same gift again after its combo is over is another banner", () => {
  const again = { ...gift("bo"), comboId: "another" };
  expect(shown(given(given(NOTHING, gift("bo", "rose", 10, 1, 7), 0), again, 4000))).toEqual([
    "bo rose ×7",
    "bo rose ×1",
  ]);
});

test("another gift, or another hand, is another banner", () => {
  const show = [gift("bo"), gift("bo", "tea"), gift("nia")].reduce((before, each) => given(before, each, 0), NOTHING);
  expect(shown(show)).toEqual(["bo rose ×1", "bo tea ×1", "nia rose ×1"]);
});

test("the third waits without losing its time", () => {
  const crowded = [gift("bo"), gift("nia"), gift("ege")].reduce((before, each) => given(before, each, 0), NOTHING);
  expect(crowded.banners[2]?.until).toBeNull();
  const later = passed(crowded, 5000);
  expect(shown(later)).toEqual(["ege rose ×1"]);
  expect(later.banners[0]?.until).toBe(10_000);
});

test("a dear gift has the screen, one at a time", () => {
  const show = given(given(NOTHING, gift("bo", "ferry", 1000), 0), gift("nia", "palace", 5000), 0);
  expect(show.banners).toEqual([]);
  expect(show.moments.map((each) => each.giftId)).toEqual(["ferry", "palace"]);
  expect(momentOver(show).moments.map((each) => each.giftId)).toEqual(["palace"]);
});

test("what costs a hundred passes by as well, two at a time", () => {
  const cats = [gift("bo", "cat", 100), gift("nia", "cat", 100), gift("ege", "cat", 100)];
  const show = cats.reduce((before, each) => given(before, each, 0), NOTHING);
  expect(show.passing.map((each) => each.senderId)).toEqual(["bo", "nia"]);
  expect(hasPassed(show, cats[0]!).passing.map((each) => each.senderId)).toEqual(["nia"]);
  expect(given(NOTHING, gift("bo", "simit", 50, 99), 0).passing).toEqual([]);
});

test("many small ones are not a dear one", () => {
  expect(given(NOTHING, gift("bo", "rose", 10, 500), 0).moments).toEqual([]);
});

test("when five dear ones wait already, the next is a banner", () => {
  let show = NOTHING;
  for (let count = 0; count < 7; count++) show = given(show, gift("bo", "ferry", 1000), 0);
  expect(show.moments.length).toBe(6);
  expect(shown(show)).toEqual(["bo ferry ×1"]);
});

test("small gifts are not asked about, dear ones are", () => {
  expect(asksFirst(499, [], 0, false)).toBe(false);
  expect(asksFirst(500, [], 0, false)).toBe(true);
});

test("small gifts that add up within a minute are asked about, and no longer after it", () => {
  const lately = [{ coins: 450, at: 0 }];
  expect(asksFirst(50, lately, 59_000, false)).toBe(true);
  expect(asksFirst(50, lately, 60_000, false)).toBe(false);
});

test("who wants no more questions today is asked about the dearest all the same", () => {
  expect(asksFirst(1999, [], 0, true)).toBe(false);
  expect(asksFirst(2000, [], 0, true)).toBe(true);
});

test("the most generous stands first", () => {
  const best = [
    { sender_profile_id: "bo", gift_coin_value: 10 },
    { sender_profile_id: "nia", gift_coin_value: 25 },
    { sender_profile_id: "bo", gift_coin_value: 20 },
  ].reduce(addedTo, []);
  expect(best).toEqual([
    { id: "bo", coins: 30 },
    { id: "nia", coins: 25 },
  ]);
  expect(coinsOfAll(best)).toBe(55);
});
