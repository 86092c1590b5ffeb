// What is on and what is coming: the list of sessions, always fresh. What is known stays while it is read anew.
import { signal } from "@preact/signals";
import { dataOf, sahne } from "../server/client";
import { suspect } from "../server/connection";
import type { Person } from "./people";

export interface Listed {
  id: string;
  title: string | null;
  status: "scheduled" | "live";
  session_type: "video_live" | "audio_room";
  access_type: "public" | "subscribers_only" | "pay_per_view";
  ppv_coin_price: number | null;
  thumbnail_url: string | null;
  viewer_count: number | null;
  scheduled_at: string | null;
  started_at: string | null;
  creator_id: string;
  category: string | null;
  tags: string[];
  language: string | null;
  creator: Person | null;
}

const COLUMNS =
  "id,title,status,session_type,access_type,ppv_coin_price,thumbnail_url,viewer_count,scheduled_at,started_at,creator_id," +
  "category,tags,language," +
  "creator:public_profiles!creator_profile_id(id,username,display_name,avatar_url)";
const LISTED_MAX = 50;
const GATHERED_MS = 400; // a busy evening changes many rows at once

/** Undefined until it has been read once. */
export const listed = signal<Listed[] | undefined>(undefined);

export async function readListed(): Promise<void> {
  listed.value = await dataOf<Listed[]>(sessionsBy().limit(LISTED_MAX));
}

/** Those that are about one thing. */
export function listedAbout(category: string): Promise<Listed[]> {
  return dataOf<Listed[]>(sessionsBy().eq("category", category).limit(LISTED_MAX));
}

/** What is on and what is coming, to be asked for more narrowly. */
export function sessionsBy() {
  return sahne
    .from("live_sessions")
    .select(COLUMNS)
    .in("status", ["live", "scheduled"])
    .order("status") // live before scheduled, however many are planned
    .order("scheduled_at", { ascending: true, nullsFirst: false });
}

/** Read it with every change, until what it answers is called; `fail` is told why it could not be read. */
export function followListed(fail: (error: unknown) => void): () => void {
  let gathering: ReturnType<typeof setTimeout> | undefined;
  const gather = () => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      readListed().catch(fail);
    }, GATHERED_MS);
  };
  const channel = sahne
    .channel("stage")
    .on("postgres_changes", { event: "*", schema: "public", table: "live_sessions" }, gather)
    .subscribe((status) => {
      if (status === "SUBSCRIBED") gather(); // also after a reconnect: what changed meanwhile is read
      if (status === "CHANNEL_ERROR") void suspect();
    });
  return () => {
    clearTimeout(gathering);
    void sahne.removeChannel(channel);
  };
}
