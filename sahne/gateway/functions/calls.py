"""`calls/…`: one-to-one calls. Each operation is one verb of `sahne.live.calls`."""

from __future__ import annotations

from uuid import UUID

from sahne.gateway.functions.answers import CallAnswer, CallOpened
from sahne.gateway.functions.bodies import NewCall
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.refusals import (
    CALL_STATE,
    IN_ANOTHER_CALL,
    LIVEKIT_UNAVAILABLE,
    NOT_FOUND,
    OF_ACCOUNTS,
    OF_NAMED,
    TOO_FAST,
)
from sahne.live import calls

OF_CALLS = (*OF_ACCOUNTS, CALL_STATE, NOT_FOUND)


@operation("POST", "calls", answer=CallAnswer, who=Who.NAMED, refuses=(*OF_NAMED, IN_ANOTHER_CALL, NOT_FOUND, TOO_FAST))
async def start_call(call: Call, body: NewCall) -> Answer:
    """Call somebody; its status is `busy` when they are in another call."""
    return await calls.start_call(call.stage, call.actor, body.callee_id, body.call_type)


@operation("POST", "calls/{call_id}/ringing", answer=CallAnswer, who=Who.CALLEE, refuses=OF_CALLS)
async def ring(call: Call, call_id: UUID) -> Answer:
    """It rings."""
    return await calls.step_call(call.stage, call.actor, call_id, "ringing")


@operation(
    "POST", "calls/{call_id}/accept", answer=CallOpened, who=Who.CALLEE, refuses=(*OF_CALLS, LIVEKIT_UNAVAILABLE)
)
async def accept_call(call: Call, call_id: UUID) -> Answer:
    """Answer it, and come in."""
    return await calls.accept_call(call.stage, call.actor, call_id)


@operation("POST", "calls/{call_id}/reject", answer=CallAnswer, who=Who.CALLEE, refuses=OF_CALLS)
async def reject_call(call: Call, call_id: UUID) -> Answer:
    """Say no."""
    return await calls.step_call(call.stage, call.actor, call_id, "rejected")


@operation("POST", "calls/{call_id}/join", answer=CallOpened, who=Who.PARTIES, refuses=(*OF_CALLS, LIVEKIT_UNAVAILABLE))
async def join_call(call: Call, call_id: UUID) -> Answer:
    """Come into an accepted call."""
    return await calls.join_call(call.stage, call.actor, call_id)


@operation("POST", "calls/{call_id}/end", answer=CallAnswer, who=Who.PARTIES, refuses=OF_CALLS)
async def end_call(call: Call, call_id: UUID) -> Answer:
    """Hang up, whatever the state."""
    return await calls.end_call(call.stage, call.actor, call_id)


OPERATIONS = (start_call, ring, accept_call, reject_call, join_call, end_call)
