// Who sits in a session: roles by profile, the host and those with a task first, then who came last.
import { dataOf, sahne } from "../server/client";

export interface Seat {
  profile_id: string;
  role: "host" | "co_host" | "invited_guest" | "moderator" | "speaker" | "viewer" | "listener";
}

const LISTED_MAX = 100;
const KEEP_ORDER = ["moderator"];
const IN_ORDER: Seat["role"][] = ["host", "co_host", "moderator", "invited_guest", "speaker", "viewer", "listener"];

export async function seatsOf(sessionId: string): Promise<Seat[]> {
  const seats = await dataOf<Seat[]>(present(sessionId).order("joined_at", { ascending: false }).limit(LISTED_MAX));
  return seats.sort((a, b) => IN_ORDER.indexOf(a.role) - IN_ORDER.indexOf(b.role)); // stable: who came last stays first
}

export async function moderatorsOf(sessionId: string): Promise<Set<string>> {
  const seats = await dataOf<Seat[]>(present(sessionId).in("role", KEEP_ORDER).limit(LISTED_MAX));
  return new Set(seats.map((seat) => seat.profile_id));
}

function present(sessionId: string) {
  return sahne.from("live_participants").select("profile_id,role").eq("session_id", sessionId).is("is_active", true);
}
