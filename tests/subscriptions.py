"""Subscriptions on a clock of their own: days pass for one of them, and the worker looks what is due."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

from psycopg.rows import DictRow

from sahne.coins.renewals import SubscriptionsKept, keep_subscriptions
from sahne.database.pool import Database
from tests.connections import as_authenticator
from tests.world import World

PRICE = 300
SHARE = PRICE * 80 // 100  # what a creator has of a month


def tier(world: World, creator: UUID, price: int = PRICE, **fields: Any) -> UUID:
    """A tier of the creator's."""
    given = {"name": f"{price} a month", "coin_price": price} | fields
    return UUID(world.verb(creator, "create_tier", json.dumps(given))["tier"]["id"])


def subscribed(world: World, subscriber: UUID, tier_id: UUID) -> UUID:
    """A subscription that was just taken."""
    return UUID(world.verb(subscriber, "subscribe", tier_id, str(uuid4()))["subscription"]["id"])


def row(world: World, subscription: UUID) -> DictRow:
    """All of a subscription's row."""
    (found,) = world.owner("select * from public.creator_subscriptions where id = %s", subscription)
    return found


def days_pass(world: World, subscription: UUID, days: float) -> None:
    """Everything about a subscription was so many days longer ago."""
    world.owner(
        """update public.creator_subscriptions
              set expires_at = expires_at - %s * interval '1 day', renews_at = renews_at - %s * interval '1 day',
                  created_at = created_at - %s * interval '1 day'
            where id = %s""",
        days, days, days, subscription,
    )  # fmt: skip
    world.owner(
        """update private.subscription_periods
              set starts_at = starts_at - %s * interval '1 day', ends_at = ends_at - %s * interval '1 day'
            where subscription_id = %s""",
        days, days, subscription,
    )  # fmt: skip


def look(world: World) -> SubscriptionsKept:
    """The worker looks once."""

    async def once() -> SubscriptionsKept:
        async with Database(as_authenticator(world.url), connections_max=2) as database:
            return await keep_subscriptions(database)

    return asyncio.run(once())


def statement(world: World, user: UUID) -> list[tuple[str, int]]:
    """What happened to somebody's coins, the first first, without what they were granted."""
    return [
        (entry["kind"], entry["amount"])
        for entry in world.owner(
            """select transactions.kind, entries.amount
                 from public.coin_entries entries
                 join public.coin_transactions transactions on transactions.id = entries.transaction_id
                 join public.wallets on wallets.id = entries.wallet_id
                where wallets.user_id = %s and transactions.kind <> 'grant' order by entries.id""",
            user,
        )
    ]


def in_escrow(world: World) -> int:
    """What waits there, in all."""
    return int(
        world.one(
            """select coalesce(sum(entries.amount), 0) from public.coin_entries entries
                 join public.wallets on wallets.id = entries.wallet_id where wallets.kind = 'escrow'"""
        )
    )


def told(world: World, user: UUID) -> list[str]:
    """The codes of what somebody was told, the first first."""
    return [each["code"] for each in world.owner(
        "select code from public.notifications where user_id = %s order by created_at, id", user)]  # fmt: skip
