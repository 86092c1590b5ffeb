// The statement: what happened to one's coins, and for each line what it was, as far as one may see it.
import type { StatementLine } from "../operations";
import { dataOf, operation, sahne } from "../server/client";
import { login } from "./login";
import { meetPeople } from "./people";

export interface Line extends StatementLine {
  /** Null where it says no more than its kind. */
  what: What | null;
}

export interface What {
  gift?: { name: string; icon_url: string | null };
  quantity?: number;
  /** A tier's, or a session's title. */
  title?: string | null;
  /** The profile on the other side. */
  with?: string | null;
  seconds?: number | null;
}

export const LINES_MAX = 50;

/** Newest first; those before an entry when it is given. */
export async function readStatement(before?: number): Promise<Line[]> {
  const page = before === undefined ? "" : `&before=${before}`;
  const { transactions } = await operation<"read_statement">("GET", `coins/transactions?limit=${LINES_MAX}${page}`);
  const known = new Map<string, What>();
  await Promise.all([
    readGifts(of("live_gift", transactions), known),
    readSubscriptions(of("creator_subscription", transactions), known),
    readCalls(of("call", transactions), known),
  ]);
  await meetPeople([...known.values()].flatMap((what) => what.with ?? []));
  return transactions.map((line) => ({ ...line, what: known.get(line.reference_id ?? "") ?? null }));
}

function of(type: string, lines: StatementLine[]): string[] {
  return [...new Set(lines.flatMap((line) => (line.reference_type === type && line.reference_id) || []))];
}

interface GiftRow {
  id: string;
  quantity: number;
  receiver_id: string | null;
  sender_profile_id: string | null;
  gift: { name: string; icon_url: string | null } | null;
  session: { title: string | null } | null;
}

async function readGifts(ids: string[], known: Map<string, What>): Promise<void> {
  if (ids.length === 0) return;
  const columns =
    "id,quantity,receiver_id,sender_profile_id,gift:gifts(name,icon_url),session:live_sessions(title)" as const;
  for (const row of await dataOf<GiftRow[]>(sahne.from("live_gifts").select(columns).in("id", ids))) {
    const mine = row.receiver_id === login.value?.user.id;
    known.set(row.id, {
      ...(row.gift ? { gift: row.gift } : {}),
      quantity: row.quantity,
      title: row.session?.title ?? null,
      with: mine ? row.sender_profile_id : row.receiver_id,
    });
  }
}

interface SubscriptionRow {
  id: string;
  creator_id: string;
  tier: { name: string } | null;
}

async function readSubscriptions(ids: string[], known: Map<string, What>): Promise<void> {
  if (ids.length === 0) return;
  const asked = sahne
    .from("creator_subscriptions")
    .select("id,creator_id,tier:subscription_tiers!tier_id(name)")
    .in("id", ids);
  for (const row of await dataOf<SubscriptionRow[]>(asked)) {
    const mine = row.creator_id === login.value?.user.id;
    known.set(row.id, { title: row.tier?.name ?? null, with: mine ? null : row.creator_id });
  }
}

interface CallRow {
  id: string;
  caller_id: string | null;
  callee_id: string | null;
  duration_seconds: number | null;
}

async function readCalls(ids: string[], known: Map<string, What>): Promise<void> {
  if (ids.length === 0) return;
  const asked = sahne.from("calls").select("id,caller_id,callee_id,duration_seconds").in("id", ids);
  for (const row of await dataOf<CallRow[]>(asked)) {
    const mine = row.caller_id === login.value?.user.id;
    known.set(row.id, { seconds: row.duration_seconds, with: mine ? row.callee_id : row.caller_id });
  }
}
