"""The catalogue of gifts, which admins edit; everybody else reads what is offered now, as rows of `public.gifts`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sahne.database.actor import Actor
from sahne.live.stage import Answer, Stage


async def catalogue(stage: Stage, actor: Actor) -> Answer:
    """`{"gifts": [row]}`: every one, retired and out of season too."""
    return await stage.ask(actor, "catalogue")


async def add_gift(stage: Stage, actor: Actor, fields: dict[str, Any]) -> Answer:
    """`{"gift": row}`."""
    return await stage.ask(actor, "add_gift", fields=fields)


async def edit_gift(stage: Stage, actor: Actor, gift_id: UUID, fields: dict[str, Any]) -> Answer:
    """`{"gift": row}`; only what is in `fields` changes, and nothing that was sent."""
    return await stage.ask(actor, "edit_gift", gift_id=gift_id, fields=fields)
