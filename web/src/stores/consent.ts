// Whether photos of oneself may be kept: the server says whether somebody has to be asked, and keeps what they said.
import type { Operations } from "../operations";
import { operation } from "../server/client";
import { language } from "../words";

type Consent = Operations["read_consent"]["answer"]["consent"];

export async function readConsent(): Promise<Consent> {
  return (await operation<"read_consent">("GET", "studio/consent")).consent;
}

/** The version of the text that has to be agreed to before a photo is kept; null where nothing has. */
export async function textToAgreeTo(): Promise<string | null> {
  const consent = await readConsent();
  return consent.is_needed ? consent.text_version : null;
}

export async function agreeTo(text: string): Promise<void> {
  await operation<"give_consent">("POST", "studio/consent", { text_version: text, locale: language.value });
}

export async function takeConsentBack(): Promise<void> {
  await operation<"withdraw_consent">("DELETE", "studio/consent");
}
