// One's faces: the real one, and shadows that nobody can tell are one's own.
import type { OwnProfile } from "../operations";
import { operation } from "../server/client";

export interface Looks {
  display_name: string | null;
  username: string | null;
}

export const readFaces = async (): Promise<OwnProfile[]> =>
  (await operation<"own_profiles">("GET", "account/profiles")).profiles;

export const addShadow = (looks: Looks) => operation<"add_shadow">("POST", "account/profiles", looks);

export const editShadow = (id: string, looks: Looks) =>
  operation<"edit_profile">("PATCH", `account/profiles/${id}`, looks);

export const dropShadow = (id: string) => operation<"delete_shadow">("DELETE", `account/profiles/${id}`);
