"""Guests: invitations by the host and requests by viewers; saying yes changes role and permission."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from sahne.database.actor import Actor
from sahne.live.stage import Answer, Stage

InvitationAnswer = Literal["accept", "reject"]
RequestAnswer = Literal["approve", "reject", "cancel"]

INVITATION: dict[InvitationAnswer, str] = {"accept": "accept_invitation", "reject": "reject_invitation"}
REQUEST: dict[RequestAnswer, str] = {
    "approve": "approve_request",
    "reject": "reject_request",
    "cancel": "cancel_request",
}


async def invite_profile(stage: Stage, actor: Actor, session_id: UUID, profile_id: UUID, role: str) -> Answer:
    """`{"participant": row}`; the invitation's id is the row's."""
    return await stage.order(
        actor, "invite_profile", "participant", session_id=session_id, profile_id=profile_id, role=role
    )


async def answer_invitation(stage: Stage, actor: Actor, participant_id: UUID, answer: InvitationAnswer) -> Answer:
    """`{"participant": row}`."""
    return await stage.order(actor, INVITATION[answer], "participant", participant_id=participant_id)


async def leave_stage(stage: Stage, actor: Actor, session_id: UUID) -> Answer:
    """`{"participant": row}`, in the audience again."""
    return await stage.order(actor, "leave_stage", "participant", session_id=session_id)


async def request_to_join(stage: Stage, actor: Actor, session_id: UUID, message: str | None) -> Answer:
    """`{"guest_request": row}`, pending for 60 s."""
    return await stage.order(actor, "request_to_join", "guest_request", session_id=session_id, message=message)


async def answer_request(stage: Stage, actor: Actor, request_id: UUID, answer: RequestAnswer) -> Answer:
    """`{"guest_request": row}`; the host approves or rejects, the requester cancels."""
    return await stage.order(actor, REQUEST[answer], "guest_request", request_id=request_id)
