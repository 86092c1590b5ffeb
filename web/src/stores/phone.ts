// Coming in with a phone number.
import { dataOf, Refused, sahne } from "../server/client";

// With the country, as the server reads it
const NUMBER = /^\+[1-9]\d{7,14}$/;

/** What was typed, as the server reads it. */
export function numberOf(typed: string): string {
  const phone = typed.replace(/[\s().-]/g, "").replace(/^00/, "+");
  if (!NUMBER.test(phone)) throw Refused.by("phone_wrong");
  return phone;
}

/** A code is on its way to the number, as it was understood. */
export async function askForCode(typed: string): Promise<string> {
  const phone = numberOf(typed);
  await dataOf(sahne.auth.signInWithOtp({ phone }));
  return phone;
}

export const comeInBy = (phone: string, code: string) =>
  dataOf(sahne.auth.verifyOtp({ phone, token: code.replace(/\s/g, ""), type: "sms" }));
