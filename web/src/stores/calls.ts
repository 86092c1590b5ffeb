// The calls of who is signed in: the one that rings here or that this window is in, and the last ones there were.
import { computed, signal } from "@preact/signals";
import type { CallOfTwo } from "../operations";
import { dataOf, operation, sahne } from "../server/client";
import { login } from "./login";
import { meetPeople } from "./people";

export type CallKind = CallOfTwo["call_type"];

const RECENT_MAX = 50;
const MINUTE_MS = 60_000;
const ALIVE: readonly string[] = ["initiated", "ringing", "accepted"];
const HERE = "call"; // what this window is in, so that a reload goes back to it
const SEEN = "calls-seen";

/** What rings here, what this window called or answered, or how that ended; null when there is none. */
export const call = signal<CallOfTwo | null>(null);
/** Newest first; undefined until they are known. */
export const recent = signal<CallOfTwo[] | undefined>(undefined);
/** A call that waits for a yes to its price; null when there is none. */
export const callWish = signal<CallWish | null>(null);
const seenAt = signal(Number(localStorage.getItem(SEEN) ?? 0));

/** How many were missed since the list was last looked at. */
export const missed = computed(
  () =>
    recent.value?.filter((each) => isMissed(each) && Date.parse(each.initiated_at ?? "") > seenAt.value).length ?? 0,
);

export const isAlive = (row: CallOfTwo) => ALIVE.includes(row.status);
export const isIncoming = (row: CallOfTwo) => row.callee_id === login.value?.user.id;
export const isMissed = (row: CallOfTwo) => isIncoming(row) && (row.status === "missed" || row.status === "busy");
/** The other one; a user's own profile has their id. */
export const otherOf = (row: CallOfTwo) => (isIncoming(row) ? row.caller_id : row.callee_id);
/** Minutes are paid as they begin: what a call has cost by now, and what it will at least. */
export const costOf = (row: CallOfTwo, now: number) =>
  (row.coin_per_minute ?? 0) * (Math.floor(Math.max(0, now - Date.parse(row.answered_at ?? "")) / MINUTE_MS) + 1);
export const isHere = (row: CallOfTwo) => sessionStorage.getItem(HERE) === row.id;

/** Hear of every call of one's own, until what it answers is called. */
export function followCalls(userId: string): () => void {
  const table = { schema: "public", table: "calls" };
  const heard = ({ new: row }: { new: object }) => {
    take(row as CallOfTwo);
    enlist(row as CallOfTwo);
  };
  const channel = sahne
    .channel(`calls:${userId}`)
    .on("postgres_changes", { ...table, event: "*", filter: `callee_id=eq.${userId}` }, heard)
    .on("postgres_changes", { ...table, event: "UPDATE", filter: `caller_id=eq.${userId}` }, heard)
    .subscribe((status) => {
      if (status === "SUBSCRIBED") void readCalls().catch(() => {}); // also after a reconnect: what came meanwhile
    });
  return () => {
    call.value = null;
    callWish.value = null;
    recent.value = undefined;
    void sahne.removeChannel(channel);
  };
}

async function readCalls(): Promise<void> {
  const rows = await dataOf<CallOfTwo[]>(
    sahne.from("calls").select("*").order("initiated_at", { ascending: false }).limit(RECENT_MAX),
  );
  recent.value = rows;
  const held = rows.find((row) => row.id === call.value?.id);
  if (held) take(held);
  for (const row of rows.filter(isAlive)) take(row);
}

/** What a call has become, if it is any business of this window. */
function take(row: CallOfTwo): void {
  const held = call.value;
  if (held?.id === row.id) {
    const answeredElsewhere = isIncoming(row) && !isHere(row) && (row.status === "accepted" || !isAlive(row));
    call.value = answeredElsewhere ? null : row;
  } else if (
    isAlive(row) &&
    (!held || !isAlive(held)) &&
    (isHere(row) || (isIncoming(row) && row.status !== "accepted"))
  ) {
    call.value = row;
    if (isIncoming(row) && row.status === "initiated") void tellItRings(row);
  }
}

function enlist(row: CallOfTwo): void {
  if (!recent.value) return;
  const others = recent.value.filter((each) => each.id !== row.id);
  recent.value = [row, ...others].sort(byTime).slice(0, RECENT_MAX);
  void meetPeople([row.caller_id, row.callee_id].filter((id) => id !== null));
}

function byTime(a: CallOfTwo, b: CallOfTwo): number {
  return (b.initiated_at ?? "").localeCompare(a.initiated_at ?? "");
}

/** The caller sees that it rings; that they do not is no reason not to ring. */
async function tellItRings(row: CallOfTwo): Promise<void> {
  await operation<"ring">("POST", `calls/${row.id}/ringing`).catch(() => {});
}

/** A call that costs something, before it is said yes to. */
export interface CallWish {
  personId: string;
  kind: CallKind;
  coinPerMinute: number;
}

/** Call somebody: at once where that is free, else when their price was said yes to. */
export async function ringUp(personId: string, kind: CallKind): Promise<void> {
  const { call_prices: prices } = await operation<"call_prices_of">("GET", `calls/prices/${personId}`);
  const price = kind === "audio_call" ? prices.audio_coin_per_minute : prices.video_coin_per_minute;
  const asked = { personId, kind, coinPerMinute: price ?? 0 }; // who takes none of this kind is refused by the server
  if (price) callWish.value = asked;
  else await placeCall(asked);
}

/** At the price that was shown; refused when one is in a call already. */
export async function placeCall({ personId, kind, coinPerMinute }: CallWish): Promise<void> {
  const order = { callee_id: personId, call_type: kind, expected_price: coinPerMinute };
  const { call: row } = await operation<"start_call">("POST", "calls", order);
  callWish.value = null;
  sessionStorage.setItem(HERE, row.id);
  call.value = row;
  enlist(row);
}

/** Answer it in this window: the way into its room. */
export async function answerCall(row: CallOfTwo) {
  sessionStorage.setItem(HERE, row.id); // before the change is heard of, which would else be another window's
  try {
    const accepted = await operation<"accept_call">("POST", `calls/${row.id}/accept`);
    call.value = accepted.call;
    return accepted.livekit;
  } catch (error) {
    sessionStorage.removeItem(HERE);
    throw error;
  }
}

export async function joinCall(row: CallOfTwo) {
  const { livekit } = await operation<"join_call">("POST", `calls/${row.id}/join`);
  return livekit;
}

/** Hang up, decline, or give up calling, whichever it is. */
export async function endCall(row: CallOfTwo): Promise<void> {
  const { call: ended } = await operation<"end_call">("POST", `calls/${row.id}/end`);
  enlist(ended);
  if (call.value?.id === row.id) call.value = isHere(ended) ? ended : null;
}

/** Its end has been read. */
export function forgetCall(): void {
  sessionStorage.removeItem(HERE);
  call.value = null;
}

export function seeCalls(): void {
  seenAt.value = Date.now();
  localStorage.setItem(SEEN, String(seenAt.value));
}
