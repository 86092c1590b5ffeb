// Whom one follows, and by how many somebody is followed. What one does is shown at once and taken back when it is refused.
import { signal } from "@preact/signals";
import { dataOf, operation, sahne } from "../server/client";
import { login } from "./login";

export interface Standing {
  isFollowed: boolean;
  followers: number;
  /** Others have nothing that one could follow. */
  isCreator: boolean;
}

interface Face {
  id: string;
  is_creator: boolean;
  follower_count: number;
}

/** By profile; who is not there is not known yet. */
export const standings = signal<Record<string, Standing>>({});

/** As it is now; what was known is shown meanwhile. */
export async function readStandings(ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  const faces = await dataOf<Face[]>(
    sahne.from("public_profiles").select("id,is_creator,follower_count").in("id", ids),
  );
  await keepStandings(faces);
}

/** Of faces that an answer brought along. */
export async function keepStandings(faces: Face[]): Promise<void> {
  const followed = await followedOf(faces.map((face) => face.id));
  const known = faces.map((face) => [face.id, standingOf(face, followed.has(face.id))]);
  standings.value = { ...standings.value, ...Object.fromEntries(known) };
}

export async function turnFollow(id: string, wanted: boolean): Promise<void> {
  const before = standings.value[id]!;
  keep(id, { ...before, isFollowed: wanted, followers: Math.max(0, before.followers + (wanted ? 1 : -1)) });
  try {
    const { profile, is_following } = wanted
      ? await operation<"follow_profile">("POST", `profiles/${id}/follow`)
      : await operation<"unfollow_profile">("POST", `profiles/${id}/unfollow`);
    keep(id, standingOf(profile, is_following));
  } catch (error) {
    keep(id, before);
    throw error;
  }
}

async function followedOf(ids: string[]): Promise<ReadonlySet<string>> {
  const rows = await dataOf<{ followed_profile_id: string }[]>(
    sahne
      .from("follows")
      .select("followed_profile_id")
      .eq("follower_id", login.value!.user.id)
      .in("followed_profile_id", ids),
  );
  return new Set(rows.map((row) => row.followed_profile_id));
}

function standingOf({ is_creator, follower_count }: Face, isFollowed: boolean): Standing {
  return { isFollowed, followers: follower_count, isCreator: is_creator };
}

function keep(id: string, standing: Standing): void {
  standings.value = { ...standings.value, [id]: standing };
}
