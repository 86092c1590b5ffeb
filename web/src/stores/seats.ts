// Seats in sessions: one's own ones, followed wherever one is (an invitation rings anywhere), and those of others when they
// are asked about.
import { signal } from "@preact/signals";
import type { Participant } from "../operations";
import { dataOf, operation, sahne } from "../server/client";

const COLUMNS =
  "id,session_id,profile_id,role,is_active,is_muted,is_video_enabled,invited_at,invitation_expires_at," +
  "invitation_response,livekit_identity,joined_at,left_at,created_at,updated_at,invited_role";
const STAGE: readonly string[] = ["host", "co_host", "invited_guest", "speaker"];
const IN_SIGHT_MAX = 50;

/** One's own, by session; null where one has none. */
export const ownSeats = signal<Record<string, Participant | null>>({});
/** The invitation that waits for an answer; null when there is none. */
export const invitation = signal<Participant | null>(null);

export const isOnStage = (seat: Participant | null | undefined) => STAGE.includes(seat?.role ?? "");

/** Hear of one's own seats, until what it answers is called. */
export function followSeats(profileId: string): () => void {
  const own = {
    event: "*",
    schema: "public",
    table: "live_participants",
    filter: `profile_id=eq.${profileId}`,
  } as const;
  const channel = sahne
    .channel(`seats:${profileId}`)
    .on("postgres_changes", own, ({ new: seat }) => take(seat as Participant))
    .subscribe((status) => {
      if (status === "SUBSCRIBED") void readInvitations(profileId).catch(() => {}); // also after a reconnect
    });
  return () => {
    ownSeats.value = {};
    invitation.value = null;
    void sahne.removeChannel(channel);
  };
}

function take(seat: Participant): void {
  if (!seat.session_id) return; // gone, with its session
  ownSeats.value = { ...ownSeats.value, [seat.session_id]: seat };
  if (isWaiting(seat)) invitation.value = seat;
  else if (invitation.value?.id === seat.id) invitation.value = null;
}

function isWaiting({ invitation_response: response, invitation_expires_at: end }: Participant): boolean {
  return response === "pending" && Date.parse(end ?? "") > Date.now();
}

async function readInvitations(profileId: string): Promise<void> {
  const rows = await dataOf<Participant[]>(
    sahne
      .from("live_participants")
      .select(COLUMNS)
      .eq("profile_id", profileId)
      .eq("invitation_response", "pending")
      .order("invited_at", { ascending: false })
      .limit(1),
  );
  invitation.value = rows.find(isWaiting) ?? null;
}

/** One's own seat in a session, known from then on. */
export async function readOwnSeat(sessionId: string, profileId: string): Promise<void> {
  const seat = await readSeat(sessionId, profileId);
  if (seat) take(seat);
  else ownSeats.value = { ...ownSeats.value, [sessionId]: null };
}

/** Somebody's seat, where one may see it. */
export function readSeat(sessionId: string, profileId: string): Promise<Participant | null> {
  return dataOf(
    sahne
      .from("live_participants")
      .select(COLUMNS)
      .eq("session_id", sessionId)
      .eq("profile_id", profileId)
      .maybeSingle(),
  );
}

/** Those of a session who are not on its stage, who came last first. */
export function readAudience(sessionId: string, most = IN_SIGHT_MAX): Promise<Participant[]> {
  return dataOf(
    sahne
      .from("live_participants")
      .select(COLUMNS)
      .eq("session_id", sessionId)
      .is("is_active", true)
      .in("role", ["viewer", "listener", "moderator"])
      .order("joined_at", { ascending: false })
      .limit(most),
  );
}

/** Roles of those on a stage, whose microphones the host has closed included. */
export function readStage(sessionId: string): Promise<Participant[]> {
  return dataOf(
    sahne
      .from("live_participants")
      .select(COLUMNS)
      .eq("session_id", sessionId)
      .is("is_active", true)
      .in("role", [...STAGE])
      .limit(IN_SIGHT_MAX),
  );
}

/** Back among the audience. */
export async function leaveStage(sessionId: string): Promise<void> {
  const { participant } = await operation<"leave_stage">("POST", `live/sessions/${sessionId}/stage/leave`);
  take(participant);
}

export async function answerInvitation(seat: Participant, answer: "accept" | "reject"): Promise<void> {
  const path = `live/invitations/${seat.id}/${answer}` as const;
  const { participant } = await operation<"answer_invitation">("POST", path);
  invitation.value = null;
  take(participant);
}
