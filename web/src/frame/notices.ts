// What the house tells one while the page is open: how much is unread, and what is said of sessions in passing, which leads there.

import { catchingUp } from "../server/catching-up";
import { dataOf, sahne } from "../server/client";
import { login } from "../stores/login";
import { pushedTo } from "../stores/pushed-to";
import { mark } from "../stores/reminders";
import { tell } from "../stores/toasts";
import { unread } from "../stores/unread";
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
const COUNT_MS = 300;
let counting: ReturnType<typeof setTimeout> | undefined;
const OVER = ["session_live", "session_called_off"];

/** Until what it answers is called. */
export function followNotices(userId: string): () => void {
  const missed = catchingUp(countSoon);
  const channel = sahne
    .channel(`notices:${userId}`, missed.options)
    .on("system", {}, missed.hear)
    .on(
      "postgres_changes",
      { event: "INSERT", schema: "public", table: "notifications", filter: `user_id=eq.${userId}` },
      (change) => {
        take(change.new as Notice);
        countSoon();
      },
    )
    .on(
      "postgres_changes",
      { event: "UPDATE", schema: "public", table: "notifications", filter: `user_id=eq.${userId}` },
      countSoon,
    )
    .subscribe();
  countSoon();
  if (pushedTo()) void import("../stores/push").then((file) => file.keepPush()).catch(() => {}); // until the next start
  return () => {
    if (pushedTo() && login.value?.user.id !== userId) void import("../stores/push").then((file) => file.forget());
    clearTimeout(counting);
    unread.value = 0;
    void sahne.removeChannel(channel);
  };
}

/** Many that come at once are counted once. Who had given the account up and came back hears at once that it stays. */
function countSoon(): void {
  clearTimeout(counting);
  counting = setTimeout(() => {
    const rows = sahne.from("notifications").select("id,code", { count: "exact" }).is("read_at", null);
    rows
      .order("created_at", { ascending: false })
      .limit(1)
      .then(({ count, data }) => {
        unread.value = count ?? unread.value;
        const newest = data?.[0];
        if (newest?.code !== "account_kept") return;
        tell(sayOfPeople("accountStays"));
        markSeen(newest.id);
      });
  }, COUNT_MS);
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
  markSeen(id);
}

function markSeen(id: string): void {
  const seen = sahne.from("notifications").update({ read_at: new Date().toISOString() }).eq("id", id);
  dataOf(seen).catch(() => {}); // it is told once in any case
}
