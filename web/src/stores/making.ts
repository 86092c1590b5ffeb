// The pictures that are being made: asked for, looked after until they are there, whichever screen is shown meanwhile.
import { effect, signal } from "@preact/signals";
import type { Batch, BatchOfGenerations, Generation, GenerationWish } from "../operations";
import { operation, Refused } from "../server/client";
import { login } from "./login";
import { listPictures, type SignedPicture } from "./pictures";
import { readQuota, type Scene } from "./scenes";

export interface Making {
  scene: Scene | undefined;
  count: number;
  /** What is made of it, as an address for an `img`; of a picture that is made again, that picture. */
  photo: string;
  startedAt: number;
  generation: Generation;
  /** The generations it is, of several scenes more than one. */
  of: string[];
  failure: unknown;
  /** As they were made; empty until all are there. */
  pictures: SignedPicture[];
  seconds: number;
}

interface Asked {
  scene: Scene | undefined;
  count: number;
  photo: string;
}

const LOOK_EVERY_MS = 700;
const ENDED = new Set(["failed", "moderated", "canceled", "expired"]);

export const making = signal<Making | null>(null);

export const isMaking = () => making.value !== null && making.value.pictures.length === 0 && !making.value.failure;

// what one person makes is nothing to the next at this browser
effect(() => {
  if (!login.value) making.value = null;
});

export async function make(asked: Asked, wish: GenerationWish): Promise<void> {
  const key = crypto.randomUUID();
  follow(asked, (await operation<"request_generation">("POST", "studio/generations", wish, key)).generation);
}

/** One photo in several scenes: all of them, or none. */
export async function makeSeveral(asked: Asked, wish: Batch): Promise<void> {
  const { batch } = await operation<"request_batch">("POST", "studio/batches", wish, crypto.randomUUID());
  follow(asked, asOne(batch), batch);
}

/** The same picture once more, or another take of it. */
export async function makeAgain(asked: Asked, pictureId: string, seed: "same" | "new"): Promise<void> {
  const path = `studio/images/${pictureId}/regenerate` as const;
  follow(asked, (await operation<"regenerate">("POST", path, { seed }, crypto.randomUUID())).generation);
}

/** Pictures that have arrived stay; the rest of the day's right comes back. */
export async function callOff(): Promise<void> {
  for (const id of making.value?.of ?? []) {
    await operation<"cancel_generation">("DELETE", `studio/generations/${id}`).catch((failure) => {
      if (failure.code !== "generation_ended") throw failure; // of several, some may be there already
    });
  }
}

/** Nothing is made any more; whoever shows it has gone elsewhere by now. */
export function putAway(): void {
  making.value = null;
  void readQuota();
}

function follow(asked: Asked, generation: Generation, batch?: BatchOfGenerations): void {
  const of = batch ? batch.generations.map((each) => each.id) : [generation.id];
  making.value = { ...asked, generation, of, startedAt: Date.now(), failure: null, pictures: [], seconds: 0 };
  void readQuota();
  look(generation.id, batch !== undefined);
}

async function read(id: string, isBatch: boolean): Promise<Generation> {
  if (!isBatch) return (await operation<"read_generation">("GET", `studio/generations/${id}`)).generation;
  return asOne((await operation<"read_batch">("GET", `studio/batches/${id}`)).batch);
}

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
    ...(waits && first.ahead !== undefined && { ahead: first.ahead }),
    ...(last && { estimate: last }),
  };
}

function look(id: string, isBatch: boolean): void {
  setTimeout(async () => {
    if (making.value?.generation.id !== id) return; // called off, or something else is made
    try {
      const generation = await read(id, isBatch);
      if (making.value?.generation.id !== id) return;
      making.value = { ...making.value, generation };
      if (generation.status === "done") return await arrive(id);
      if (!ENDED.has(generation.status)) return look(id, isBatch);
      throw Refused.by(generation.error_code ?? generation.status);
    } catch (failure) {
      if (!(failure instanceof Refused)) return look(id, isBatch); // the way there is broken, not the picture
      if (making.value?.generation.id === id) making.value = { ...making.value, failure };
      await readQuota();
    }
  }, LOOK_EVERY_MS);
}

async function arrive(id: string): Promise<void> {
  const pictures = (await listPictures(making.value?.of)).reverse();
  if (making.value?.generation.id !== id) return;
  making.value = { ...making.value, pictures, seconds: Math.round((Date.now() - making.value.startedAt) / 1000) };
  await readQuota();
}
