// One's own account: the copy of it, where one is signed in, becoming a creator, and its end.
import type { AskedConsent, Export, OwnCreator, SignedIn } from "../operations";
import { dataOf, operation, Refused, sahne } from "../server/client";
import { language } from "../words";
import { login } from "./login";

export const readCopy = async (): Promise<Export | null> =>
  (await operation<"own_export">("GET", "account/export")).export;

export const askCopy = async (): Promise<Export | null> =>
  (await operation<"ask_export">("POST", "account/export")).export;

export const readSignedIn = async (): Promise<SignedIn[]> =>
  (await operation<"own_auth_sessions">("GET", "account/sessions")).sessions;

export const signOutThere = async (id: string): Promise<SignedIn[]> =>
  (await operation<"end_auth_session">("DELETE", `account/sessions/${id}`)).sessions;

export const readCreator = async (): Promise<OwnCreator> =>
  (await operation<"own_creator">("GET", "account/creator")).creator;

export const askToCreate = async (message: string | null): Promise<OwnCreator> =>
  (await operation<"ask_to_create">("POST", "account/creator", { message })).creator;

export const readConsents = async (): Promise<AskedConsent[]> =>
  (await operation<"own_consents">("GET", "account/consents")).consents;

export async function sayConsent({ kind, version }: AskedConsent, is_given: boolean): Promise<AskedConsent[]> {
  const said = { kind, version, locale: language.value, is_given };
  return (await operation<"say_consent">("POST", "account/consents", said)).consents;
}

/** Give the account up; where the sign-in is too old, with a new one by password. The day on which it is erased. */
export async function giveUp(password: string): Promise<string> {
  const email = login.value?.user.email;
  if (email && password) await dataOf(sahne.auth.signInWithPassword({ email, password }));
  const { deletion } = await operation<"ask_deletion">("DELETE", "account");
  await sahne.auth.signOut({ scope: "local" });
  return deletion!.due_at;
}

/** Whether it is the age of the sign-in alone that stands in the way. */
export const wantsSignIn = (failure: unknown) =>
  failure instanceof Refused && ["reauthentication_needed", "insufficient_aal"].includes(failure.code);

const UNITS = ["B", "kB", "MB", "GB"];

/** Bytes as a person reads them: 1.4 MB. */
export function sizeOf(bytes: number): string {
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  return `${(bytes / 1000 ** step).toFixed(step ? 1 : 0)} ${UNITS[step]}`;
}

/** A browser and a system out of what a session was opened with, as far as anybody can tell. */
export function deviceOf(agent: string | null): string | undefined {
  const first = (names: string[]) => names.find((name) => agent?.includes(name));
  const browser = first(["Firefox", "Edg", "OPR", "Chrome", "Safari"]);
  const system = first(["iPhone", "iPad", "Android", "Windows", "Mac OS", "Linux"]);
  return [browser?.replace("Edg", "Edge").replace("OPR", "Opera"), system].filter(Boolean).join(" · ") || undefined;
}
