// Finding creators by their names and sessions by what they are about: the server forgives accents and slips of the finger.
import type { Face } from "../operations";
import { operation } from "../server/client";
import { listedOf } from "./feed";
import { keepStandings } from "./follows";
import type { Listed } from "./listed";
import { meetPeople, people } from "./people";

export interface Found {
  creators: Face[];
  sessions: Listed[];
}

const FOUND_MAX = 20;
const TAG = /^#(\S{2,24})$/;

/** A word with # before it is a tag. */
export async function find(words: string): Promise<Found> {
  const tag = TAG.exec(words)?.[1];
  const asked = new URLSearchParams({ ...(tag ? { tag } : { q: words }), limit: String(FOUND_MAX) });
  const { creators, sessions } = await operation<"search">("GET", `search?${asked}`);
  const hosts = sessions.map((session) => session.creator_profile_id);
  await Promise.all([meetPeople(hosts), keepStandings(creators)]);
  const faces = hosts.flatMap((id) => people.value[id] ?? []);
  return { creators, sessions: listedOf(sessions, faces) };
}
