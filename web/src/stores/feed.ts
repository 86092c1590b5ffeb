// What goes on at the creators one follows: live first, then what they plan, a page at a time.
import { signal } from "@preact/signals";
import type { Session } from "../operations";
import { operation } from "../server/client";
import type { Listed } from "./listed";
import type { Person } from "./people";

export interface Feed {
  rows: Listed[];
  /** Where it goes on; null at the end. */
  next: string | null;
}

/** Undefined until it has been read once. */
export const feed = signal<Feed | undefined>(undefined);

export async function readFeed(): Promise<void> {
  feed.value = await page("feed");
}

export async function readMoreOfFeed(): Promise<void> {
  const before = feed.value;
  if (!before?.next) return;
  const { rows, next } = await page(`feed?after=${encodeURIComponent(before.next)}`);
  const known = new Set(before.rows.map((row) => row.id));
  feed.value = { rows: [...before.rows, ...rows.filter((row) => !known.has(row.id))], next };
}

async function page(path: "feed" | `feed?${string}`): Promise<Feed> {
  const { sessions, creators, next } = await operation<"feed">("GET", path);
  return { rows: listedOf(sessions, creators), next };
}

/** Sessions as lists show them, each with its host's face. */
export function listedOf(sessions: Session[], faces: Person[]): Listed[] {
  const known = new Map(faces.map((face) => [face.id, face]));
  return sessions.map((session) => ({
    ...session,
    status: session.status === "live" ? "live" : "scheduled",
    creator: known.get(session.creator_profile_id) ?? null,
  }));
}
