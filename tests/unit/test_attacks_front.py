"""What falls out of a door as our own fault says nothing of the database to whoever made it fall."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sahne.database.result import StatementFailed
from sahne.errors import Conflict
from sahne.gateway.front import Front
from sahne.settings.reading import read_settings

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (StatementFailed("XX000", 'relation "private.wallets"', details="(7, 5000)"), 500, None),
        (Conflict("Twice."), 409, "Twice."),
    ],
)
async def test_what_the_database_said_stays_with_us(error: Exception, status: int, message: str | None) -> None:
    async def door(*_: Any) -> None:
        raise error

    front = Front(read_settings(env_file=None), {"/": door})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(front), base_url="http://localhost") as client:
        answer = await client.get("/")
    assert answer.status_code == status
    assert "wallets" not in answer.text
    assert "5000" not in answer.text
    assert message is None or answer.json()["message"] == message
