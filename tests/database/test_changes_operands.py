"""What filters ask for is read by PostgreSQL: once for a channel, and no more where it is known."""

from __future__ import annotations

import pytest

from sahne.changes.errors import BadFilter
from sahne.changes.filters import parse_filter
from sahne.changes.operands import Asked, Operands
from sahne.changes.tables import Tables
from sahne.database.pool import Database
from sahne.errors import Unavailable
from sahne.settings.reading import read_settings
from tests.database.audience import ada

pytestmark = pytest.mark.anyio


async def test_what_was_written_as_the_stream_writes_is_not_asked_again(database_url: str) -> None:
    settings = read_settings(env_file=None, database_url=database_url)
    async with Database(settings.authenticator_url) as database:
        table = (await Tables(database).by_name())["public", "live_messages"]
        plain, otherwise = [
            Asked(table, parse_filter(f"session_id=eq.{session}"))
            for session in ("8d1d9ae4-0000-4000-8000-00000000abcd", "8D1D9AE4-0000-4000-8000-00000000ABCD")
        ]
        relative = Asked(table, parse_filter("created_at=gt.now"))
        operands = Operands(database)
        read = await operands.read(ada(), [plain, otherwise, relative])
        assert read[0] == read[1] == plain.conditions
        assert read[2] != relative.conditions
    assert await operands.read(ada(), [plain]) == [plain.conditions]  # and no database any more
    for unknown in (otherwise, relative):
        with pytest.raises(Unavailable):
            await operands.read(ada(), [unknown])


async def test_nothing_is_asked_for_no_filter_and_a_bad_one_is_not_kept(database_url: str) -> None:
    settings = read_settings(env_file=None, database_url=database_url)
    async with Database(settings.authenticator_url) as database:
        table = (await Tables(database).by_name())["public", "live_messages"]
        operands = Operands(database)
        bad = Asked(table, parse_filter("session_id=eq.x"))
        for _ in range(2):
            nothing, refused = await operands.read(ada(), [Asked(table, ()), bad])
            assert nothing == ()
            assert isinstance(refused, BadFilter)
