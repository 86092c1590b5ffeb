"""What somebody has bought, as they see it themselves; what is sold, and how admins say so."""

from __future__ import annotations

from typing import Any

from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline
from sahne.database.refusals import refusals
from sahne.store.inbox import QUERIES

Answer = dict[str, Any]


async def own_premium(pipeline: Pipeline, actor: Actor) -> Answer:
    """`{is_premium, until, status, is_payment_failing, lines}`: whether the actor is premium now, and by what."""
    return await ask(pipeline, actor, "own_premium")


async def own_purchases(pipeline: Pipeline, actor: Actor) -> Answer:
    """`{"purchases": [row], "owed"}`: coins the actor has bought, and those that are to be paid back."""
    return await ask(pipeline, actor, "own_purchases")


async def products(pipeline: Pipeline, actor: Actor, *, all: bool) -> Answer:
    """`{"products": [row]}`: what is sold; with `all` what is sold no more too, for admins."""
    return await ask(pipeline, actor, "products", all=all)


async def set_product(pipeline: Pipeline, actor: Actor, product_id: str, fields: dict[str, Any]) -> Answer:
    """`{"product": row}`: what a product of the stores is from now on."""
    return await ask(pipeline, actor, "set_product", product_id=product_id, fields=fields)


async def ask(pipeline: Pipeline, actor: Actor, verb: str, **values: Any) -> Answer:
    """The JSON object that a verb of `queries.sql` answers the actor, in one round trip.

    Raises:
        SahneError: what the database refuses, in its own words; nothing has happened then.
    """
    with refusals():
        result = await pipeline.run(actor.as_service(), QUERIES[verb], values)
    answer: Answer = result.json()
    return answer
