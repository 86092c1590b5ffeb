// Several scenes that were asked for at once, looked at as one thing that is made.
import type { BatchOfGenerations, Generation } from "../operations";

export const ENDED = new Set<string>(["failed", "moderated", "canceled", "expired"]);

/** A batch as if it were one generation: done when nothing of it is made any more and some of it came. */
export function asOne({ id, generations }: BatchOfGenerations): Generation {
  const open = generations.filter((each) => each.status !== "done" && !ENDED.has(each.status));
  const came = generations.some((each) => each.status === "done");
  const first = open[0] ?? (came ? generations.find((each) => each.status === "done") : generations[0])!;
  const waits = open.length === generations.length && open.every((each) => each.status === "queued");
  const { ahead: _, estimate: __, ...known } = first;
  const estimates = open.flatMap((each) => each.estimate ?? []);
  const last = estimates.reduce<(typeof estimates)[number] | undefined>(
    (most, each) => (most && most.seconds_max > each.seconds_max ? most : each),
    undefined,
  );
  return {
    ...known,
    id,
    status: open.length > 0 && !waits ? "running" : first.status,
    progress: Math.round(
      generations.reduce((sum, each) => sum + (open.includes(each) ? each.progress : 100), 0) / generations.length,
    ),
    images: generations.flatMap((each) => each.images),
    ...(waits && { ahead: Math.min(...open.map((each) => each.ahead ?? 0)) }), // its own wait for each other too
    ...(last && { estimate: last }),
  };
}
