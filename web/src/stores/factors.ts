// The second factors of who is signed in, and the codes that prove them.
import type { Factor } from "@supabase/supabase-js";
import { dataOf, sahne } from "../server/client";

export interface Factors {
  apps: Factor[];
  /** How many recovery codes are left; null when there are none. */
  codes: { total: number; remaining: number } | null;
}

/** An app that waits for its first code. */
export interface Begun {
  id: string;
  totp: { qr_code: string; secret: string };
}

export async function readFactors(): Promise<Factors> {
  const { totp, recovery_code } = await dataOf<{ totp: Factor[]; recovery_code: Factor[] }>(
    sahne.auth.mfa.listFactors(),
  );
  const codes = recovery_code.length
    ? await dataOf<{ total: number; remaining: number }>(sahne.auth.mfa.recoveryCodes.getStatus())
    : null;
  return { apps: totp, codes };
}

/** Begin to set one up; what was begun before and never proven makes room. */
export async function begin(friendlyName: string): Promise<Begun> {
  const { all } = await dataOf<{ all: Factor[] }>(sahne.auth.mfa.listFactors());
  for (const { id, status } of all) if (status === "unverified") await drop(id);
  const issuer = location.hostname;
  return dataOf<Begun>(sahne.auth.mfa.enroll({ factorType: "totp", friendlyName, issuer }));
}

export const prove = (factorId: string, code: string) =>
  dataOf(sahne.auth.mfa.challengeAndVerify({ factorId, code: code.replace(/\s/g, "") }));

export const openBy = (code: string) => dataOf(sahne.auth.mfa.recoveryCodes.verify({ code }));

/** New codes, shown this once; those before are void. */
export async function makeCodes(anew: boolean): Promise<string[]> {
  const { recoveryCodes } = sahne.auth.mfa;
  return (await dataOf<{ codes: string[] }>(anew ? recoveryCodes.regenerate() : recoveryCodes.generate())).codes;
}

/** Remove an app; with the last one the recovery codes go, which never stand alone. */
export async function remove(factorId: string, { apps, codes }: Factors): Promise<void> {
  if (codes && apps.length === 1) await dataOf(sahne.auth.mfa.recoveryCodes.unenroll());
  await drop(factorId);
  await dataOf(sahne.auth.refreshSession()); // the session says of itself what it has proven
}

const drop = (factorId: string) => dataOf(sahne.auth.mfa.unenroll({ factorId }));
