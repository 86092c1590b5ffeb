// Passkeys: coming in with one, and those of who is signed in.
import type { PasskeyListItem } from "@supabase/supabase-js";
import { dataOf, sahne } from "../server/client";

export type Passkey = PasskeyListItem;

export const comeIn = () => dataOf(sahne.auth.signInWithPasskey());

export const readPasskeys = () => dataOf<Passkey[]>(sahne.auth.passkey.list());

/** The device asks for a finger, a face or its PIN. */
export const add = () => dataOf(sahne.auth.registerPasskey());

export const rename = ({ id }: Passkey, friendlyName: string) =>
  dataOf(sahne.auth.passkey.update({ passkeyId: id, friendlyName }));

export const remove = ({ id }: Passkey) => dataOf(sahne.auth.passkey.delete({ passkeyId: id }));
