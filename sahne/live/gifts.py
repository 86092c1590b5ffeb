"""Gifts: coins, row, chat line and totals in one statement, once per key."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sahne.database.actor import Actor
from sahne.live.stage import Answer, Stage
from sahne.telemetry import observe


@dataclass(frozen=True, slots=True)
class GiftSent:
    """A gift was sent, or its answer given again."""

    session_id: str
    coins: int


async def send_gift(
    stage: Stage, actor: Actor, session_id: UUID, gift_id: UUID, quantity: int, receiver_id: UUID | None, key: str
) -> Answer:
    """`{"live_gift": row, "wallet": {"balance"}}`; the receiver is a profile, the host when None.

    Raises:
        Refused: insufficient_coins, banned, session_not_live, not_in_session, gifts_disabled, …
    """
    answer = await stage.ask(
        actor, "send_gift",
        session_id=session_id, gift_id=gift_id, quantity=quantity, receiver_id=receiver_id, key=key,
    )  # fmt: skip
    observe(GiftSent(str(session_id), answer["live_gift"]["coin_amount"]))
    return answer
