"""Who wants to have nothing to do with whom; what a block means, the database says (`functions/live/blocks.sql`)."""

from __future__ import annotations

from uuid import UUID

from sahne.database.actor import Actor
from sahne.live.stage import Answer, Stage


async def block_profile(stage: Stage, actor: Actor, profile_id: UUID) -> Answer:
    """`{"block": row}`; whoever wears that face is put out of the actor's sessions. Blocking twice is blocking once."""
    return await stage.order(actor, "block_profile", "block", profile_id=profile_id)


async def unblock_profile(stage: Stage, actor: Actor, profile_id: UUID) -> Answer:
    """`{"block": row}` as it was."""
    return await stage.ask(actor, "unblock_profile", profile_id=profile_id)


async def own_blocks(stage: Stage, actor: Actor) -> Answer:
    """`{"blocks": [row, …]}`, newest first."""
    return await stage.ask(actor, "own_blocks")
