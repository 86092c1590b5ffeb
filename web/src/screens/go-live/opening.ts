// What happens on the server when a host goes live or plans a session; if it goes wrong half-way, nothing of it stays.
import type { Operations, Tier } from "../../operations";
import { operation } from "../../server/client";
import type { About } from "../../stores/about";
import type { Every } from "../../stores/series";
import { timeZone } from "./again";
import { coverUrl, dropCover, keepCover } from "./cover";

export interface Wish {
  title: string;
  kind: "video_live" | "audio_room";
  entry: Entry;
  /** Null is now. */
  at: Date | null;
  every: Every;
  about: About;
  cover: Blob | null;
}

/** Who may come: everybody, whoever pays so many coins once, whoever subscribes by this tier or a dearer one. */
export type Entry =
  | { access_type: "public" }
  | { access_type: "pay_per_view"; ppv_coin_price: number }
  | { access_type: "subscribers_only"; least: Tier | null };

type Started = Operations["start_session"]["answer"];

/** Plan it; answers its id. */
export function plan(wish: Wish, profileId: string): Promise<string> {
  return withCover(wish, profileId, async (thumbnail_url) => {
    const id = await create(wish, thumbnail_url);
    if (wish.every) await orCallOff(id, () => repeat(id, wish.every!));
    return id;
  });
}

/** Make it and start it in one go. */
export function goOnAir(wish: Wish, profileId: string): Promise<Started> {
  return withCover(wish, profileId, async (thumbnail_url) => {
    const id = await create(wish, thumbnail_url);
    return orCallOff(id, () => operation<"start_session">("POST", `live/sessions/${id}/start`));
  });
}

/** Have it again daily or weekly, by the clock of where its host is. */
export function repeat(id: string, every: NonNullable<Every>) {
  return operation<"repeat_session">("POST", `live/sessions/${id}/repeat`, { every, time_zone: timeZone() });
}

async function orCallOff<T>(id: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    await operation<"cancel_session">("POST", `live/sessions/${id}/cancel`).catch(() => {}); // the first reason counts
    throw error;
  }
}

/** The cover is kept first, and dropped when what it was kept for goes wrong. */
async function withCover<T>({ cover }: Wish, profileId: string, act: (url?: string) => Promise<T>): Promise<T> {
  if (!cover) return act();
  const path = await keepCover(profileId, cover);
  try {
    return await act(coverUrl(path));
  } catch (error) {
    await dropCover(path);
    throw error;
  }
}

async function create({ title, kind, entry, at, about }: Wish, thumbnail_url?: string): Promise<string> {
  const { session } = await operation<"create_session">("POST", "live/sessions", {
    title,
    session_type: kind,
    ...about,
    ...asRow(entry),
    ...(at && { scheduled_at: at.toISOString() }),
    ...(thumbnail_url && { thumbnail_url }),
  });
  return session.id;
}

function asRow(entry: Entry) {
  if (entry.access_type !== "subscribers_only") return entry;
  return { access_type: entry.access_type, ...(entry.least && { min_tier_id: entry.least.id }) };
}
