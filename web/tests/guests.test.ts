// Who may do what to whom, who stands where on a stage, and which seats are free.
import { expect, test } from "vitest";
import type { Broadcast, Voice } from "../src/room/live-room";
import { lineUp } from "../src/screens/session/guests/line-up";
import { freeSeats, placeOf } from "../src/screens/session/guests/place";
import { rankOf, rightsOver } from "../src/screens/session/order/rights";

const voice = (id: string, microphone: boolean): Voice => ({ id, speaking: false, microphone });
const picture = (id: string, screen = false) => ({ key: `${id}/1`, id, own: false, screen, track: {} }) as Broadcast;

test("the host stands first, a shared screen before them, the others as they came", () => {
  const shown = lineUp([picture("bo"), picture("ada"), picture("bo", true)], [], "ada");
  expect(shown.map((each) => each.key)).toEqual(["screen:bo", "ada", "bo"]);
});

test("who is heard and not seen has a tile, who is neither has none", () => {
  const shown = lineUp([picture("ada")], [voice("ada", true), voice("bo", true), voice("cem", false)], "ada");
  expect(shown.map((each) => each.id)).toEqual(["ada", "bo"]);
  expect(shown[1]?.picture).toBeNull();
});

test("a camera that goes off and on again stays the same tile", () => {
  const on = lineUp([picture("bo")], [voice("bo", true)], "ada");
  const off = lineUp([], [voice("bo", true)], "ada");
  expect(on.map((each) => each.key)).toEqual(off.map((each) => each.key));
});

test("nobody orders upwards, their equals or themselves", () => {
  expect(rightsOver("moderator", "host", false).order).toBe(false);
  expect(rightsOver("moderator", "moderator", false).order).toBe(false);
  expect(rightsOver("host", "host", true).order).toBe(false);
  expect(rightsOver("audience", "audience", false)).toEqual({ order: false, roles: false, lines: false });
});

test("moderators keep order, roles are the host's, a line is its writer's too", () => {
  expect(rightsOver("moderator", "guest", false)).toEqual({ order: true, roles: false, lines: true });
  expect(rightsOver("host", "moderator", false)).toEqual({ order: true, roles: true, lines: true });
  expect(rightsOver("audience", "audience", true).lines).toBe(true);
});

test("who has no seat is of the audience", () => {
  expect(rankOf(null)).toBe("audience");
  expect(rankOf({ role: "speaker" })).toBe("guest");
});

test("who is let up has not gone up yet", () => {
  expect(placeOf({ allowed: true, up: false, asked: true })).toBe("called");
  expect(placeOf({ allowed: true, up: true, asked: false })).toBe("up");
  expect(placeOf({ allowed: false, up: true, asked: true })).toBe("asked");
});

test("eight seats are shown, a ninth when it is taken", () => {
  expect(freeSeats(1)).toBe(7);
  expect(freeSeats(8)).toBe(0);
  expect(freeSeats(9)).toBe(0);
});
