// Who asks to come on a session's stage: the host and moderators see all of them, who asked their own.
import { useEffect, useId, useState } from "preact/hooks";
import type { GuestRequest } from "../operations";
import { dataOf, operation, sahne } from "../server/client";
import { meetPeople } from "./people";

const COLUMNS = "id,session_id,requester_profile_id,status,message,responded_at,expires_at,created_at";
const PENDING_MAX = 100;

/** Pending ones, who asked first first; and the last that was answered meanwhile. */
export interface Requests {
  pending: GuestRequest[];
  answered: GuestRequest | null;
  unread: unknown;
  /** An answer of the server's, before the change is heard of. */
  take: (request: GuestRequest) => void;
}

export function useRequests(sessionId: string, listening: boolean): Requests {
  const [known, setKnown] = useState<Record<string, GuestRequest>>({});
  const [answered, setAnswered] = useState<GuestRequest | null>(null);
  const [unread, setUnread] = useState<unknown>(null);

  function take(request: GuestRequest) {
    setKnown((before) => ({ ...before, [request.id]: request }));
    void meetPeople([request.requester_profile_id]);
  }

  const listener = useId(); // a moderator hears of all, and of their own from before they were one
  useEffect(() => {
    if (!listening) return;
    const read = async () => {
      const rows = await listPending(sessionId);
      setKnown(Object.fromEntries(rows.map((row) => [row.id, row])));
      void meetPeople(rows.map((row) => row.requester_profile_id));
    };
    const channel = sahne
      .channel(`requests:${sessionId}:${listener}`)
      .on(
        "postgres_changes",
        { event: "*", schema: "public", table: "live_guest_requests", filter: `session_id=eq.${sessionId}` },
        (change) => {
          const request = change.new as GuestRequest;
          if (!request.id) return;
          take(request);
          if (request.status !== "pending") setAnswered(request);
        },
      )
      .subscribe((status) => {
        if (status === "SUBSCRIBED") read().catch(setUnread); // also after a reconnect
      });
    return () => void sahne.removeChannel(channel);
  }, [sessionId, listening]);

  const pending = Object.values(known)
    .filter((request) => request.status === "pending")
    .sort((a, b) => (a.created_at ?? "").localeCompare(b.created_at ?? ""));
  return { pending, answered, unread, take };
}

function listPending(sessionId: string): Promise<GuestRequest[]> {
  return dataOf(
    sahne
      .from("live_guest_requests")
      .select(COLUMNS)
      .eq("session_id", sessionId)
      .eq("status", "pending")
      .order("created_at")
      .limit(PENDING_MAX),
  );
}

export async function askToJoin(sessionId: string, message: string): Promise<GuestRequest> {
  const path = `live/sessions/${sessionId}/guest-requests` as const;
  const { guest_request } = await operation<"request_to_join">("POST", path, message ? { message } : {});
  return guest_request;
}

export async function answerRequest(id: string, answer: "approve" | "reject" | "cancel"): Promise<GuestRequest> {
  const path = `live/guest-requests/${id}/${answer}` as const;
  const { guest_request } = await operation<"answer_request">("POST", path);
  return guest_request;
}
