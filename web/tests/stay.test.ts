// Being in a session, told as what happens one after another.
import { expect, test } from "vitest";
import { type Happening, isAdmitted, keepsSeat, next, OUTSIDE, type Stay } from "../src/room/stay";

const after = (...happenings: (Happening["what"] | Happening)[]): Stay =>
  happenings.map((each) => (typeof each === "string" ? ({ what: each } as Happening) : each)).reduce(next, OUTSIDE);
const refusedBy = (why: string): Happening => ({ what: "refused", why });

test("who knocks is let in and enters", () => {
  expect(after("knocked").at).toBe("knocking");
  expect(after("knocked", "admitted").at).toBe("admitted");
  expect(after("knocked", "admitted", "entered").at).toBe("inside");
});

test("who is refused stands outside and knows why", () => {
  expect(after("knocked", refusedBy("ticket_required"))).toEqual({ at: "outside", why: "ticket_required" });
});

test("a second try forgets why the first was refused", () => {
  expect(after("knocked", refusedBy("ticket_required"), "knocked", "admitted").at).toBe("admitted");
});

test("a connection that is lost and found leads back inside", () => {
  const lost = after("knocked", "admitted", "entered", "lost");
  expect(lost.at).toBe("reconnecting");
  expect(isAdmitted(lost)).toBe(true);
  expect(next(lost, { what: "found" }).at).toBe("inside");
});

test("who left while the answer was on its way is not let in by it", () => {
  expect(after("knocked", "left", "admitted", "entered")).toEqual(OUTSIDE);
});

test("who was put out is not brought back by a connection that is found", () => {
  expect(after("knocked", "admitted", "entered", "lost", refusedBy("put_out"), "found")).toEqual({
    at: "outside",
    why: "put_out",
  });
});

test("nobody is refused twice: the first reason counts", () => {
  expect(after("knocked", refusedBy("banned"), refusedBy("room_unreachable"))).toEqual({
    at: "outside",
    why: "banned",
  });
});

test("a seat is kept inside and for a room that could not be reached, and for nothing else", () => {
  expect(keepsSeat(after("knocked", "admitted"))).toBe(true);
  expect(keepsSeat(after("knocked", "admitted", "entered", "lost"))).toBe(true);
  expect(keepsSeat(after("knocked", "admitted", "entered", refusedBy("room_unreachable")))).toBe(true);
  expect(keepsSeat(after("knocked", "admitted", "entered", refusedBy("put_out")))).toBe(false);
  expect(keepsSeat(after("knocked", "admitted", "entered", "left"))).toBe(false);
  expect(keepsSeat(after("knocked"))).toBe(false);
});
