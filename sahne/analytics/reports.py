"""What admins are told: one question a report, asked on their behalf; whether they may the database says."""

from __future__ import annotations

from typing import Any

from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline
from sahne.database.refusals import refusals
from sahne.database.sql import load_queries

QUERIES = load_queries(__package__)

DAYS_MAX = 92
PERIODS_MAX = 30
STEPS_MIN = 2
STEPS_MAX = 8
WINDOW_HOURS_MAX = 30 * 24
SCENES_MAX = 100

Report = dict[str, Any]


async def overview(pipeline: Pipeline, actor: Actor, days: int) -> Report:
    """People and events by day."""
    return await _ask(pipeline, actor, "overview", days=days)


async def retention(pipeline: Pipeline, actor: Actor, unit: str, periods: int) -> Report:
    """The cohorts of the last days or weeks, and how many of each came again."""
    return await _ask(pipeline, actor, "retention", unit=unit, periods=periods)


async def funnel(pipeline: Pipeline, actor: Actor, steps: tuple[str, ...], window_hours: int, days: int) -> Report:
    """How many people came how far."""
    return await _ask(pipeline, actor, "funnel", steps=steps, window_hours=window_hours, days=days)


async def scenes(pipeline: Pipeline, actor: Actor, days: int, limit: int) -> Report:
    """The scenes most pictures were made of."""
    return await _ask(pipeline, actor, "scenes", days=days, limit=limit)


async def generations(pipeline: Pipeline, actor: Actor, days: int) -> Report:
    """How generations fare, by day."""
    return await _ask(pipeline, actor, "generations", days=days)


async def makers(pipeline: Pipeline, actor: Actor, days: int) -> Report:
    """How makers of pictures elsewhere fare, and what they cost, by day."""
    return await _ask(pipeline, actor, "makers", days=days)


async def live(pipeline: Pipeline, actor: Actor, days: int) -> Report:
    """What was live, by day."""
    return await _ask(pipeline, actor, "live", days=days)


async def revenue(pipeline: Pipeline, actor: Actor, days: int) -> Report:
    """How many coins moved why, by day."""
    return await _ask(pipeline, actor, "revenue", days=days)


async def _ask(pipeline: Pipeline, actor: Actor, query: str, **values: Any) -> Report:
    with refusals():
        result = await pipeline.run(actor.as_service(), QUERIES[query], values)
    report: Report = result.json()
    return report
