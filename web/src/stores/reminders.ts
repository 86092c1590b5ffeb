// Which sessions one is reminded of: shown at once, taken back when it is refused.
import { signal } from "@preact/signals";
import { dataOf, operation, sahne } from "../server/client";
import { login } from "./login";

const REMINDERS_MAX = 500; // as many as one can have

export const reminded = signal<ReadonlySet<string>>(new Set());
let readFor: string | undefined;

/** Once for whoever is signed in; asked again where it failed. */
export async function readReminders(): Promise<void> {
  const me = login.value?.user.id;
  if (!me || readFor === me) return;
  readFor = me;
  try {
    const asked = sahne.from("session_reminders").select("session_id").limit(REMINDERS_MAX);
    reminded.value = new Set((await dataOf<{ session_id: string }[]>(asked)).map((row) => row.session_id));
  } catch {
    readFor = undefined;
  }
}

export async function turnReminder(sessionId: string, wanted: boolean): Promise<void> {
  mark(sessionId, wanted);
  const path = `live/sessions/${sessionId}/reminder` as const;
  try {
    if (wanted) await operation<"remind_of_session">("POST", path);
    else await operation<"forget_reminder">("DELETE", path);
  } catch (error) {
    mark(sessionId, !wanted);
    throw error;
  }
}

/** What the server has told us is set, or over. */
export function mark(sessionId: string, isSet: boolean): void {
  const others = [...reminded.value].filter((id) => id !== sessionId);
  reminded.value = new Set(isSet ? [...others, sessionId] : others);
}
