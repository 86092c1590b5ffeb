// Finding people by their names and sessions by their titles, in any letter case.
import { dataOf, sahne } from "../server/client";
import { type Listed, sessionsBy } from "./listed";
import type { Person } from "./people";

export interface Found {
  people: Person[];
  sessions: Listed[];
}

const FOUND_MAX = 12;
const FACE = "id,username,display_name,avatar_url";

export async function find(wanted: string): Promise<Found> {
  const pattern = `%${wanted.replace(/[\\%_]/g, "\\$&")}%`;
  const people = (column: "display_name" | "username") =>
    dataOf<Person[]>(
      sahne
        .from("public_profiles")
        .select(FACE)
        .ilike(column, pattern)
        .order("is_creator", { ascending: false })
        .limit(FOUND_MAX),
    );
  const [byName, byUsername, sessions] = await Promise.all([
    people("display_name"),
    people("username"),
    dataOf<Listed[]>(sessionsBy().ilike("title", pattern).limit(FOUND_MAX)),
  ]);
  const known = new Map([...byName, ...byUsername].map((person) => [person.id, person]));
  return { people: [...known.values()].slice(0, FOUND_MAX), sessions };
}
