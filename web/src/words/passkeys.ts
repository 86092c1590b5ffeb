// What is said of passkeys, apart from the other words: where there are none it is never loaded.
import { sayer } from ".";

const english = {
  comeIn: "Sign in with a passkey",
  passkeys: "Passkeys",
  mean: "Sign in with your finger, your face or your device's PIN, without a password.",
  add: "Add a passkey",
  another: "Add another passkey",
  added: "The passkey was added.",
  since: "Added: {day}",
  used: "Last used: {day}",
  rename: "Rename {name}",
  name: "Name of the passkey",
  save: "Save",
  remove: "Remove {name}",
  removeAsked: "Remove {name}?",
  removeMeans: "It opens your account no more. Remove it from your device too, where passwords are kept.",
  removeYes: "Remove",
  removed: "Removed.",
  nothingDone: "Nothing was chosen, or it took too long. Try again.",
  here: "This device has a passkey of yours already.",
  tooMany: "You have ten passkeys. Remove one first.",
  notGood: "This passkey does not open an account here. Sign in as you did before.",
  tooLate: "That took too long. Try again.",
  notHere: "Your browser has no passkeys for this address.",
};

const turkish: typeof english = {
  comeIn: "Geçiş anahtarıyla giriş yap",
  passkeys: "Geçiş anahtarları",
  mean: "Parola olmadan; parmağınla, yüzünle ya da cihazının PIN'iyle giriş yap.",
  add: "Geçiş anahtarı ekle",
  another: "Bir tane daha ekle",
  added: "Geçiş anahtarı eklendi.",
  since: "Eklendi: {day}",
  used: "Son kullanım: {day}",
  rename: "Yeniden adlandır: {name}",
  name: "Geçiş anahtarının adı",
  save: "Kaydet",
  remove: "{name} kaldır",
  removeAsked: "{name} kaldırılsın mı?",
  removeMeans: "Hesabını artık açmaz. Cihazında parolaların saklandığı yerden de kaldır.",
  removeYes: "Kaldır",
  removed: "Kaldırıldı.",
  nothingDone: "Bir şey seçilmedi ya da çok uzun sürdü. Yeniden dene.",
  here: "Bu cihazda zaten bir geçiş anahtarın var.",
  tooMany: "On geçiş anahtarın var. Önce birini kaldır.",
  notGood: "Bu geçiş anahtarı burada bir hesap açmıyor. Eskisi gibi giriş yap.",
  tooLate: "Çok uzun sürdü. Yeniden dene.",
  notHere: "Tarayıcında bu adres için geçiş anahtarı olmaz.",
};

export const sayOfPasskeys = sayer({ en: english, tr: turkish });

const SENTENCES: Record<string, keyof typeof english> = {
  ERROR_CEREMONY_ABORTED: "nothingDone",
  ERROR_PASSTHROUGH_SEE_CAUSE_PROPERTY: "nothingDone",
  ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED: "here",
  ERROR_INVALID_DOMAIN: "notHere",
  ERROR_INVALID_RP_ID: "notHere",
  webauthn_credential_exists: "here",
  webauthn_verification_failed: "notGood",
  webauthn_challenge_expired: "tooLate",
  webauthn_challenge_not_found: "tooLate",
  too_many_passkeys: "tooMany",
};

/** A failure whose sentence is one of these; the others are said as they are everywhere. */
export function inOurWords(error: unknown): unknown {
  const word = SENTENCES[(error as { code?: string } | null)?.code ?? ""];
  return word ? { message: sayOfPasskeys(word) } : error;
}
