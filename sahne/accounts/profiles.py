"""The faces somebody has: their own profile, and shadows that nobody can tell are theirs. The database decides on
names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sahne.database.actor import SERVICE, Actor
from sahne.database.pipeline import Pipeline
from sahne.database.pool import Database
from sahne.database.refusals import refusals
from sahne.database.sql import load_queries
from sahne.jobs.tasks import HOUSEKEEPING, Attempt, Scheduled, Task

QUERIES = load_queries(__package__, "profiles.sql")

Answer = dict[str, Any]


async def own_profiles(pipeline: Pipeline, actor: Actor) -> Answer:
    """`{"profiles": [row, …]}`, the real one first."""
    return await _say(pipeline, actor, "own_profiles")


async def add_shadow(pipeline: Pipeline, actor: Actor, fields: Mapping[str, Any]) -> Answer:
    """`{"profile": row}` of one more."""
    return await _say(pipeline, actor, "add_shadow", fields=fields)


async def edit_profile(pipeline: Pipeline, actor: Actor, profile_id: UUID, fields: Mapping[str, Any]) -> Answer:
    """`{"profile": row}` with what was given changed."""
    return await _say(pipeline, actor, "edit_own_profile", profile_id=profile_id, fields=fields)


async def delete_shadow(pipeline: Pipeline, actor: Actor, profile_id: UUID) -> Answer:
    """`{"profile": row}` as it was."""
    return await _say(pipeline, actor, "delete_shadow", profile_id=profile_id)


def forget_usernames_task(database: Database) -> Scheduled:
    """Every hour."""

    async def forget(_: Attempt) -> None:
        async with database.transaction(SERVICE) as conn:
            await conn.execute(QUERIES["forget_usernames"])

    return Scheduled(
        Task(name="forget_usernames", queue=HOUSEKEEPING, run=forget, attempts_max=1),
        "43 * * * *",
        "usernames that were held long enough are free again",
    )


async def _say(pipeline: Pipeline, actor: Actor, verb: str, **values: Any) -> Answer:
    with refusals():
        result = await pipeline.run(actor.as_service(), QUERIES[verb], values)
    answer: Answer = result.json()
    return answer
