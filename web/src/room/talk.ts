// A room's chat, live: the last lines, what is said from now on, the one that is pinned, and saying something oneself.
import { useEffect, useState } from "preact/hooks";
import { catchingUp } from "../server/catching-up";
import { dataOf, sahne } from "../server/client";
import { suspect } from "../server/connection";
import { arrived, gone, heard, type Line, type Row, refused, said } from "../stores/chat";
import { login } from "../stores/login";
import { meetPeople } from "../stores/people";

const COLUMNS =
  "id,seq,message_type,content,gift_id,gift_quantity,gift_coin_value,gift_combo_id,gift_combo_count,sender_profile_id," +
  "sender_tier,is_pinned,is_deleted,details";
const READ_MAX = 200;
const SECONDS_IN_A_HINT = /(\d+) s\b/;

export interface Talk {
  lines: Line[];
  /** The last one that the host or a moderator pinned. */
  pinned: Row | null;
  unread: unknown;
  say: (content: string) => void;
  sayAgain: (line: Extract<Line, { kind: "own" }>) => void;
  takeBack: (key: string) => void;
  /** Why the last line was not taken; a chat that is too fast says in how many seconds it takes the next. */
  refusal: { error: unknown; seconds: number | null } | null;
}

/** `onGift` is told of gifts that come while we are here. */
export function useTalk(sessionId: string, cameLast: string | null, onGift: (row: Row) => void): Talk {
  const [lines, setLines] = useState<Line[]>([]);
  const [pinned, setPinned] = useState<Row | null>(null);
  const [unread, setUnread] = useState<unknown>(null);
  const [refusal, setRefusal] = useState<Talk["refusal"]>(null);
  const me = login.value!.user.id;

  useEffect(() => {
    const take = (rows: Row[]) => {
      setLines((before) => heard(before, rows, me));
      void meetPeople(rows.map(aboutWhom));
    };
    const drop = (id: string) => {
      setLines((before) => gone(before, id));
      setPinned((before) => (before?.id === id ? null : before));
    };
    const read = async () => {
      take(await listLines(sessionId));
      setPinned(await pinnedLine(sessionId));
      setUnread(null);
    };
    const missed = catchingUp(() => read().catch(setUnread));
    const table = { schema: "public", table: "live_messages" };
    const here = { ...table, filter: `session_id=eq.${sessionId}` };
    const channel = sahne
      .channel(`chat:${sessionId}`, missed.options)
      .on("system", {}, missed.hear)
      .on("postgres_changes", { ...here, event: "INSERT" }, (change) => {
        const row = change.new as Row;
        take([row]);
        if (row.message_type === "gift") onGift(row);
        if (row.is_pinned) setPinned(row);
      })
      .on("postgres_changes", { ...here, event: "UPDATE" }, (change) => {
        const row = change.new as Row;
        if (row.is_deleted) return drop(row.id);
        take([row]);
        setPinned((before) => (row.is_pinned ? row : before?.id === row.id ? null : before));
      })
      .on("postgres_changes", { ...table, event: "DELETE" }, (change) => drop((change.old as Row).id))
      .subscribe((status) => {
        if (status === "SUBSCRIBED" && missed.isNew()) read().catch(setUnread);
        if (status === "CHANNEL_ERROR") void suspect();
      });
    return () => void sahne.removeChannel(channel);
  }, [sessionId]);

  useEffect(() => {
    if (!cameLast) return;
    setLines((before) => arrived(before, cameLast));
    void meetPeople([cameLast]);
  }, [cameLast]);

  async function say(content: string) {
    const key = crypto.randomUUID();
    setLines((before) => said(before, key, content));
    setRefusal(null);
    try {
      const row = { session_id: sessionId, sender_id: me, sender_profile_id: me, content };
      const kept = await dataOf<Row>(sahne.from("live_messages").insert(row).select(COLUMNS).single());
      setLines((before) => gone(heard(before, [kept], me), key));
    } catch (error) {
      setLines((before) => refused(before, key));
      setRefusal({ error, seconds: secondsIn(error) });
    }
  }

  function sayAgain({ key, content }: Extract<Line, { kind: "own" }>) {
    takeBack(key);
    void say(content);
  }

  function takeBack(key: string) {
    setLines((before) => gone(before, key));
    setRefusal(null);
  }

  return { lines, pinned, unread, say: (content) => void say(content), sayAgain, takeBack, refusal };
}

/** Whose name a line needs: a system line's is of whom it tells. */
function aboutWhom(row: Row): string {
  return String(row.details?.profile_id ?? row.sender_profile_id);
}

function listLines(sessionId: string): Promise<Row[]> {
  return dataOf(
    sahne
      .from("live_messages")
      .select(COLUMNS)
      .eq("session_id", sessionId)
      .order("seq", { ascending: false })
      .limit(READ_MAX),
  );
}

function pinnedLine(sessionId: string): Promise<Row | null> {
  return dataOf(
    sahne
      .from("live_messages")
      .select(COLUMNS)
      .eq("session_id", sessionId)
      .is("is_pinned", true)
      .is("is_deleted", false)
      .order("seq", { ascending: false })
      .limit(1)
      .maybeSingle(),
  );
}

function secondsIn(error: unknown): number | null {
  const hint = String((error as { hint?: unknown }).hint ?? "");
  return Number(SECONDS_IN_A_HINT.exec(hint)?.[1] ?? 0) || null;
}
