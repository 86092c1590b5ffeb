// What is said of texts that people agree to, apart from the other words.
import { sayer } from ".";

const english = {
  consents: "What you agree to",
  consentsMean: "Each answer is kept with its day. You can take it back here.",
  version: "Version {version}",
  agreed: "You agreed: {day}",
  isNewer: "Changed since you agreed",
  consent_outdated: "The text changed just now. Look at the one of today.",
  isNeeded: "Needed to use everything here",
  isFree: "Up to you",
  terms: "Terms of use",
  privacy: "Privacy notice",
  newsletter: "Newsletter",
  marketing: "News and offers",
  analytics: "Counting how the app is used",
};

const turkish: typeof english = {
  consents: "Onayların",
  consentsMean: "Her yanıt günüyle saklanır. Buradan geri alabilirsin.",
  version: "Sürüm {version}",
  agreed: "Onayladın: {day}",
  isNewer: "Onayından sonra değişti",
  consent_outdated: "Metin az önce değişti. Bugünküne bak.",
  isNeeded: "Her şeyi kullanmak için gerekli",
  isFree: "Sana kalmış",
  terms: "Kullanım koşulları",
  privacy: "Gizlilik bildirimi",
  newsletter: "Bülten",
  marketing: "Haberler ve teklifler",
  analytics: "Uygulama kullanımının sayılması",
};

const KINDS = ["terms", "privacy", "newsletter", "marketing", "analytics"] as const;

export const hasKind = (kind: string): kind is (typeof KINDS)[number] => (KINDS as readonly string[]).includes(kind);
export const sayOfConsents = sayer({ en: english, tr: turkish });

/** A refusal as this screen says it; others stay as they are. */
export function consentWords(error: unknown): unknown {
  const { code } = (error ?? {}) as { code?: string };
  return code === "consent_outdated" ? { message: sayOfConsents(code) } : error;
}
