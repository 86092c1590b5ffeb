"""Subscriptions as their subscribers have them. Each verb acts for the actor, in one round trip.

What they answer is `{"subscription": row, "wallet": {"balance"}}`; coins are whole numbers, and `expected_price` is
what somebody was shown, None where nothing was. The rules are in decision 17.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from sahne.coins.wallets import Answer, ask
from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline

Step = Literal["active", "paused", "cancelled"]

VERBS: dict[Step, str] = {"paused": "pause_subscription", "cancelled": "cancel_subscription"}


async def subscribe(
    pipeline: Pipeline, actor: Actor, tier_id: UUID, key: str, *, expected_price: int | None = None
) -> Answer:
    """Pay for a month, once per key.

    Raises:
        Refused: `insufficient_coins`, `price_changed`, `already_subscribed`, `not_found`, `idempotency_key_reused`, …
    """
    return await ask(pipeline, actor, "subscribe", tier_id=tier_id, key=key, expected_price=expected_price)


async def own_subscriptions(pipeline: Pipeline, actor: Actor) -> Answer:
    """`{"subscriptions": [{"subscription", "tier", "next_tier"}]}`, those that go on first, then the newest."""
    return await ask(pipeline, actor, "own_subscriptions")


async def change_tier(
    pipeline: Pipeline, actor: Actor, subscription_id: UUID, tier_id: UUID, *, expected_price: int | None = None
) -> Answer:
    """A dearer tier now, with the days to come of the month that runs given back; any other with the next month."""
    values = {"subscription_id": subscription_id, "tier_id": tier_id, "expected_price": expected_price}
    return await ask(pipeline, actor, "change_subscription", **values)


async def step_subscription(
    pipeline: Pipeline, actor: Actor, subscription_id: UUID, step: Step, *, expected_price: int | None = None
) -> Answer:
    """Pause it, stop it, or have it go on, which pays a month where none runs."""
    if step == "active":
        values = {"subscription_id": subscription_id, "expected_price": expected_price}
        return await ask(pipeline, actor, "resume_subscription", **values)
    return await ask(pipeline, actor, VERBS[step], subscription_id=subscription_id)


async def refund_subscription(pipeline: Pipeline, actor: Actor, subscription_id: UUID) -> Answer:
    """`{"refund": {"subscription_id", "coin_amount"}}`: an admin gives the last month back and ends it, once."""
    return await ask(pipeline, actor, "refund_subscription", subscription_id=subscription_id)
