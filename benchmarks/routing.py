"""A change that concerns one of thousands of subscribers: how many find theirs a second, beside trying every filter.

`python -m benchmarks routing [--subscribers 9000] [--changes 20000]` takes about a minute. Everybody follows one room
of a table, as `room=eq.7`. The changes are inserted in one transaction and come through a replication stream of this
process; each ends as a frame in the queue of its one subscriber, and no socket is written. The yardstick tries every
subscriber's filter on each row, as Supabase's publisher does, and does nothing else. Nobody else should use the
machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial

import psycopg

from benchmarks.chart import Bar, draw_bars
from benchmarks.harness import RESULTS, conclude
from benchmarks.rivals import start_postgres
from sahne.changes.feed import Feed
from sahne.changes.filters import bind, parse_filter
from sahne.changes.judge import ProbingJudge
from sahne.changes.replication import Source
from sahne.changes.subscriptions import Binding, Subscription, Viewer
from sahne.changes.values import Type
from sahne.database.actor import ANONYMOUS
from sahne.database.pool import Database
from sahne.gateway.realtime.channel import Channel
from sahne.gateway.realtime.frames import Version
from sahne.gateway.realtime.hub import Hub
from sahne.gateway.realtime.joining import Config
from sahne.gateway.realtime.private import ALL_RIGHTS
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from tests.eventually import eventually_async

ROUTED_PER_SECOND_MIN = 2_000
FLAT_MAX = 1.5  # what a change may cost with all subscribers, of what it costs with one
TRIED_ROWS = 200
INT4_OID = 23
TABLE = """
create table public.routed (id bigint generated always as identity primary key, room int not null, body text not null);
grant select on public.routed to anon;
alter publication supabase_realtime add table public.routed;
"""
INSERT = """
insert into public.routed (room, body)
select 1 + n %% %(rooms)s, repeat('x', 100) from generate_series(1, %(changes)s) n
"""


@dataclass(frozen=True, slots=True)
class Routed:
    """So many changes a second, and microseconds of processor time each."""

    per_second: float
    cpu_us: float


@dataclass(slots=True)
class Inbox:
    """The line of one client or of all: it counts what is queued on it."""

    version = Version.V2
    frames: int = 0

    def send(self, _: bytes) -> None:
        """One frame more."""
        self.frames += 1


def main(arguments: list[str]) -> None:
    """Measure, write `results/routing.json` and its chart, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks routing", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=9_000)
    parser.add_argument("--changes", type=int, default=20_000)
    options = parser.parse_args(arguments)
    load_before = os.getloadavg()
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        settings = read_settings(env_file=None, data=folder / "data", database_url=cluster.url)
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            conn.execute(TABLE)
        figures = {
            f"to one of {count:,}": asyncio.run(_route(settings, count, options.changes))
            for count in (1, options.subscribers // 10, options.subscribers)
        }
    tried = try_every_filter(options.subscribers)
    for name, each in figures.items():
        print(f"{name:16s} {each.per_second:8.0f}/s {each.cpu_us:6.1f} us of CPU")
    print(f"{'every filter tried':16s} {1e6 / tried:8.0f}/s {tried:6.0f} us of CPU")
    _draw(figures, tried)
    conclude("routing", _misses(figures), load_before, {
        "subscribers": options.subscribers, "changes": options.changes, "every_filter_tried_us": round(tried, 1),
        **{name: asdict(each) for name, each in figures.items()},
    })  # fmt: skip


async def _route(settings: Settings, subscribers: int, changes: int) -> Routed:
    """Everybody gets theirs: the time from the commit to the last frame."""
    hub, url = Hub(), settings.direct_database_url
    judge = ProbingJudge(settings.direct_authenticator_url)
    async with Database(settings.authenticator_url) as database:
        feed = Feed(database, Source(url), judge, hub)
        inbox = Inbox()
        for room in range(1, subscribers + 1):
            _subscribe(feed, hub, inbox, room)
        feed.open()
        assert await feed.streams_within(10)
        await _insert(url, subscribers, subscribers)  # to each, so that their filters are bound
        await eventually_async(partial(_has, inbox, subscribers), seconds=120)
        before = time.process_time()
        await _insert(url, subscribers, changes)
        began = time.perf_counter()
        await eventually_async(partial(_has, inbox, subscribers + changes), seconds=120)
        seconds, spent = time.perf_counter() - began, time.process_time() - before
        await feed.close()
        await judge.close()
    return Routed(round(changes / seconds), round(spent / changes * 1e6, 1))


async def _insert(url: str, rooms: int, changes: int) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        await conn.execute(INSERT, {"rooms": rooms, "changes": changes})


async def _has(inbox: Inbox, frames: int) -> bool:
    return inbox.frames == frames


def _subscribe(feed: Feed, hub: Hub, inbox: Inbox, room: int) -> None:
    viewer = Viewer(ANONYMOUS.role, ANONYMOUS.claims)
    channel = Channel(
        line=inbox,  # type: ignore[arg-type]  # of a client it is only the line
        topic=hub.topic(f"realtime:{room}", private=False),
        join_ref="1",
        config=Config(),
        actor=ANONYMOUS,
        token=None,
        rights=ALL_RIGHTS,
    )
    hub.enter(channel)
    feed.subscriptions.add(Subscription(room, _binding(room), viewer, channel))


def _binding(room: int) -> Binding:
    return Binding(event="INSERT", schema="public", table="routed", conditions=parse_filter(f"room=eq.{room}"))


def try_every_filter(subscribers: int) -> float:
    """Microseconds of processor time a row."""
    types = {"room": Type(oid=INT4_OID, name="int4")}
    tests = [bind(_binding(room).conditions, types).test for room in range(1, subscribers + 1)]
    before = time.process_time()
    for number in range(TRIED_ROWS):
        row = {"room": str(1 + number % subscribers)}
        assert sum(test(row) for test in tests) == 1
    return (time.process_time() - before) / TRIED_ROWS * 1e6


def _draw(figures: Mapping[str, Routed], tried: float) -> None:
    groups = {name: [Bar("ours", each.cpu_us)] for name, each in figures.items()}
    chart = draw_bars("µs of processor time a change", groups | {"every filter tried": [Bar("yardstick", tried)]})
    (RESULTS / "routing.svg").write_text(chart)


def _misses(figures: Mapping[str, Routed]) -> list[str]:
    """Every goal that was not reached, in words."""
    one, *_, all_of_them = figures.values()
    missed = []
    if all_of_them.per_second < ROUTED_PER_SECOND_MIN:
        missed.append(f"{all_of_them.per_second:.0f} changes a second are routed, goal {ROUTED_PER_SECOND_MIN:,}")
    if all_of_them.cpu_us > one.cpu_us * FLAT_MAX:
        missed.append(f"a change costs {all_of_them.cpu_us / one.cpu_us:.1f} times what it costs with one subscriber")
    return missed
