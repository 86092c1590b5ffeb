"""Whether somebody is counted: their own word, kept and honoured by the database."""

from __future__ import annotations

from typing import Any

from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline
from sahne.database.refusals import refusals
from sahne.database.sql import load_queries

QUERIES = load_queries(__package__)


async def read_reporting(pipeline: Pipeline, actor: Actor) -> dict[str, bool]:
    """`{"is_reporting": …}` of the actor.

    Raises:
        Refused: whose account it is.
    """
    return await _ask(pipeline, actor, "reporting", {})


async def set_reporting(pipeline: Pipeline, actor: Actor, is_reporting: bool) -> dict[str, bool]:
    """The same, as it is from now on.

    Raises:
        Refused: whose account it is.
    """
    return await _ask(pipeline, actor, "set_reporting", {"is_reporting": is_reporting})


async def _ask(pipeline: Pipeline, actor: Actor, query: str, values: dict[str, Any]) -> dict[str, bool]:
    with refusals():
        result = await pipeline.run(actor.as_service(), QUERIES[query], values)
    answer: dict[str, bool] = result.json()
    return answer
