// What the house tells one while the page is open: of sessions that one is reminded of. It is said in passing, and leads there.

import { dataOf, sahne } from "../server/client";
import { mark } from "../stores/reminders";
import { tell } from "../stores/toasts";
import { when } from "../words";
import { sayOfPeople } from "../words/people";
import { place } from "./place";

interface Notice {
  id: string;
  code: string;
  details: { session_id?: string; title?: string | null; scheduled_at?: string | null };
}

const SENTENCES = {
  session_tomorrow: "startsTomorrow",
  session_soon: "startsSoon",
  session_live: "startsNow",
  session_moved: "isMoved",
  session_called_off: "isCalledOff",
} as const;
const OVER = ["session_live", "session_called_off"];

/** Until what it answers is called. */
export function followNotices(userId: string): () => void {
  const channel = sahne
    .channel(`notices:${userId}`)
    .on(
      "postgres_changes",
      { event: "INSERT", schema: "public", table: "notifications", filter: `user_id=eq.${userId}` },
      (change) => take(change.new as Notice),
    )
    .subscribe();
  return () => void sahne.removeChannel(channel);
}

/** What this page has no words for is left for a later one. */
function take({ id, code, details }: Notice): void {
  const word = SENTENCES[code as keyof typeof SENTENCES];
  const session = details.session_id;
  if (!word || !session) return;
  if (OVER.includes(code)) mark(session, false);
  if (place.value[0] === "session" && place.value[1] === session) return; // they see it themselves
  const values = {
    title: details.title ?? sayOfPeople("aSession"),
    when: details.scheduled_at ? when(details.scheduled_at) : "",
  };
  tell(sayOfPeople(word, values), { name: sayOfPeople("goThere"), to: `/session/${session}` });
  const seen = sahne.from("notifications").update({ read_at: new Date().toISOString() }).eq("id", id);
  dataOf(seen).catch(() => {}); // it is told once in any case
}
