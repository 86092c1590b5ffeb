"""Copies of everything that is somebody's: asked for, and opened by a link. `export_making.py` makes them."""

from __future__ import annotations

from typing import Any

from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline
from sahne.database.refusals import refusals
from sahne.database.sql import load_queries
from sahne.objects.names import Place
from sahne.objects.signing import signed_path

QUERIES = load_queries(__package__, "exports.sql")
BUCKET = "exports"
STORAGE = "/storage/v1"
LINK_SECONDS = 900

Answer = dict[str, Any]


async def ask_export(pipeline: Pipeline, actor: Actor, secret: str) -> Answer:
    """`{"export": {…}}`: the actor's copy, which waits, is made, or lies there already."""
    return await _say(pipeline, actor, secret, "ask_export")


async def own_export(pipeline: Pipeline, actor: Actor, secret: str) -> Answer:
    """`{"export": {…, "url"}}` of the one asked for last, or null; `url` is a path that opens it for a quarter of an
    hour."""
    return await _say(pipeline, actor, secret, "own_export")


async def _say(pipeline: Pipeline, actor: Actor, secret: str, verb: str) -> Answer:
    with refusals():
        result = await pipeline.run(actor.as_service(), QUERIES[verb])
    export = result.json()["export"]
    if export is not None:
        file = export.pop("file")
        export["url"] = STORAGE + signed_path(secret, Place(BUCKET, file), LINK_SECONDS) if file else None
    return {"export": export}
