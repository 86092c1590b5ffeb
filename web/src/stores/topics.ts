// What sessions are about: the list that the people who run the app keep, read once.
import { signal } from "@preact/signals";
import { dataOf, sahne } from "../server/client";

export interface Topic {
  slug: string;
  name: string;
}

const TOPICS_MAX = 50;

/** The one that the list is narrowed to; null is everything. */
export const topic = signal<string | null>(null);

/** In their order; none until they have been read. */
export const topics = signal<Topic[]>([]);

export async function readTopics(): Promise<void> {
  if (topics.value.length > 0) return;
  const asked = sahne.from("session_categories").select("slug,name").order("order_index").limit(TOPICS_MAX);
  topics.value = await dataOf<Topic[]>(asked);
}
