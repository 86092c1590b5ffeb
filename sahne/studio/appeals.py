"""Objecting to what the studio refused: once for each generation, decided by an admin."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline
from sahne.database.refusals import refusals
from sahne.database.sql import load_queries

Answer = dict[str, Any]
SAFETY_QUERIES = load_queries(__package__, "safety.sql")

# What its owner reads
REFUSED_BECAUSE = {
    "prompt": "Whoever makes the pictures does not make what this scene asks for.",
    "photo": "The photo looks like one that pictures are not made of here.",
    "picture": "What came out looks like a picture that is not kept here.",
}


async def appeal(pipeline: Pipeline, actor: Actor, generation_id: UUID, message: str | None) -> Answer:
    """`{"appeal": row}` of one's own generation."""
    return await ask(pipeline, actor, "appeal", generation_id=generation_id, message=message)


async def read_appeals(pipeline: Pipeline, actor: Actor, status: str, after: int | None, limit: int) -> Answer:
    """`{"appeals": [row, …]}`, the oldest first; admins only."""
    return await ask(pipeline, actor, "read_appeals", status=status, after=after, limit=limit)


async def decide_appeal(
    pipeline: Pipeline,
    actor: Actor,
    appeal_id: UUID,
    status: Literal["upheld", "overturned"],
    outcome: str | None,
) -> Answer:
    """`{"appeal": row}`; what is overturned is not refused again."""
    return await ask(pipeline, actor, "decide_appeal", appeal_id=appeal_id, status=status, outcome=outcome)


async def ask(pipeline: Pipeline, actor: Actor, verb: str, **values: Any) -> Answer:
    """The JSON object that a verb of `safety.sql` answers the actor. Raises SahneError: what the database refuses."""
    with refusals():
        result = await pipeline.run(actor.as_service(), SAFETY_QUERIES[verb], values)
    answer: Answer = result.json()
    return answer
