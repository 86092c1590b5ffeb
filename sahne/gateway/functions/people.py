"""`profiles/…`: following creators. Each operation is one verb of `live/people.py`."""

from __future__ import annotations

from uuid import UUID

from sahne.gateway.functions.answers import Following
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.refusals import NOT_FOUND, OF_ACCOUNTS, OF_NAMED, TOO_FAST, TOO_MANY_FOLLOWS
from sahne.live import people


@operation(
    "POST",
    "profiles/{profile_id}/follow",
    answer=Following,
    who=Who.NAMED,
    refuses=(*OF_NAMED, NOT_FOUND, TOO_FAST, TOO_MANY_FOLLOWS),
)
async def follow_profile(call: Call, profile_id: UUID) -> Answer:
    """Follow a creator: to hear when they go live, and have their sessions in the feed. The two of you alone know."""
    return await people.follow_profile(call.stage, call.actor, profile_id)


@operation(
    "POST",
    "profiles/{profile_id}/unfollow",
    answer=Following,
    who=Who.SIGNED_IN,
    refuses=(*OF_ACCOUNTS, NOT_FOUND),
)
async def unfollow_profile(call: Call, profile_id: UUID) -> Answer:
    """Follow somebody no longer."""
    return await people.unfollow_profile(call.stage, call.actor, profile_id)


OPERATIONS = (follow_profile, unfollow_profile)
