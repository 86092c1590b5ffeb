import { expect, test } from "vitest";
import { TUNES, tuneOf } from "../src/screens/session/gifts/tunes";

const files = Object.keys(import.meta.glob("../public/gifts/*.svg"));
const drawn = files.map((path) => path.replace(/^.*\/|\.svg$/g, ""));

test("every gift that is drawn has a tune of its own", () => {
  expect(Object.keys(TUNES).sort()).toEqual(drawn.sort());
  const written = Object.values(TUNES).map((tune) => JSON.stringify(tune));
  expect(new Set(written).size).toBe(written.length);
});

test("a gift that nobody drew rings as well, and no tune outlasts what is shown", () => {
  expect(tuneOf("a-gift-of-somebody")).toEqual(tuneOf(null));
  for (const tune of Object.values(TUNES)) for (const { at, seconds } of tune) expect(at + seconds).toBeLessThan(3.6);
});
