"""`live/…`: invitations to the stage and requests to come on it. Each operation is one verb of `sahne.live.guests`."""

from __future__ import annotations

from uuid import UUID

from sahne.gateway.functions.answers import GuestRequestAnswer, ParticipantAnswer
from sahne.gateway.functions.bodies import GuestWish, Invitation
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.refusals import (
    ALREADY_ANSWERED,
    ALREADY_ASKED,
    ALREADY_ON_STAGE,
    BANNED,
    BLOCKED_WORD,
    CANNOT_INVITE,
    FORBIDDEN,
    INVITATION_EXPIRED,
    LINKS_OFF,
    NOT_FOUND,
    NOT_IN_SESSION,
    OF_ACCOUNTS,
    OF_NAMED,
    REQUEST_EXPIRED,
    REQUESTER_GONE,
    SESSION_NOT_LIVE,
    STAGE_FULL,
    SUBSCRIPTION_REQUIRED,
    THEY_ARE_BANNED,
    THEY_ARE_NOT_IN_SESSION,
    TICKET_REQUIRED,
    TOO_FAST,
)
from sahne.live import guests


@operation(
    "POST",
    "live/sessions/{session_id}/invitations",
    answer=ParticipantAnswer,
    who=Who.HOST,
    refuses=(
        *OF_ACCOUNTS, CANNOT_INVITE, FORBIDDEN, NOT_FOUND, SESSION_NOT_LIVE, THEY_ARE_BANNED, THEY_ARE_NOT_IN_SESSION,
        TOO_FAST,
    ),
)  # fmt: skip
async def invite_profile(call: Call, session_id: UUID, body: Invitation) -> Answer:
    """Offer a place on stage; the participant's id is the invitation's."""
    return await guests.invite_profile(call.stage, call.actor, session_id, body.profile_id, body.role)


@operation(
    "POST",
    "live/invitations/{participant_id}/{answer}",
    answer=ParticipantAnswer,
    who=Who.INVITED,
    refuses=(*OF_ACCOUNTS, ALREADY_ANSWERED, BANNED, INVITATION_EXPIRED, NOT_FOUND, STAGE_FULL),
)
async def answer_invitation(call: Call, participant_id: UUID, answer: guests.InvitationAnswer) -> Answer:
    """Take or decline the offer."""
    return await guests.answer_invitation(call.stage, call.actor, participant_id, answer)


@operation(
    "POST",
    "live/sessions/{session_id}/guest-requests",
    answer=GuestRequestAnswer,
    who=Who.SEATED,
    refuses=(
        *OF_NAMED, ALREADY_ASKED, ALREADY_ON_STAGE, BANNED, BLOCKED_WORD, LINKS_OFF, NOT_FOUND, NOT_IN_SESSION,
        SESSION_NOT_LIVE, SUBSCRIPTION_REQUIRED, TICKET_REQUIRED, TOO_FAST,
    ),
)  # fmt: skip
async def request_to_join(call: Call, session_id: UUID, body: GuestWish | None) -> Answer:
    """Ask to come on stage; pending for 60 s."""
    return await guests.request_to_join(call.stage, call.actor, session_id, body.message if body else None)


@operation(
    "POST",
    "live/guest-requests/{request_id}/{answer}",
    answer=GuestRequestAnswer,
    who=Who.IN_CHARGE,
    refuses=(*OF_ACCOUNTS, ALREADY_ANSWERED, FORBIDDEN, NOT_FOUND, REQUESTER_GONE, REQUEST_EXPIRED, STAGE_FULL),
)
async def answer_request(call: Call, request_id: UUID, answer: guests.RequestAnswer) -> Answer:
    """Approve or reject it; who asked may cancel it."""
    return await guests.answer_request(call.stage, call.actor, request_id, answer)


@operation(
    "POST",
    "live/sessions/{session_id}/stage/leave",
    answer=ParticipantAnswer,
    who=Who.SIGNED_IN,
    refuses=(*OF_ACCOUNTS, NOT_FOUND),
)
async def leave_stage(call: Call, session_id: UUID) -> Answer:
    """Step down from the stage, back among the audience; who is not up stays what they are."""
    return await guests.leave_stage(call.stage, call.actor, session_id)


OPERATIONS = (invite_profile, answer_invitation, request_to_join, answer_request, leave_stage)
