"""How a scene's pictures are made and were, and several ways that are tried on people: for admins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline
from sahne.studio.scenes import Answer, ask


async def list_versions(pipeline: Pipeline, actor: Actor, scene_id: UUID, before: int | None, limit: int) -> Answer:
    """`{"versions": [row]}`, the newest first: those before a number."""
    return await ask(pipeline, actor, "list_scene_versions", scene_id=scene_id, before=before, limit=limit)


async def compare_versions(pipeline: Pipeline, actor: Actor, before: UUID, after: UUID) -> Answer:
    """`{"changes": [{"field", "before", "after"}]}` of two versions of a scene."""
    return await ask(pipeline, actor, "compare_scene_versions", before=before, after=after)


async def restore_version(pipeline: Pipeline, actor: Actor, version_id: UUID, note: str | None) -> Answer:
    """`{"scene": kept}`: made as then, from now on."""
    return await ask(pipeline, actor, "restore_scene_version", version_id=version_id, note=note)


async def list_experiments(pipeline: Pipeline, actor: Actor, scene_id: UUID) -> Answer:
    """`{"experiments": [row]}`, the newest first, with what came of each way."""
    return await ask(pipeline, actor, "list_experiments", scene_id=scene_id)


async def start_experiment(
    pipeline: Pipeline, actor: Actor, scene_id: UUID, name: str, variants: Sequence[Mapping[str, Any]]
) -> Answer:
    """`{"experiment": row}`: from now on each way has its people."""
    return await ask(pipeline, actor, "start_experiment", scene_id=scene_id, name=name, variants=list(variants))


async def end_experiment(pipeline: Pipeline, actor: Actor, experiment_id: UUID, winner_id: UUID | None) -> Answer:
    """`{"experiment": row, "scene": kept}`: made the winner's way from now on, or as before."""
    return await ask(pipeline, actor, "end_experiment", experiment_id=experiment_id, winner_id=winner_id)
