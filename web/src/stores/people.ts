// Who people are: public faces by profile id, asked for once and shared by the chat and the room.
import { signal } from "@preact/signals";
import { sahne } from "../server/client";

export interface Person {
  id: string;
  username: string | null;
  display_name: string | null;
  avatar_url: string | null;
}

/** Nobody under an id that is known to be gone, or hidden, is null. */
export const people = signal<Record<string, Person | null>>({});
const asked = new Set<string>();

export async function meetPeople(ids: string[]): Promise<void> {
  const unknown = [...new Set(ids)].filter((id) => !asked.has(id));
  if (unknown.length === 0) return;
  for (const id of unknown) asked.add(id);
  const { data } = await sahne.from("public_profiles").select("id,username,display_name,avatar_url").in("id", unknown);
  if (!data) {
    for (const id of unknown) asked.delete(id); // to be asked again with the next line
    return;
  }
  const found = new Map((data as Person[]).map((person) => [person.id, person]));
  people.value = { ...people.value, ...Object.fromEntries(unknown.map((id) => [id, found.get(id) ?? null])) };
}
