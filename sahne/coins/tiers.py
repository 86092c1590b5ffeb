"""What a creator offers by the month. Each verb acts for the actor, in one round trip."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sahne.coins.wallets import Answer, ask
from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline


async def create_tier(pipeline: Pipeline, actor: Actor, fields: dict[str, Any]) -> Answer:
    """`{"tier": row}`; `fields` are name, coin_price, benefits, order_index. Creators only."""
    return await ask(pipeline, actor, "create_tier", fields=fields)


async def edit_tier(pipeline: Pipeline, actor: Actor, tier_id: UUID, fields: dict[str, Any]) -> Answer:
    """`{"tier": row}`; only what is in `fields` changes, `is_active` false retires it. Who has it keeps their price."""
    return await ask(pipeline, actor, "edit_tier", tier_id=tier_id, fields=fields)


async def tiers_of(pipeline: Pipeline, actor: Actor, profile_id: UUID) -> Answer:
    """`{"tiers": [row]}` in their order; the creator's own list has those that are retired, too."""
    return await ask(pipeline, actor, "tiers_of", profile_id=profile_id)
