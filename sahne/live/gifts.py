"""Gifts: coins, row, chat line and totals in one transaction, once per key."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sahne.database.actor import Actor
from sahne.live.stage import Answer, Stage


@dataclass(frozen=True, slots=True)
class Choice:
    """Which gift, how often, to whom (a profile on stage; the host when None), and the price of one that was shown."""

    gift_id: UUID
    quantity: int = 1
    receiver_id: UUID | None = None
    expected_price: int | None = None


async def send_gift(stage: Stage, actor: Actor, session_id: UUID, choice: Choice, key: str) -> Answer:
    """`{"live_gift": row, "wallet": {"balance"}}`, once per key.

    Raises:
        Refused: insufficient_coins, price_changed, banned, session_not_live, not_in_session, gifts_disabled, …
    """
    return await stage.gift_batches.send(
        actor,
        session_id=session_id,
        gift_id=choice.gift_id,
        quantity=choice.quantity,
        receiver_id=choice.receiver_id,
        key=key,
        expected_price=choice.expected_price,
    )


async def refund_gift(stage: Stage, actor: Actor, live_gift_id: UUID) -> Answer:
    """`{"refund": {"live_gift_id", "coin_amount"}}`: an admin gives a sent gift back, once."""
    return await stage.ask(actor, "refund_gift", live_gift_id=live_gift_id)
