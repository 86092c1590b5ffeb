// Whom this person has blocked: their lines are left out here, since nobody else is to pay for that.
import { signal } from "@preact/signals";
import { operation } from "../server/client";
import { login } from "./login";

export const blocked = signal<ReadonlySet<string>>(new Set());
let readFor: string | undefined;

/** Once for whoever is signed in; asked again where it failed. */
export async function readBlocks(): Promise<void> {
  const me = login.value?.user.id;
  if (!me || readFor === me) return;
  readFor = me;
  try {
    const { blocks } = await operation<"own_blocks">("GET", "profiles/blocked");
    blocked.value = new Set(blocks.map((block) => block.blocked_profile_id));
  } catch {
    readFor = undefined;
  }
}

export async function block(profileId: string): Promise<void> {
  await operation<"block_profile">("POST", `profiles/${profileId}/block`);
  blocked.value = new Set([...blocked.value, profileId]);
}

export async function unblock(profileId: string): Promise<void> {
  await operation<"unblock_profile">("POST", `profiles/${profileId}/unblock`);
  blocked.value = new Set([...blocked.value].filter((id) => id !== profileId));
}
