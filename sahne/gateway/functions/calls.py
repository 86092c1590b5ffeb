"""`calls/…`: one-to-one calls and what they cost. Each operation is one verb of `live/calls.py` or `call_prices.py`."""

from __future__ import annotations

from uuid import UUID

from sahne.gateway.functions.answers import (
    CallAnswer,
    CallOpened,
    CallPricesAnswer,
    CallRefunded,
    OwnCallPricesAnswer,
)
from sahne.gateway.functions.bodies import CallPriceEdit, NewCall
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.refusals import (
    ALREADY_REFUNDED,
    CALL_STATE,
    COINS_OWED,
    CREATOR_REQUIRED,
    FORBIDDEN,
    IN_ANOTHER_CALL,
    INSUFFICIENT_COINS,
    LIVEKIT_UNAVAILABLE,
    NOT_FOUND,
    NOT_TAKING_CALLS,
    NOTHING_TO_REFUND,
    OF_ACCOUNTS,
    OF_NAMED,
    PRICE_CHANGED,
    TOO_FAST,
)
from sahne.live import call_prices, calls

OF_CALLS = (*OF_ACCOUNTS, CALL_STATE, NOT_FOUND)


@operation("PATCH", "calls/prices", answer=OwnCallPricesAnswer, who=Who.CREATORS, refuses=(*OF_NAMED, CREATOR_REQUIRED))
async def set_call_prices(call: Call, body: CallPriceEdit) -> Answer:
    """Say what it costs to call oneself by the minute, and when not to."""
    fields = body.model_dump(mode="json", exclude_unset=True)
    return await call_prices.set_call_prices(call.stage, call.actor, fields)


@operation("GET", "calls/prices", answer=OwnCallPricesAnswer, who=Who.CREATORS, refuses=(*OF_NAMED, CREATOR_REQUIRED))
async def own_call_prices(call: Call) -> Answer:
    """One's own prices and hours."""
    return await call_prices.own_call_prices(call.stage, call.actor)


@operation(
    "GET", "calls/prices/{profile_id}", answer=CallPricesAnswer, who=Who.SIGNED_IN, refuses=(*OF_ACCOUNTS, NOT_FOUND)
)
async def call_prices_of(call: Call, profile_id: UUID) -> Answer:
    """What it costs to call somebody by the minute, and whether they take calls now: to be shown before it rings."""
    return await call_prices.call_prices_of(call.stage, call.actor, profile_id)


@operation(
    "POST",
    "calls",
    answer=CallAnswer,
    who=Who.NAMED,
    refuses=(
        *OF_NAMED, COINS_OWED, IN_ANOTHER_CALL, INSUFFICIENT_COINS, NOT_FOUND, NOT_TAKING_CALLS, PRICE_CHANGED,
        TOO_FAST,
    ),
)  # fmt: skip
async def start_call(call: Call, body: NewCall) -> Answer:
    """Call somebody at their price, paid by each minute begun with both there; `busy` when they are in another call."""
    return await calls.start_call(call.stage, call.actor, body.callee_id, body.call_type, body.expected_price)


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


@operation(
    "POST",
    "calls/{call_id}/refund",
    answer=CallRefunded,
    who=Who.ADMINS,
    refuses=(*OF_NAMED, ALREADY_REFUNDED, CALL_STATE, FORBIDDEN, NOT_FOUND, NOTHING_TO_REFUND),
)
async def refund_call(call: Call, call_id: UUID) -> Answer:
    """Give the caller back what a call cost, once."""
    return await calls.refund_call(call.stage, call.actor, call_id)


OPERATIONS = (
    set_call_prices, own_call_prices, call_prices_of, start_call, ring, accept_call, reject_call, join_call, end_call,
    refund_call,
)  # fmt: skip
