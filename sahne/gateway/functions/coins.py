"""`coins/…`: balance, statement, earnings of the caller, and what they are subscribed to."""

from __future__ import annotations

from uuid import UUID

from sahne.coins import subscriptions
from sahne.coins.wallets import list_transactions, read_balance, read_earnings
from sahne.gateway.functions.answers import (
    Earnings,
    OwnSubscriptions,
    Statement,
    SubscriptionAnswer,
    SubscriptionRefunded,
    Wallet,
)
from sahne.gateway.functions.bodies import SubscriptionEdit, SubscriptionOrder
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.query_strings import Page, Since
from sahne.gateway.functions.refusals import (
    ALREADY_SUBSCRIBED,
    COINS_OWED,
    CREATOR_UNAVAILABLE,
    FORBIDDEN,
    INSUFFICIENT_COINS,
    KEY_REUSED,
    MONTH_REFUNDED,
    NOT_FOUND,
    NOTHING_IN_ESCROW,
    OF_ACCOUNTS,
    OF_NAMED,
    PRICE_CHANGED,
    SUBSCRIPTION_STATE,
)

OF_SUBSCRIBING = (
    *OF_NAMED, ALREADY_SUBSCRIBED, CREATOR_UNAVAILABLE, COINS_OWED, INSUFFICIENT_COINS, NOT_FOUND, PRICE_CHANGED,
)  # fmt: skip


@operation("GET", "coins/wallet", answer=Wallet, who=Who.SIGNED_IN)
async def read_wallet(call: Call) -> Answer:
    """The balance in coins."""
    return {"balance": await read_balance(call.parts.pipeline, call.actor)}


@operation("GET", "coins/transactions", answer=Statement, who=Who.SIGNED_IN)
async def read_statement(call: Call, query: Page) -> Answer:
    """What happened to one's coins, newest first; go on with `before` = the last `entry_id`."""
    assert call.actor.user_id
    async with call.parts.database.transaction(call.actor.as_service()) as conn:
        rows = await list_transactions(conn, call.actor.user_id, before=query.before, limit=query.limit)
    return {"transactions": rows}


@operation("GET", "coins/earnings", answer=Earnings, who=Who.SIGNED_IN)
async def earnings(call: Call, query: Since) -> Answer:
    """Net coins that came in, since a moment or ever."""
    assert call.actor.user_id
    async with call.parts.database.transaction(call.actor.as_service()) as conn:
        return await read_earnings(conn, call.actor.user_id, since=query.since)


@operation(
    "POST",
    "coins/subscriptions",
    answer=SubscriptionAnswer,
    who=Who.NAMED,
    refuses=(*OF_SUBSCRIBING, KEY_REUSED),
)
async def subscribe(call: Call, body: SubscriptionOrder, key: str) -> Answer:
    """Subscribe to a creator for a month of 30 days, which is renewed until it is paused or cancelled."""
    return await subscriptions.subscribe(
        call.parts.pipeline, call.actor, body.tier_id, key, expected_price=body.expected_price
    )


@operation("GET", "coins/subscriptions", answer=OwnSubscriptions, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def own_subscriptions(call: Call) -> Answer:
    """What one is, or was, subscribed to."""
    return await subscriptions.own_subscriptions(call.parts.pipeline, call.actor)


@operation(
    "PATCH",
    "coins/subscriptions/{subscription_id}",
    answer=SubscriptionAnswer,
    who=Who.OWNER,
    refuses=(*OF_SUBSCRIBING, SUBSCRIPTION_STATE),
)
async def edit_subscription(call: Call, subscription_id: UUID, body: SubscriptionEdit) -> Answer:
    """Another tier (a dearer one at once, any other with the next month), or pause, resume, cancel it."""
    pipeline, actor, shown = call.parts.pipeline, call.actor, body.expected_price
    if body.tier_id:
        return await subscriptions.change_tier(pipeline, actor, subscription_id, body.tier_id, expected_price=shown)
    assert body.status
    return await subscriptions.step_subscription(pipeline, actor, subscription_id, body.status, expected_price=shown)


@operation(
    "POST",
    "coins/subscriptions/{subscription_id}/refund",
    answer=SubscriptionRefunded,
    who=Who.ADMINS,
    refuses=(*OF_NAMED, FORBIDDEN, MONTH_REFUNDED, NOT_FOUND, NOTHING_IN_ESCROW),
)
async def refund_subscription(call: Call, subscription_id: UUID) -> Answer:
    """Give the subscriber the last month back, once and before the creator is paid for it, and end it."""
    return await subscriptions.refund_subscription(call.parts.pipeline, call.actor, subscription_id)


OPERATIONS = (
    read_wallet, read_statement, earnings, subscribe, own_subscriptions, edit_subscription, refund_subscription,
)  # fmt: skip
