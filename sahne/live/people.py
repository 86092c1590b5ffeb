"""People: following creators."""

from __future__ import annotations

from uuid import UUID

from sahne.database.actor import Actor
from sahne.live.stage import Answer, Stage


async def follow_profile(stage: Stage, actor: Actor, profile_id: UUID) -> Answer:
    """`{"profile": face, "is_following": true}`; following twice is following once."""
    return await stage.ask(actor, "follow_profile", profile_id=profile_id)


async def unfollow_profile(stage: Stage, actor: Actor, profile_id: UUID) -> Answer:
    """`{"profile": face, "is_following": false}`, also where nobody was followed."""
    return await stage.ask(actor, "unfollow_profile", profile_id=profile_id)
