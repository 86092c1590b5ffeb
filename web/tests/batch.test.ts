// A batch as one: what is told of several generations while they are made, and when they are there.
import { expect, test } from "vitest";
import type { Generation } from "../src/operations";
import { asOne } from "../src/stores/batch";

const generation = (id: string, more: Partial<Generation> = {}): Generation => ({
  id,
  status: "queued",
  progress: 0,
  images: [],
  ...more,
});
const batch = (...generations: Generation[]) => asOne({ id: "batch", generations });

test("while all of it waits, who comes before the first is told, and when the last will be done", () => {
  const one = batch(
    generation("a", { ahead: 3, estimate: { seconds_min: 4, seconds_max: 8 } }),
    generation("b", { ahead: 2, estimate: { seconds_min: 3, seconds_max: 6 } }),
  );
  expect(one).toEqual({ ...generation("batch"), ahead: 2, estimate: { seconds_min: 4, seconds_max: 8 } });
});

test("it is on its way until the last has ended, however the others did", () => {
  const one = batch(
    generation("a", { status: "failed", error_code: "timed_out" }),
    generation("b", { status: "done", progress: 100 }),
    generation("c", { status: "queued", ahead: 0 }),
  );
  expect(one).toEqual({ ...generation("batch"), status: "running", progress: 67 });
});

test("it is done when something came of it, and has failed when nothing did", () => {
  const failed = generation("a", { status: "failed", error_code: "timed_out" });
  expect(batch(failed, generation("b", { status: "done", progress: 100 })).status).toBe("done");
  expect(batch(failed, generation("b", { status: "canceled" }))).toMatchObject({
    status: "failed",
    error_code: "timed_out",
  });
});
