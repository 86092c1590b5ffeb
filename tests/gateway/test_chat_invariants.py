"""What must hold of a chat as somebody reads it, however often they are cut off and whatever is deleted meanwhile.

`--prove` tells five thousand lines and deletes a thousand of them, every run a tenth.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from sahne.settings import Settings
from tests.gateway.realtime_socket import Talk, talking
from tests.world import World, bearer, token

pytestmark = [pytest.mark.anyio, pytest.mark.prove, pytest.mark.usefixtures("server"), pytest.mark.timeout(600)]

ROOM = "realtime:chat"
LINES, LINES_PROVED = 500, 5_000
DELETED_PARTS = 5  # one line of so many
DROPS = 20
WRITERS = 4
PAGE_ROWS = 500
# A line has its number when it is written, and is there when its transaction is over: one that began before may come after
BEHIND = 50
WRITE = """insert into public.live_messages (session_id, sender_id, sender_profile_id, content)
           values (%s, %s, %s, %s) returning id"""
KEPT = """select seq from public.live_messages
           where session_id = %s and message_type = 'text' and not is_deleted order by seq"""


@pytest.fixture
def lines(pytestconfig: pytest.Config) -> int:
    return LINES_PROVED if pytestconfig.getoption("--prove") else LINES


class Reader:
    """Somebody who reads a chat as an app does: hears what is new, and asks for what they missed while they were away."""

    def __init__(self, settings: Settings, session: UUID, who: UUID) -> None:
        self._settings = settings
        self._session = session
        self._who = who
        self.seen: dict[int, str] = {}  # `id` by `seq`
        self.order: list[int] = []

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Talk]:
        table = {"event": "*", "schema": "public", "table": "live_messages", "filter": f"session_id=eq.{self._session}"}
        async with talking(self._settings) as talk:
            await talk.join(ROOM, {"postgres_changes": [table]}, token(self._who))
            assert (await talk.hear()).payload["status"] == "ok"
            yield talk

    async def catch_up(self, client: httpx.AsyncClient) -> None:
        since = max(self.seen, default=0) - BEHIND
        while True:
            rows = (await client.get("live_messages", params=self._asked(since), headers=bearer(self._who))).json()
            for row in rows:
                self.take(row)
            if len(rows) < PAGE_ROWS:
                return
            since = rows[-1]["seq"]

    def take(self, row: dict[str, Any]) -> None:
        if row["message_type"] == "text" and row["seq"] not in self.seen:
            self.seen[row["seq"]] = row["id"]
            self.order.append(row["seq"])

    def _asked(self, since: int) -> dict[str, Any]:
        return {
            "select": "id,seq,message_type",
            "session_id": f"eq.{self._session}",
            "seq": f"gt.{since}",
            "order": "seq",
            "limit": PAGE_ROWS,
        }


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{settings.api_url}/rest/v1/", timeout=20) as client:
        yield client


async def write(url: str, session: UUID, who: UUID, count: int) -> list[UUID]:
    """So many lines one after the other, as the owner writes them, whom no pace holds up."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        written = [await conn.execute(WRITE, (session, who, who, f"Satır {number}")) for number in range(count)]
        return [row[0] for each in written if (row := await each.fetchone())]


async def test_h1_who_is_cut_off_again_and_again_has_read_every_line_once(
    world: World, settings: Settings, client: httpx.AsyncClient, lines: int
) -> None:
    ada = world.person(creator=True)
    session = world.session(ada)
    reader = Reader(settings, session, world.watching(session))
    writing = asyncio.gather(*(write(world.url, session, ada, lines // WRITERS) for _ in range(WRITERS)))
    for drop in range(DROPS):
        async with reader.listening() as talk:
            await reader.catch_up(client)
            until = lines * (drop + 1) // DROPS - BEHIND
            while len(reader.seen) < until:
                reader.take((await talk.hear()).payload["data"]["record"])
    await writing
    async with reader.listening():
        await reader.catch_up(client)
    kept = [row["seq"] for row in world.owner(KEPT, session)]
    assert len(kept) == lines
    assert sorted(reader.order) == kept
    assert len(set(reader.seen.values())) == lines


async def test_h3_nobody_is_shown_a_line_after_they_heard_that_it_is_gone(
    world: World, settings: Settings, client: httpx.AsyncClient, lines: int
) -> None:
    ada = world.person(creator=True)
    session = world.session(ada)
    reader = Reader(settings, session, world.watching(session))
    chance = random.Random(11)
    gone: set[str] = set()

    async def write_and_delete() -> None:
        """Each is deleted at some moment after it was written, often the next."""
        waiting: list[UUID] = []
        async with await psycopg.AsyncConnection.connect(world.url, autocommit=True) as conn:
            for number in range(lines):
                row = await (await conn.execute(WRITE, (session, ada, ada, f"Satır {number}"))).fetchone()
                assert row
                if number % DELETED_PARTS == 0:
                    waiting.append(row[0])
                if waiting and chance.random() < 0.5:
                    await delete(conn, waiting.pop(chance.randrange(len(waiting))))
            for line in waiting:
                await delete(conn, line)

    async def delete(conn: psycopg.AsyncConnection[Any], line: UUID) -> None:
        await conn.execute(
            "update public.live_messages set is_deleted = true, deleted_at = now() where id = %s", (line,)
        )

    async with reader.listening() as talk:
        writing = asyncio.create_task(write_and_delete())
        shown: set[str] = set()
        while len(shown | gone) < lines or len(gone) < lines // DELETED_PARTS:
            data = (await talk.hear()).payload["data"]
            if data["type"] == "DELETE":
                gone.add(data["old_record"]["id"])
            else:
                assert data["record"]["id"] not in gone, "a line came after its end"
                assert not data["record"]["is_deleted"]
                shown.add(data["record"]["id"])
        await writing
    await reader.catch_up(client)
    assert not gone & set(reader.seen.values())
    assert set(reader.seen) == {row["seq"] for row in world.owner(KEPT, session)}
