"""`creators/…`: what creators offer by the month. Each operation is one verb of `coins/tiers.py`."""

from __future__ import annotations

from uuid import UUID

from sahne.coins import tiers
from sahne.gateway.functions.answers import TierAnswer, Tiers
from sahne.gateway.functions.bodies import NewTier, TierEdit
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.refusals import (
    BLOCKED_WORD,
    CREATOR_REQUIRED,
    NOT_FOUND,
    OF_ACCOUNTS,
    OF_NAMED,
    TOO_MANY_TIERS,
)


@operation(
    "POST",
    "creators/tiers",
    answer=TierAnswer,
    who=Who.CREATORS,
    refuses=(*OF_NAMED, BLOCKED_WORD, CREATOR_REQUIRED, TOO_MANY_TIERS),
)
async def create_tier(call: Call, body: NewTier) -> Answer:
    """Offer a subscription by the month; up to ten tiers at a time."""
    fields = body.model_dump(mode="json", exclude_unset=True)
    return await tiers.create_tier(call.parts.pipeline, call.actor, fields)


@operation(
    "PATCH",
    "creators/tiers/{tier_id}",
    answer=TierAnswer,
    who=Who.OWNER,
    refuses=(*OF_NAMED, BLOCKED_WORD, NOT_FOUND, TOO_MANY_TIERS),
)
async def edit_tier(call: Call, tier_id: UUID, body: TierEdit) -> Answer:
    """Change a tier, or retire it. Who is subscribed keeps the price they began with."""
    fields = body.model_dump(mode="json", exclude_unset=True)
    return await tiers.edit_tier(call.parts.pipeline, call.actor, tier_id, fields)


@operation("GET", "creators/{profile_id}/tiers", answer=Tiers, who=Who.SIGNED_IN, refuses=(*OF_ACCOUNTS, NOT_FOUND))
async def tiers_of(call: Call, profile_id: UUID) -> Answer:
    """What a creator offers."""
    return await tiers.tiers_of(call.parts.pipeline, call.actor, profile_id)


OPERATIONS = (create_tier, edit_tier, tiers_of)
