"""The life of a session and who comes and goes.

Every verb runs as its actor and answers the product's bodies; what is refused is decided by the database and raised
as `Refused` (not_found, forbidden, banned, ticket_required, session_not_live …).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sahne.database.actor import Actor
from sahne.database.collisions import again_if_undone
from sahne.live.rooms import room_of
from sahne.live.seats import admit
from sahne.live.stage import Answer, Stage, ask_within


async def create_session(stage: Stage, actor: Actor, fields: dict[str, Any]) -> Answer:
    """`{"session": row}`; creators only."""
    return await stage.ask(actor, "create_session", fields=fields)


async def edit_session(stage: Stage, actor: Actor, session_id: UUID, fields: dict[str, Any]) -> Answer:
    """`{"session": row}`; only what is in `fields` changes."""
    return await stage.ask(actor, "edit_session", session_id=session_id, fields=fields)


@again_if_undone
async def start_session(stage: Stage, actor: Actor, session_id: UUID, server: str | None = None) -> Answer:
    """`{"session": row, "livekit": {"url", "token"}}`; starting what is live already lets the host in again.

    The room is made before the transaction commits: when LiveKit is not there, nothing has happened. It is opened on
    the `server` of this name, else the default, and stays there.

    Raises:
        UnknownLiveServer: there is none of that name.
        LiveKitUnavailable: there is no LiveKit, or it does not answer.
    """
    stage.servers.chosen(server)
    async with stage.acting(actor) as conn:
        answer = await ask_within(conn, "start_session", session_id=session_id)
        livekit = await stage.rooms.open(conn, answer["seat"]["room"], server)
    return {"session": answer["session"], "livekit": admit(livekit, answer["seat"])}


async def end_session(stage: Stage, actor: Actor, session_id: UUID) -> Answer:
    """`{"session": row}`; the room closes at once, or as soon as LiveKit answers again."""
    answer = await stage.ask(actor, "end_session", session_id=session_id)
    stage.close_room(answer["session"]["livekit_room_name"])
    return {"session": answer["session"]}


async def cancel_session(stage: Stage, actor: Actor, session_id: UUID) -> Answer:
    """`{"session": row}`; sold tickets are refunded."""
    answer = await stage.ask(actor, "cancel_session", session_id=session_id)
    return {"session": answer["session"]}


@again_if_undone
async def join_session(stage: Stage, actor: Actor, session_id: UUID, profile_id: UUID | None) -> Answer:
    """`{"participant": row, "livekit": {"url", "token"}}`.

    Raises:
        LiveKitUnavailable: there is no LiveKit, or it does not answer; the seat was not taken.
    """
    values = {"session_id": session_id, "profile_id": profile_id}
    if livekit := stage.rooms.believed(room_of(session_id)):
        answer = await stage.ask(actor, "join_session", **values)
    else:
        async with stage.acting(actor) as conn:
            answer = await ask_within(conn, "join_session", **values)
            livekit = await stage.rooms.open(conn, answer["seat"]["room"])
    return {"participant": answer["participant"], "livekit": admit(livekit, answer["seat"])}


async def leave_session(stage: Stage, actor: Actor, session_id: UUID) -> Answer:
    """`{"participant": row}`; leaving twice is leaving once. Their connections end; they come back by joining."""
    return await stage.order(actor, "leave_session", "participant", session_id=session_id)


async def buy_ticket(
    stage: Stage, actor: Actor, session_id: UUID, key: str, *, expected_price: int | None = None
) -> Answer:
    """`{"ticket": …, "wallet": {"balance"}}`, paid once; whoever holds one gets it again.

    `expected_price` is what the buyer was shown: another one by now is refused as price_changed.
    """
    return await stage.ask(actor, "buy_ticket", session_id=session_id, key=key, expected_price=expected_price)


async def own_tickets(stage: Stage, actor: Actor) -> Answer:
    """`{"tickets": [row]}`, bought last first."""
    return await stage.ask(actor, "own_tickets")


async def takings(stage: Stage, actor: Actor, session_id: UUID) -> Answer:
    """`{"coins", "gifts", "tickets", "supporters"}`: what it brought its host, net of commission."""
    return await stage.ask(actor, "takings", session_id=session_id)


async def remind_of_session(stage: Stage, actor: Actor, session_id: UUID) -> Answer:
    """`{"reminder": row}`; the actor is told before the session, when it starts, is moved or called off."""
    return await stage.ask(actor, "remind_of_session", session_id=session_id)


async def forget_reminder(stage: Stage, actor: Actor, session_id: UUID) -> Answer:
    """`{"reminder": row}` as it was."""
    return await stage.ask(actor, "forget_reminder", session_id=session_id)


async def repeat_session(stage: Stage, actor: Actor, session_id: UUID, every: str, time_zone: str) -> Answer:
    """`{"session": row, "series": row}`; when it is over, the next one is planned, `daily` or `weekly`."""
    return await stage.ask(actor, "repeat_session", session_id=session_id, every=every, time_zone=time_zone)


async def stop_repeating(stage: Stage, actor: Actor, session_id: UUID) -> Answer:
    """`{"session": row, "series": row}`; this session is the last."""
    return await stage.ask(actor, "stop_repeating", session_id=session_id)
