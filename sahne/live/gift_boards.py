"""Who gave most, and what a host would like to reach with the gifts of a session."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from sahne.database.actor import Actor
from sahne.live.stage import Answer, Stage

SUPPORTERS_MAX = 100

Period = Literal["day", "week", "all_time"]


async def session_supporters(stage: Stage, actor: Actor, session_id: UUID, supporters_max: int) -> Answer:
    """`{"board": {"period", "begins_at", "time_zone", "supporters", "own"}}` of a session that the actor was in."""
    return await stage.ask(actor, "session_supporters", session_id=session_id, supporters_max=supporters_max)


async def creator_supporters(
    stage: Stage, actor: Actor, profile_id: UUID, period: Period, supporters_max: int
) -> Answer:
    """The same of a creator, in this day, this week, at all times."""
    values = {"profile_id": profile_id, "period": period, "supporters_max": supporters_max}
    return await stage.ask(actor, "creator_supporters", **values)


async def add_goal(stage: Stage, actor: Actor, session_id: UUID, title: str, target_coins: int) -> Answer:
    """`{"goal": row}`, after those of the session that are open."""
    return await stage.ask(actor, "add_goal", session_id=session_id, title=title, target_coins=target_coins)


async def drop_goal(stage: Stage, actor: Actor, goal_id: UUID) -> Answer:
    """`{"goal": row}` as it was; what was given for it counts for the next."""
    return await stage.ask(actor, "drop_goal", goal_id=goal_id)
