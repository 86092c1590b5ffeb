"""How admins keep webhooks: where others are told what happens, of what, and with which secret it is signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline
from sahne.database.refusals import refusals
from sahne.database.sql import load_queries
from sahne.sealing import Sealing
from sahne.standard_webhooks import new_secret

QUERIES = load_queries(__package__)
PURPOSE = "webhook"  # of the seal

Answer = dict[str, Any]


async def list_webhooks(pipeline: Pipeline, actor: Actor) -> Answer:
    """`{"webhooks": [row]}`."""
    return await ask(pipeline, actor, "webhooks")


async def create_webhook(pipeline: Pipeline, actor: Actor, sealing: Sealing, fields: Mapping[str, Any]) -> Answer:
    """`{"webhook": row, "secret"}`; the secret is told this once."""
    secret_id, secret = uuid4(), new_secret()
    sealed = sealing.seal(secret, secret_id)
    answer = await ask(pipeline, actor, "create_webhook", fields=fields, secret_id=secret_id, sealed=sealed)
    return answer | {"secret": secret}


async def change_webhook(pipeline: Pipeline, actor: Actor, webhook_id: UUID, fields: Mapping[str, Any]) -> Answer:
    """`{"webhook": row}`."""
    return await ask(pipeline, actor, "change_webhook", webhook_id=webhook_id, fields=fields)


async def rotate_secret(
    pipeline: Pipeline, actor: Actor, sealing: Sealing, webhook_id: UUID, overlap_hours: int
) -> Answer:
    """`{"webhook": row, "secret"}`: a new secret; those of before sign along for so many hours."""
    secret_id, secret = uuid4(), new_secret()
    answer = await ask(
        pipeline, actor, "rotate_webhook_secret",
        webhook_id=webhook_id,
        secret_id=secret_id,
        sealed=sealing.seal(secret, secret_id),
        overlap_hours=overlap_hours,
    )  # fmt: skip
    return answer | {"secret": secret}


async def delete_webhook(pipeline: Pipeline, actor: Actor, webhook_id: UUID) -> Answer:
    """`{"webhook": row}`, as it was."""
    return await ask(pipeline, actor, "delete_webhook", webhook_id=webhook_id)


async def try_webhook(pipeline: Pipeline, actor: Actor, webhook_id: UUID) -> Answer:
    """`{"message": row}`: a message that is on its way."""
    return await ask(pipeline, actor, "try_webhook", webhook_id=webhook_id)


async def redeliver(pipeline: Pipeline, actor: Actor, webhook_id: UUID, message_id: UUID) -> Answer:
    """`{"message": row}`: a message once more, under its id."""
    return await ask(pipeline, actor, "redeliver_webhook_message", webhook_id=webhook_id, message_id=message_id)


async def list_messages(
    pipeline: Pipeline, actor: Actor, webhook_id: UUID, status: str | None, before: int | None, limit: int
) -> Answer:
    """`{"messages": [row]}`, the newest first, each with its tries."""
    return await ask(
        pipeline, actor, "webhook_messages", webhook_id=webhook_id, status=status, before=before, limit=limit
    )


async def ask(pipeline: Pipeline, actor: Actor, verb: str, **values: Any) -> Answer:
    """The JSON object that a verb of `queries.sql` answers the actor, in one round trip.

    Raises:
        SahneError: what the database refuses, in its own words; nothing has happened then.
    """
    with refusals():
        result = await pipeline.run(actor.as_service(), QUERIES[verb], values)
    answer: Answer = result.json()
    return answer
