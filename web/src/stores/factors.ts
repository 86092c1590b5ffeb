// The second factors of who is signed in, and the codes that prove them.
import type { Factor } from "@supabase/supabase-js";
import { dataOf, sahne } from "../server/client";

export interface Factors {
  /** Authenticator apps and phones, the oldest first. */
  proven: Factor[];
  /** How many recovery codes are left; null when there are none. */
  codes: { total: number; remaining: number } | null;
}

/** A code that was sent to a phone, and what it answers. */
export interface Texted {
  factorId: string;
  challengeId: string;
}

/** An app that waits for its first code. */
export interface Begun {
  id: string;
  totp: { qr_code: string; secret: string };
}

export async function readFactors(): Promise<Factors> {
  const { totp, phone, recovery_code } = await dataOf<{ totp: Factor[]; phone: Factor[]; recovery_code: Factor[] }>(
    sahne.auth.mfa.listFactors(),
  );
  const codes = recovery_code.length
    ? await dataOf<{ total: number; remaining: number }>(sahne.auth.mfa.recoveryCodes.getStatus())
    : null;
  const proven = [...totp, ...phone].sort((one, other) => one.created_at.localeCompare(other.created_at));
  return { proven, codes };
}

/** Begin to set one up; what was begun before and never proven makes room. */
export async function begin(friendlyName: string): Promise<Begun> {
  await forgetUnproven();
  const issuer = location.hostname;
  return dataOf<Begun>(sahne.auth.mfa.enroll({ factorType: "totp", friendlyName, issuer }));
}

/** Begin with a phone, named by its number; a code is on its way to it. */
export async function beginByPhone(phone: string): Promise<Texted> {
  await forgetUnproven();
  const { id } = await dataOf<Factor>(sahne.auth.mfa.enroll({ factorType: "phone", friendlyName: phone, phone }));
  return text(id);
}

/** Send a code to a phone. */
export async function text(factorId: string): Promise<Texted> {
  const { id } = await dataOf<{ id: string }>(sahne.auth.mfa.challenge({ factorId, channel: "sms" }));
  return { factorId, challengeId: id };
}

export const proveTexted = (texted: Texted, code: string) =>
  dataOf(sahne.auth.mfa.verify({ ...texted, code: code.replace(/\s/g, "") }));

export const prove = (factorId: string, code: string) =>
  dataOf(sahne.auth.mfa.challengeAndVerify({ factorId, code: code.replace(/\s/g, "") }));

export const openBy = (code: string) => dataOf(sahne.auth.mfa.recoveryCodes.verify({ code }));

/** New codes, shown this once; those before are void. */
export async function makeCodes(anew: boolean): Promise<string[]> {
  const { recoveryCodes } = sahne.auth.mfa;
  return (await dataOf<{ codes: string[] }>(anew ? recoveryCodes.regenerate() : recoveryCodes.generate())).codes;
}

/** Remove one; with the last the recovery codes go, which never stand alone. */
export async function remove(factorId: string, { proven, codes }: Factors): Promise<void> {
  if (codes && proven.length === 1) await dataOf(sahne.auth.mfa.recoveryCodes.unenroll());
  await drop(factorId);
  await dataOf(sahne.auth.refreshSession()); // the session says of itself what it has proven
}

async function forgetUnproven(): Promise<void> {
  const { all } = await dataOf<{ all: Factor[] }>(sahne.auth.mfa.listFactors());
  for (const { id, status } of all) if (status === "unverified") await drop(id);
}

const drop = (factorId: string) => dataOf(sahne.auth.mfa.unenroll({ factorId }));
