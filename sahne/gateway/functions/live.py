"""`live/…`: sessions, who is in them, gifts, and order in the house. Each operation is one verb of `sahne.live`."""

from __future__ import annotations

from fastapi import APIRouter

from sahne.gateway.functions.bodies import (
    Ban,
    Chat,
    Gift,
    GuestRequest,
    Invitation,
    Join,
    JsonObject,
    MessageEdit,
    NewSession,
    Role,
    SessionEdit,
    TicketOrder,
)
from sahne.gateway.functions.caller import Caller, IdempotencyKey, PartsOf
from sahne.gateway.functions.ids import Id
from sahne.live import gifts, guests, moderation, sessions

router = APIRouter(prefix="/live", tags=["live"])


@router.post("/sessions")
async def create_session(body: NewSession, caller: Caller, parts: PartsOf) -> JsonObject:
    """Plan a session (creators): `{"session"}`."""
    return await sessions.create_session(parts.stage, caller, body.model_dump(mode="json", exclude_unset=True))


@router.patch("/sessions/{session_id}")
async def edit_session(session_id: Id, body: SessionEdit, caller: Caller, parts: PartsOf) -> JsonObject:
    """Change what is given (host): `{"session"}`. Price and access are fixed once a ticket is sold."""
    fields = body.model_dump(mode="json", exclude_unset=True)
    return await sessions.edit_session(parts.stage, caller, session_id, fields)


@router.patch("/sessions/{session_id}/chat")
async def edit_chat(session_id: Id, body: Chat, caller: Caller, parts: PartsOf) -> JsonObject:
    """Chat on or off (host): `{"session"}`."""
    return await sessions.edit_session(parts.stage, caller, session_id, body.model_dump())


@router.post("/sessions/{session_id}/start")
async def start_session(session_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    """Go live (host): `{"session", "livekit": {"url", "token"}}`. Again: a fresh token."""
    return await sessions.start_session(parts.stage, caller, session_id)


@router.post("/sessions/{session_id}/end")
async def end_session(session_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    """End it (host): `{"session"}`; everybody is disconnected."""
    return await sessions.end_session(parts.stage, caller, session_id)


@router.post("/sessions/{session_id}/cancel")
async def cancel_session(session_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    """Call it off before it starts (host): `{"session"}`; tickets are refunded."""
    return await sessions.cancel_session(parts.stage, caller, session_id)


@router.post("/sessions/{session_id}/join")
async def join_session(session_id: Id, caller: Caller, parts: PartsOf, body: Join | None = None) -> JsonObject:
    """Come in: `{"participant", "livekit": {"url", "token"}}`; the token opens the room for two minutes."""
    profile_id = body.profile_id if body else None
    return await sessions.join_session(parts.stage, caller, session_id, profile_id)


@router.post("/sessions/{session_id}/leave")
async def leave_session(session_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    """Go: `{"participant"}`."""
    return await sessions.leave_session(parts.stage, caller, session_id)


@router.post("/sessions/{session_id}/ticket")
async def buy_ticket(
    session_id: Id, caller: Caller, parts: PartsOf, key: IdempotencyKey, body: TicketOrder | None = None
) -> JsonObject:
    """Pay for a pay-per-view session once, at the price expected: `{"ticket", "wallet": {"balance"}}`."""
    expected = body.expected_price if body else None
    return await sessions.buy_ticket(parts.stage, caller, session_id, key, expected_price=expected)


@router.post("/sessions/{session_id}/gifts")
async def send_gift(session_id: Id, body: Gift, caller: Caller, parts: PartsOf, key: IdempotencyKey) -> JsonObject:
    """Send a gift, at the price expected: `{"live_gift", "wallet": {"balance"}}`; once per Idempotency-Key."""
    choice = gifts.Choice(body.gift_id, body.quantity, body.receiver_id, body.expected_price)
    return await gifts.send_gift(parts.stage, caller, session_id, choice, key)


@router.post("/sessions/{session_id}/bans")
async def ban_profile(session_id: Id, body: Ban, caller: Caller, parts: PartsOf) -> JsonObject:
    """Put somebody out, not to return (host, moderators): `{"ban"}`."""
    return await moderation.ban_profile(parts.stage, caller, session_id, body.profile_id, body.reason, body.expires_at)


@router.post("/bans")
async def ban_from_all(body: Ban, caller: Caller, parts: PartsOf) -> JsonObject:
    """Keep somebody out of all of one's sessions (creators): `{"ban"}`; only the creator sees it."""
    return await moderation.ban_from_all(parts.stage, caller, body.profile_id, body.reason, body.expires_at)


@router.get("/bans")
async def own_bans(caller: Caller, parts: PartsOf) -> JsonObject:
    """Whom one keeps out of all of one's sessions, newest first: `{"bans"}`."""
    return await moderation.own_bans(parts.stage, caller)


@router.delete("/bans/{ban_id}")
async def lift_ban_from_all(ban_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    """Let somebody come again: `{"ban"}` as it was."""
    return await moderation.lift_ban_from_all(parts.stage, caller, ban_id)


@router.delete("/sessions/{session_id}/bans/{ban_id}")
async def lift_ban(session_id: Id, ban_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    """Let somebody return (host, moderators): `{"ban"}` as it was."""
    return await moderation.lift_ban(parts.stage, caller, session_id, ban_id)


@router.post("/sessions/{session_id}/participants/{profile_id}/kick")
async def kick_profile(session_id: Id, profile_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    """Put somebody out for now (host, moderators): `{"participant"}`."""
    return await moderation.kick_profile(parts.stage, caller, session_id, profile_id)


@router.post("/sessions/{session_id}/participants/{profile_id}/mute")
async def mute_profile(session_id: Id, profile_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    """Silence somebody (host, moderators): `{"participant"}`."""
    return await moderation.mute_profile(parts.stage, caller, session_id, profile_id, True)


@router.post("/sessions/{session_id}/participants/{profile_id}/unmute")
async def unmute_profile(session_id: Id, profile_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    """Let somebody speak again (host, moderators): `{"participant"}`."""
    return await moderation.mute_profile(parts.stage, caller, session_id, profile_id, False)


@router.patch("/sessions/{session_id}/participants/{profile_id}")
async def change_role(session_id: Id, profile_id: Id, body: Role, caller: Caller, parts: PartsOf) -> JsonObject:
    """Give a role that needs no consent (host): `{"participant"}`."""
    return await moderation.change_role(parts.stage, caller, session_id, profile_id, body.role)


@router.patch("/messages/{message_id}")
async def pin_message(message_id: Id, body: MessageEdit, caller: Caller, parts: PartsOf) -> JsonObject:
    """Pin or unpin a line (host, moderators): `{"message"}`."""
    return await moderation.pin_message(parts.stage, caller, message_id, body.is_pinned)


@router.delete("/messages/{message_id}")
async def delete_message(message_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    """Take a line out of sight (its sender, host, moderators): `{"message"}`."""
    return await moderation.delete_message(parts.stage, caller, message_id)


@router.post("/sessions/{session_id}/invitations")
async def invite_profile(session_id: Id, body: Invitation, caller: Caller, parts: PartsOf) -> JsonObject:
    """Offer a place on stage (host): `{"participant"}`, whose id is the invitation's."""
    return await guests.invite_profile(parts.stage, caller, session_id, body.profile_id, body.role)


@router.post("/invitations/{participant_id}/{answer}")
async def answer_invitation(
    participant_id: Id, answer: guests.InvitationAnswer, caller: Caller, parts: PartsOf
) -> JsonObject:
    """Take or decline the offer (who was invited): `{"participant"}`."""
    return await guests.answer_invitation(parts.stage, caller, participant_id, answer)


@router.post("/sessions/{session_id}/guest-requests")
async def request_to_join(
    session_id: Id, caller: Caller, parts: PartsOf, body: GuestRequest | None = None
) -> JsonObject:
    """Ask to come on stage: `{"guest_request"}`, pending for 60 s."""
    message = body.message if body else None
    return await guests.request_to_join(parts.stage, caller, session_id, message)


@router.post("/guest-requests/{request_id}/{answer}")
async def answer_request(request_id: Id, answer: guests.RequestAnswer, caller: Caller, parts: PartsOf) -> JsonObject:
    """Approve or reject it (host), or cancel it (who asked): `{"guest_request"}`."""
    return await guests.answer_request(parts.stage, caller, request_id, answer)
