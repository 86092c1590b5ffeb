"""One-to-one calls: ring, answer, talk, hang up."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from sahne.database.actor import Actor
from sahne.database.collisions import again_if_undone
from sahne.live.seats import admit
from sahne.live.stage import Answer, Stage, ask_within

Step = Literal["ringing", "rejected"]


async def start_call(
    stage: Stage, actor: Actor, callee_id: UUID, call_type: str, expected_price: int | None = None
) -> Answer:
    """`{"call": row}`; its status is `busy` when the callee is in another call.

    It has the callee's price; `expected_price` is what a minute was shown to cost in coins, None where nothing was.
    """
    return await stage.ask(actor, "start_call", callee_id=callee_id, call_type=call_type, expected_price=expected_price)


async def step_call(stage: Stage, actor: Actor, call_id: UUID, step: Step) -> Answer:
    """`{"call": row}`; it rings at the callee's, or the callee says no."""
    answer = await stage.ask(actor, "step_call", call_id=call_id, step=step)
    return {"call": answer["call"]}


@again_if_undone
async def accept_call(stage: Stage, actor: Actor, call_id: UUID) -> Answer:
    """`{"call": row, "livekit": {"url", "token"}}`; the room is there before the call is accepted.

    Raises:
        LiveKitUnavailable: the call rings on.
    """
    rooms = stage.rooms
    async with stage.acting(actor) as conn:
        answer = await ask_within(conn, "step_call", call_id=call_id, step="accepted")
        livekit = await rooms.open(conn, answer["seat"]["room"])
    return {"call": answer["call"], "livekit": admit(livekit, answer["seat"])}


@again_if_undone
async def join_call(stage: Stage, actor: Actor, call_id: UUID) -> Answer:
    """`{"call": row, "livekit": {"url", "token"}}` of a call that goes on."""
    rooms = stage.rooms
    async with stage.acting(actor) as conn:
        answer = await ask_within(conn, "join_call", call_id=call_id)
        livekit = await rooms.open(conn, answer["seat"]["room"])
    return {"call": answer["call"], "livekit": admit(livekit, answer["seat"])}


async def end_call(stage: Stage, actor: Actor, call_id: UUID) -> Answer:
    """`{"call": row}`, whatever the state was."""
    answer = await stage.ask(actor, "end_call", call_id=call_id)
    stage.close_room(answer["call"]["livekit_room_name"])
    return {"call": answer["call"]}


async def refund_call(stage: Stage, actor: Actor, call_id: UUID) -> Answer:
    """`{"refund": {"call_id", "coin_amount"}}`: an admin gives back what a call cost, once."""
    return await stage.ask(actor, "refund_call", call_id=call_id)
