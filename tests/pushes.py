"""What tests of pushes share: a push, and a channel that is closed at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from sahne.providers.push import ClosableChannel, Push
from tests.apns_server import APP

PHONE = "a1" * 32
SUBJECT = "mailto:admin@example.com"
C = TypeVar("C", bound=ClosableChannel)
DATA = {"code": "call_rings", "call_id": "42"}


def push(platform: str, token: str = PHONE, **other: object) -> Push:
    """A ringing call; it is worth 45 seconds."""
    usual = Push(
        id=uuid4(),
        platform=platform,
        token=token,
        app=APP,
        title="Ada arıyor",
        body="Görüntülü arama",
        data=DATA,
        collapse="call 42",
        expires_at=datetime.now(UTC) + timedelta(seconds=45),
        urgent=True,
        subscription=None,
    )
    return replace(usual, **other)  # type: ignore[arg-type]


@asynccontextmanager
async def kept(channel: C) -> AsyncIterator[C]:
    try:
        yield channel
    finally:
        await channel.close()
