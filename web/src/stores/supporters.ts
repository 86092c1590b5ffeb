// A session's supporters, from the gift lines that whoever is in it may read.
import { dataOf, sahne } from "../server/client";
import { addedTo, type GiftLine, type Supporter } from "./generosity";

const LINES_MAX = 1000; // the newest; in a longer evening the early ones no longer count

/** Most generous first. */
export async function supportersOf(sessionId: string): Promise<Supporter[]> {
  const lines = await dataOf<GiftLine[]>(
    sahne
      .from("live_messages")
      .select("sender_profile_id,gift_coin_value")
      .eq("session_id", sessionId)
      .eq("message_type", "gift")
      .order("seq", { ascending: false })
      .limit(LINES_MAX),
  );
  return lines.reduce(addedTo, []);
}
