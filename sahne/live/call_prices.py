"""What it costs to call a creator, and when they take calls."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sahne.database.actor import Actor
from sahne.live.stage import Answer, Stage


async def set_call_prices(stage: Stage, actor: Actor, fields: dict[str, Any]) -> Answer:
    """`{"call_prices": row}`; only what is in `fields` changes. A price of 0 is free, None is off; creators only."""
    return await stage.ask(actor, "set_call_prices", fields=fields)


async def own_call_prices(stage: Stage, actor: Actor) -> Answer:
    """`{"call_prices": row}`; what holds when none were made: free, at any time."""
    return await stage.ask(actor, "own_call_prices")


async def call_prices_of(stage: Stage, actor: Actor, profile_id: UUID) -> Answer:
    """`{"call_prices": {profile_id, audio_coin_per_minute, video_coin_per_minute, takes_calls}}` of anybody."""
    return await stage.ask(actor, "call_prices_of", profile_id=profile_id)
