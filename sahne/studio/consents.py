"""Consent to photos being kept: asked for by the database wherever a photo comes in, given and taken back here."""

from __future__ import annotations

from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline
from sahne.studio.appeals import Answer, ask


async def own_consent(pipeline: Pipeline, actor: Actor) -> Answer:
    """`{"consent": {is_needed, text_version, given}}`."""
    return await ask(pipeline, actor, "own_consent")


async def give_consent(pipeline: Pipeline, actor: Actor, text_version: str, locale: str) -> Answer:
    """To a text by its version, in the language it was read in."""
    return await ask(pipeline, actor, "give_consent", text_version=text_version, locale=locale)


async def withdraw_consent(pipeline: Pipeline, actor: Actor) -> Answer:
    """With all photos that are kept."""
    return await ask(pipeline, actor, "withdraw_consent")
