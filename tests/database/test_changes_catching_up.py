"""Whoever is away for a while and catches up has heard the same as who never left, of whatever happened meanwhile."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Literal

import orjson
import psycopg
import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from sahne.changes.catching_up import CatchingUp
from sahne.changes.judge import ProbingJudge
from sahne.changes.past import TemporaryTables
from sahne.changes.position import Position
from sahne.changes.subscriptions import Binding, Subscription, Viewer
from sahne.database.actor import Actor
from sahne.database.pool import Database
from sahne.settings.reading import read_settings
from tests.database.audience import ADA, BO, Audience, Screen, ada, bo, opened_feed, run, shows

STORIES, STORIES_PROVEN = 12, 300
NOTES: tuple[str, str] = ("public", "notes")
TABLES = """
create table public.notes (id int primary key, owner uuid not null, open boolean not null, body text);
create table public.last (id bigint generated always as identity primary key);
alter table public.notes enable row level security;
alter table public.notes replica identity full;
grant all on public.notes, public.last to authenticated, service_role;
create policy "own or open" on public.notes for select to authenticated using (owner = (select auth.uid()) or open);
alter publication supabase_realtime add table public.notes, public.last;
"""

Step = tuple[Literal["put", "drop", "go", "come"], int, bool]
steps = st.tuples(st.sampled_from(["put", "put", "put", "drop", "go", "come"]), st.integers(1, 3), st.booleans())


class Traveller:
    """A viewer who comes and goes; `heard` is what they were told, live and afterwards."""

    def __init__(self, audience: Audience, catching_up: CatchingUp, actor: Actor) -> None:
        self.heard: list[Any] = []
        self._recent = audience.feed.recent
        self._subscriptions = audience.feed.subscriptions
        self._catching_up = catching_up
        self._viewer = Viewer(actor.role, actor.claims)
        self._here: Subscription | None = None
        self._seen: Position | None = None

    async def come(self) -> None:
        if self._here is not None:
            return
        binding = Binding(event="*", schema="public", table="notes")
        self._here = Subscription(1, binding, self._viewer, Screen("traveller", self.heard))
        self._subscriptions.add(self._here)
        self._recent.watch(NOTES)
        if self._seen is not None:
            for delivery in await self._catching_up.missed([self._here], self._seen):
                self.heard.append(orjson.loads(delivery.data))

    def go(self) -> None:
        if self._here is not None:
            self._subscriptions.remove(self._here)
            self._recent.unwatch(NOTES)
            self._here, self._seen = None, self._recent.position


@pytest.mark.prove
def test_who_catches_up_has_heard_the_same_as_who_never_left(database_url: str, pytestconfig: pytest.Config) -> None:
    run(database_url, TABLES)
    tries = STORIES_PROVEN if pytestconfig.getoption("--prove") else STORIES

    @trying(max_examples=tries, derandomize=True, deadline=None)
    @given(st.lists(steps, min_size=4, max_size=14))
    def hold(story: list[Step]) -> None:
        asyncio.run(live_through(database_url, story))

    hold()


async def live_through(url: str, story: list[Step]) -> None:
    settings = read_settings(env_file=None, database_url=url)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("truncate public.notes")
        async with (
            opened_feed(url) as audience,
            Database(settings.authenticator_url) as database,
        ):
            judge, past = ProbingJudge(settings.authenticator_url), TemporaryTables(url)
            catching_up = CatchingUp(database, audience.feed.tables, audience.feed.recent, judge, past)
            for actor in (ada(), bo()):
                await one_life(audience, catching_up, conn, actor, story)
            await judge.close()
            await past.close()


async def one_life(
    audience: Audience, catching_up: CatchingUp, conn: psycopg.Connection[Any], actor: Actor, story: list[Step]
) -> None:
    stays = audience.watch("stays", actor, "notes")
    last = audience.watch("last", actor, "last")
    traveller = Traveller(audience, catching_up, actor)
    await traveller.come()
    for number, (kind, id, flag) in enumerate([*story, ("come", 0, False)]):
        if kind == "go":
            traveller.go()
        elif kind == "come":
            await traveller.come()
        elif kind == "drop":
            conn.execute("delete from public.notes where id = %s", (id,))
        else:
            conn.execute(
                "insert into public.notes values (%s, %s, %s, %s) on conflict (id) do update set open = excluded.open, body = excluded.body",
                (id, ADA if flag else BO, flag, str(number)),
            )
        conn.execute("insert into public.last default values")
        await shows(partial(has_shown, last, number + 1))
    assert traveller.heard == stays.shown
    conn.execute("truncate public.notes")


def has_shown(screen: Screen, count: int) -> bool:
    return len(screen.shown) == count
