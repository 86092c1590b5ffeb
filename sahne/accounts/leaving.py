"""Somebody gives their account up, and may change their mind until it is erased (`erasure.py`)."""

from __future__ import annotations

from typing import Any

from sahne.accounts.audit import write_audit
from sahne.accounts.origin import Origin
from sahne.accounts.transaction import QUERIES as OF_ACCOUNTS
from sahne.accounts.transaction import accounts_transaction
from sahne.database.actor import Actor
from sahne.database.collisions import again_if_undone
from sahne.database.fetch import one
from sahne.database.pipeline import Pipeline
from sahne.database.pool import Database
from sahne.database.refusals import refusals
from sahne.database.sql import load_queries

QUERIES = load_queries(__package__, "leaving.sql")

Answer = dict[str, Any]


@again_if_undone
async def ask_deletion(database: Database, actor: Actor, origin: Origin) -> Answer:
    """`{"deletion": {"asked_at", "due_at"}}`: what goes on with them ends, and so do all their sessions.

    Raises:
        SahneError: what the database refuses; nothing has happened then.
    """
    async with accounts_transaction(database, actor, "giving an account up") as conn:
        with refusals():
            answer: Answer = (await one(conn, QUERIES["ask_deletion"]))["answer"]
        await conn.execute(OF_ACCOUNTS["end_all_sessions"], {"user_id": actor.user_id})
        await write_audit(conn, "user_deletion_asked", origin, actor_id=actor.user_id, username=None)
    return answer


async def own_deletion(pipeline: Pipeline, actor: Actor) -> Answer:
    """`{"deletion": {"asked_at", "due_at"}}`, or null in its place."""
    return await _say(pipeline, actor, "own_deletion")


async def call_deletion_off(pipeline: Pipeline, actor: Actor) -> Answer:
    """The account is kept; `{"deletion": null}`."""
    return await _say(pipeline, actor, "call_deletion_off")


async def _say(pipeline: Pipeline, actor: Actor, verb: str) -> Answer:
    with refusals():
        result = await pipeline.run(actor.as_service(), QUERIES[verb])
    answer: Answer = result.json()
    return answer
