"""A program reads along and takes lines out, as a moderator may; the one that comes along knows words."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import psycopg
import pytest

from sahne.database.pool import Database
from sahne.live.automatic import Line, Verdict, Watch, WatchedWords
from tests.world import LINE, World

pytestmark = pytest.mark.anyio


class Notes:
    """A moderator that keeps what it was shown, and says once what it was told to."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    async def judge(self, lines: Sequence[Line]) -> Sequence[Verdict]:
        self.shown += [line.content for line in lines]
        return []


def post(world: World, who: UUID, session: UUID, content: str) -> None:
    world.sql(who, LINE, session, who, who, content)


async def test_a_watched_word_goes_and_its_writer_pauses_and_all_others_stay(
    world: World, database: Database, ada: UUID
) -> None:
    session = world.session(ada)
    bo, dilek = world.watching(session), world.watching(session)
    post(world, bo, session, "BEDÂVA!")
    post(world, dilek, session, "Bedavacı mısın?")
    post(world, ada, session, "bedava")
    await Watch(database, WatchedWords(("bedava",), 60)).work()
    assert world.chat(dilek, session) == ["Bedavacı mısın?", "bedava"]
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="for a while"):
        post(world, bo, session, "Yine")
    post(world, dilek, session, "Merhaba")
    acts = world.verb(ada, "read_log", session, None, 10)["acts"]
    assert [(act["act"], act["actor_profile_id"], act["reason"]) for act in acts[:2]] == [
        ("timeout", None, "a watched word"), ("delete_message", None, "a watched word"),
    ]  # fmt: skip


async def test_each_line_is_shown_once_and_none_that_is_nobodys(world: World, database: Database, ada: UUID) -> None:
    notes = Notes()
    watch = Watch(database, notes)
    await watch.work()
    session = world.session(ada)
    bo = world.watching(session)
    notes.shown.clear()
    post(world, bo, session, "bir")
    post(world, ada, session, "host")
    await watch.work()
    post(world, bo, session, "iki")
    await watch.work()
    await watch.work()
    assert notes.shown == ["bir", "iki"]


async def test_what_failed_is_shown_again(world: World, database: Database, ada: UUID) -> None:
    class Broken(Notes):
        async def judge(self, lines: Sequence[Line]) -> Sequence[Verdict]:
            await super().judge(lines)
            if len(self.shown) == 1:
                raise ConnectionError
            return []

    notes = Broken()
    watch = Watch(database, notes)
    session = world.session(ada)
    bo = world.watching(session)
    world.owner("delete from public.live_messages")
    post(world, bo, session, "bir")
    with pytest.raises(ConnectionError):
        await watch.work()
    await watch.work()
    assert notes.shown == ["bir", "bir"]


async def test_of_two_servers_one_takes_a_line_out(world: World, database: Database, ada: UUID) -> None:
    session = world.session(ada)
    bo = world.watching(session)
    post(world, bo, session, "bedava")
    for _ in range(2):
        await Watch(database, WatchedWords(("bedava",), 0)).work()
    assert [act["act"] for act in world.verb(ada, "read_log", session, None, 10)["acts"]] == ["delete_message"]
    post(world, bo, session, "Merhaba")
