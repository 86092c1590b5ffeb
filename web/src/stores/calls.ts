// The calls of who is signed in: the one that rings here or that this window is in, and the last ones there were.
import { computed, signal } from "@preact/signals";
import type { CallOfTwo } from "../operations";
import { dataOf, operation, sahne } from "../server/client";
import { login } from "./login";
import { meetPeople } from "./people";

export type CallKind = CallOfTwo["call_type"];

const RECENT_MAX = 50;
const ALIVE: readonly string[] = ["initiated", "ringing", "accepted"];
const HERE = "call"; // what this window is in, so that a reload goes back to it
const SEEN = "calls-seen";

/** What rings here, what this window called or answered, or how that ended; null when there is none. */
export const call = signal<CallOfTwo | null>(null);
/** Newest first; undefined until they are known. */
export const recent = signal<CallOfTwo[] | undefined>(undefined);
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

/** Call somebody; refused when one is in a call already. */
export async function ringUp(personId: string, kind: CallKind): Promise<void> {
  const { call: row } = await operation<"start_call">("POST", "calls", { callee_id: personId, call_type: kind });
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
