// What one was told, page by page, and what of it is read: shown at once, taken back when it is refused.
import { signal } from "@preact/signals";
import type { Face, Notice } from "../operations";
import { operation } from "../server/client";
import { unread } from "./unread";

export const notices = signal<Notice[] | undefined>(undefined);
export const people = signal<ReadonlyMap<string, Face>>(new Map());
let next: string | null = null;

/** The newest; `more` the page after those that are here. */
export async function readNotices(more = false): Promise<void> {
  const path = more && next ? (`notices?after=${encodeURIComponent(next)}` as "notices") : "notices";
  const page = await operation<"list_notices">("GET", path);
  people.value = new Map([...people.value, ...page.people.map((face) => [face.id, face] as const)]);
  notices.value = more ? [...(notices.value ?? []), ...page.notices] : page.notices;
  next = page.next;
  unread.value = page.unread;
}

export const hasMore = () => next !== null;

/** One, or all that are here and before. */
export async function markRead(id?: string): Promise<void> {
  const before = notices.value ?? [];
  const now = new Date().toISOString();
  const newest = before[0];
  if (!newest) return;
  notices.value = before.map((row) => (row.read_at || (id && row.id !== id) ? row : { ...row, read_at: now }));
  try {
    const body = id ? { ids: [id] } : { until: newest.created_at };
    unread.value = (await operation<"read_notices">("POST", "notices/read", body)).unread;
  } catch (error) {
    notices.value = before;
    throw error;
  }
}
