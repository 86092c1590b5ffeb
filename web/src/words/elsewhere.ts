// What is said of signing in with other providers, apart from the other words: where there are none it is never loaded.
import { sayer } from ".";

const english = {
  or: "or",
  goOn: "Continue with {name}",
  ways: "Ways to sign in",
  waysMean: "Each of these opens your account.",
  byPassword: "E-mail and password",
  add: "Add {name}",
  remove: "Remove {name}",
  removeAsked: "Remove {name}?",
  removeMeans: "You can no longer sign in with it.",
  removeYes: "Remove",
  removed: "Removed.",
};

const turkish: typeof english = {
  or: "ya da",
  goOn: "{name} ile devam et",
  ways: "Giriş yolları",
  waysMean: "Bunların her biri hesabını açar.",
  byPassword: "E-posta ve parola",
  add: "{name} ekle",
  remove: "{name} kaldır",
  removeAsked: "{name} kaldırılsın mı?",
  removeMeans: "Artık onunla giriş yapamazsın.",
  removeYes: "Kaldır",
  removed: "Kaldırıldı.",
};

export const sayOfElsewhere = sayer({ en: english, tr: turkish });

const NAMES: Record<string, string> = {
  apple: "Apple",
  google: "Google",
  github: "GitHub",
  facebook: "Facebook",
  discord: "Discord",
};

/** A provider's name as people know it; one of the installation's own is called as the settings call it. */
export function nameOf(provider: string): string {
  if (provider === "email") return sayOfElsewhere("byPassword");
  const own = provider.replace(/^custom:/, "");
  return NAMES[provider] ?? own.charAt(0).toUpperCase() + own.slice(1);
}
