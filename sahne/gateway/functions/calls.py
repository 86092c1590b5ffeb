"""`calls/…`: one-to-one calls. Each operation is one verb of `sahne.live.calls`."""

from __future__ import annotations

from fastapi import APIRouter

from sahne.gateway.functions.bodies import JsonObject, NewCall
from sahne.gateway.functions.caller import Caller, PartsOf
from sahne.gateway.functions.ids import Id
from sahne.live import calls

router = APIRouter(prefix="/calls", tags=["calls"])


@router.post("")
async def start_call(body: NewCall, caller: Caller, parts: PartsOf) -> JsonObject:
    """Call somebody: `{"call"}`; `busy` when they are in another call."""
    return await calls.start_call(parts.stage, caller, body.callee_id, body.call_type)


@router.post("/{call_id}/ringing")
async def ring(call_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    """It rings (callee): `{"call"}`."""
    return await calls.step_call(parts.stage, caller, call_id, "ringing")


@router.post("/{call_id}/accept")
async def accept_call(call_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    """Answer it (callee): `{"call", "livekit": {"url", "token"}}`."""
    return await calls.accept_call(parts.stage, caller, call_id)


@router.post("/{call_id}/reject")
async def reject_call(call_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    """Say no (callee): `{"call"}`."""
    return await calls.step_call(parts.stage, caller, call_id, "rejected")


@router.post("/{call_id}/join")
async def join_call(call_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    """Come into an accepted call: `{"call", "livekit": {"url", "token"}}`."""
    return await calls.join_call(parts.stage, caller, call_id)


@router.post("/{call_id}/end")
async def end_call(call_id: Id, caller: Caller, parts: PartsOf) -> JsonObject:
    """Hang up, whatever the state: `{"call"}`."""
    return await calls.end_call(parts.stage, caller, call_id)
