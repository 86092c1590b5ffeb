// What is done to people and lines in a room, each with the word that tells of it and the way back where there is one.
import type { Operations, Participant } from "../../../operations";
import { operation } from "../../../server/client";
import { block, unblock } from "../../../stores/blocks";
import { tell } from "../../../stores/toasts";
import { say } from "../../../words";
import { sayOfOrder } from "../../../words/order";
import type { Complaint } from "./report-form";

type Role = "moderator" | "viewer" | "listener" | "speaker";
type Offer = "co_host" | "invited_guest" | "moderator" | "speaker";

export interface Sentence {
  profileId: string;
  /** What those who keep order can read later. */
  reason: string | null;
  /** Null is for good. */
  hours: number | null;
  /** From all of the host's rooms, or this one alone. */
  everywhere: boolean;
}

const HOUR_MS = 3_600_000;
const path = (sessionId: string, profileId: string) => `live/sessions/${sessionId}/participants/${profileId}` as const;

export async function silence(seat: Participant, muted: boolean, name: string): Promise<Participant> {
  const at = path(seat.session_id, seat.profile_id);
  const { participant } = muted
    ? await operation<"mute_profile">("POST", `${at}/mute`)
    : await operation<"unmute_profile">("POST", `${at}/unmute`);
  tell(say(muted ? "didMute" : "didUnmute", { name }));
  return participant;
}

/** Out of the room, free to come back. */
export async function putOut(seat: Participant, name: string): Promise<Participant> {
  const { participant } = await operation<"kick_profile">("POST", `${path(seat.session_id, seat.profile_id)}/kick`);
  tell(say("didPutOut", { name }));
  return participant;
}

export async function giveRole(seat: Participant, role: Role, name: string): Promise<Participant> {
  const { participant } = await operation<"change_role">("PATCH", path(seat.session_id, seat.profile_id), { role });
  const word = role === "moderator" ? "didModerator" : role === "speaker" ? "didSpeaker" : "didAudience";
  tell(say(word, { name }));
  return participant;
}

/** Asked with a ring; the role is theirs when they say yes. */
export async function invite(seat: Participant, role: Offer, name: string): Promise<Participant> {
  const body = { profile_id: seat.profile_id, role };
  const invitations = `live/sessions/${seat.session_id}/invitations` as const;
  const { participant } = await operation<"invite_profile">("POST", invitations, body);
  tell(say("didInvite", { name }));
  return participant;
}

export async function ban(sessionId: string, { profileId, reason, hours, everywhere }: Sentence, name: string) {
  const expires_at = hours === null ? null : new Date(Date.now() + hours * HOUR_MS).toISOString();
  const body = { profile_id: profileId, reason, expires_at };
  const id = everywhere
    ? (await operation<"ban_from_all">("POST", "live/bans", body)).ban.id
    : (await operation<"ban_profile">("POST", `live/sessions/${sessionId}/bans`, body)).ban.id;
  const undo = () => void lift(sessionId, id, everywhere).catch(() => tell(say("notUndone")));
  tell(say("didBan", { name }), undo);
}

export async function lift(sessionId: string, id: string, everywhere: boolean): Promise<void> {
  if (everywhere) await operation<"lift_ban_from_all">("DELETE", `live/bans/${id}`);
  else await operation<"lift_ban">("DELETE", `live/sessions/${sessionId}/bans/${id}`);
  tell(say("didLift"));
}

/** They watch on and write nothing for so many seconds. */
export async function timeOut(sessionId: string, profileId: string, seconds: number, name: string): Promise<void> {
  await operation<"time_out_profile">("POST", `${path(sessionId, profileId)}/timeout`, { seconds });
  const undo = () =>
    void operation<"lift_timeout">("DELETE", `${path(sessionId, profileId)}/timeout`).catch(() =>
      tell(say("notUndone")),
    );
  tell(sayOfOrder("didTimeOut", { name }), undo);
}

export async function changeChat(sessionId: string, rules: Operations["edit_chat"]["body"]): Promise<void> {
  await operation<"edit_chat">("PATCH", `live/sessions/${sessionId}/chat`, rules);
}

/** A line where one was tapped, else whose it is. */
export async function complain(profileId: string, lineId: string | null, complaint: Complaint): Promise<void> {
  if (lineId) await operation<"report_message">("POST", `live/messages/${lineId}/report`, complaint);
  else await operation<"report_profile">("POST", `profiles/${profileId}/report`, complaint);
  tell(sayOfOrder("didReport"));
}

export async function turnBlock(profileId: string, on: boolean, name: string): Promise<void> {
  await (on ? block : unblock)(profileId);
  tell(sayOfOrder(on ? "didBlock" : "didUnblock", { name }));
}

export async function pin(lineId: string, pinned: boolean): Promise<void> {
  await operation<"pin_message">("PATCH", `live/messages/${lineId}`, { is_pinned: pinned });
  tell(say(pinned ? "didPin" : "didUnpin"));
}

export async function remove(lineId: string): Promise<void> {
  await operation<"delete_message">("DELETE", `live/messages/${lineId}`);
  tell(say("didDelete"));
}

export async function turnChat(sessionId: string, on: boolean): Promise<void> {
  await operation<"edit_chat">("PATCH", `live/sessions/${sessionId}/chat`, { chat_enabled: on });
  tell(say(on ? "didChatOn" : "didChatOff"));
}
