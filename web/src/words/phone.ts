// What is said of coming in with a phone number, apart from the other words: where nobody may, it is never loaded.
import { sayer } from ".";

const english = {
  goOn: "Continue with a phone number",
  title: "Your number",
  means: "We send you a code. Who is new has an account with it.",
  number: "Phone number",
  numberMeans: "With the country: +90 5…",
  send: "Send the code",
  codeTitle: "Look at your phone",
  codeMeans: "A code is on its way to {phone}.",
  codeAgain: "Another code is on its way to {phone}; the one before is void.",
  code: "Code",
  enter: "Come in",
  again: "Send it again",
  other: "Another number",
  phone_wrong: "That is no phone number with its country, such as +90 532 123 45 67.",
  notServed: "Nothing can be sent to this number.",
  over_sms_send_rate_limit: "A code was sent a moment ago. Wait a little before you ask for another.",
  otp_expired: "That code is not right, or is too old. Ask for another.",
  phone_provider_disabled: "Nobody comes in with a number here any more.",
  signup_disabled: "New accounts are not made here just now.",
};

export type PhoneWord = keyof typeof english;

const turkish: typeof english = {
  goOn: "Telefon numarasıyla devam et",
  title: "Numaran",
  means: "Sana bir kod göndeririz. Yeni gelenin hesabı da böylece açılır.",
  number: "Telefon numarası",
  numberMeans: "Ülkesiyle: +90 5…",
  send: "Kodu gönder",
  codeTitle: "Telefonuna bak",
  codeMeans: "{phone} numarasına bir kod yolda.",
  codeAgain: "{phone} numarasına başka bir kod yolda; öncekinin hükmü kalmadı.",
  code: "Kod",
  enter: "Gir",
  again: "Yeniden gönder",
  other: "Başka numara",
  phone_wrong: "Bu, ülkesiyle bir telefon numarası değil. Örnek: +90 532 123 45 67.",
  notServed: "Bu numaraya bir şey gönderilemiyor.",
  over_sms_send_rate_limit: "Az önce bir kod gönderildi. Yenisini istemeden biraz bekle.",
  otp_expired: "Kod yanlış ya da çok eski. Yenisini iste.",
  phone_provider_disabled: "Burada artık numarayla girilmiyor.",
  signup_disabled: "Şu anda burada yeni hesap açılmıyor.",
};

export const sayOfPhone = sayer({ en: english, tr: turkish });

/** A refusal as the door says it; others stay as they are. */
export function phoneWords(error: unknown): unknown {
  const { code } = (error ?? {}) as { code?: string };
  if (code === "validation_failed") return { message: sayOfPhone("notServed") };
  return code && code in english ? { message: sayOfPhone(code as PhoneWord) } : error;
}
