// What a session's own screen has learnt, in the lists one goes back to.
import { expect, test } from "vitest";
import type { Listed } from "../src/stores/listed";
import { withNews } from "../src/stores/news";

const row = (id: string, status: Listed["status"]) => ({ id, status }) as Listed;
const rows = [row("a", "live"), row("b", "scheduled"), row("c", "scheduled")];

test.each(["ended", "cancelled"])("a list offers nothing that is %s", (status) => {
  expect(withNews(rows, { id: "b", status }).map(({ id }) => id)).toEqual(["a", "c"]);
});

test("what was planned and has begun is live, and in its place", () => {
  expect(withNews(rows, { id: "b", status: "live" })).toEqual([rows[0], row("b", "live"), rows[2]]);
});

test("news of what is not listed changes nothing", () => {
  expect(withNews(rows, { id: "d", status: "live" })).toEqual(rows);
});
