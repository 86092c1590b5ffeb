"""What somebody was told, what they want to be told of, and the devices they are told on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline
from sahne.database.refusals import refusals
from sahne.database.sql import load_queries

QUERIES = load_queries(__package__)
NOTICES_ROWS_MAX = 100

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDevice:
    """An app on a device as its push service knows it; `subscription` is a browser's."""

    platform: str
    app: str
    token: str
    locale: str
    subscription: Mapping[str, Any] | None


async def own_notices(pipeline: Pipeline, actor: Actor, after: str | None, limit: int) -> Answer:
    """`{"notices": [row], "people": [face], "unread", "next"}`, newest first; `next` is the `after` to go on."""
    return await ask(pipeline, actor, "own_notices", after=after, limit=limit)


async def read_notices(pipeline: Pipeline, actor: Actor, ids: list[UUID], until: datetime | None) -> Answer:
    """`{"read", "unread"}`: those, and all up to a moment, were read."""
    return await ask(pipeline, actor, "read_notices", ids=tuple(ids), until=until)


async def own_preferences(pipeline: Pipeline, actor: Actor) -> Answer:
    """`{"preferences": {"categories", "quiet_hours", "muted_creators"}}`."""
    return await ask(pipeline, actor, "own_notice_preferences")


async def change_preferences(pipeline: Pipeline, actor: Actor, changes: Mapping[str, Any]) -> Answer:
    """The same, with what is named in `changes` otherwise."""
    return await ask(pipeline, actor, "change_notice_preferences", changes=changes)


async def put_device(pipeline: Pipeline, actor: Actor, device: NewDevice) -> Answer:
    """`{"device": row}`: it is the actor's from now on."""
    return await ask(pipeline, actor, "put_device", **asdict(device))


async def own_devices(pipeline: Pipeline, actor: Actor) -> Answer:
    """`{"devices": [row]}`."""
    return await ask(pipeline, actor, "own_devices")


async def forget_device(pipeline: Pipeline, actor: Actor, device_id: UUID) -> Answer:
    """`{"device": row}` as it was."""
    return await ask(pipeline, actor, "forget_device", device_id=device_id)


async def ask(pipeline: Pipeline, actor: Actor, verb: str, **values: Any) -> Answer:
    """The JSON object that a verb of `queries.sql` answers the actor, in one round trip.

    Raises:
        SahneError: what the database refuses, in its own words; nothing has happened then.
    """
    with refusals():
        result = await pipeline.run(actor.as_service(), QUERIES[verb], values)
    answer: Answer = result.json()
    return answer
