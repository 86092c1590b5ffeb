"""What makers elsewhere tell us: a picture they were asked for is looked at at once."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from psycopg.types.json import Jsonb

from sahne.database.actor import SERVICE
from sahne.database.fetch import maybe
from sahne.database.pool import Database
from sahne.providers.images.provider import Word
from sahne.studio.requests import REMOTE_QUERIES


async def hear_word(database: Database, provider: str, word: Word, picture_id: UUID | None) -> bool:
    """Whether it was news; `picture_id` is what the webhook's address named."""
    values = {
        "provider": provider,
        "job_id": word.job_id,
        "handle": Jsonb(asdict(word.handle)) if word.handle else None,
        "picture_id": picture_id,
    }
    async with database.transaction(SERVICE) as conn:
        return await maybe(conn, REMOTE_QUERIES["hear_word"], values) is not None
