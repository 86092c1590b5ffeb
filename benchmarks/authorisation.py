"""Who may see a change: milliseconds for 500 and 3 000 viewers, viewer by viewer, for all at once, and kept.

`python -m benchmarks authorisation [--rounds 40]` takes about a minute. It makes a cluster of its own with a room of
which one listener in five is a part; the policies are those of the product. The yardstick is one prepared check for
each subscriber in one loop in the database, as `realtime.apply_rls` (walrus) makes it, in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg

from benchmarks.harness import conclude, percentiles
from benchmarks.rivals import start_postgres
from sahne.changes.judge import ProbingJudge, Question
from sahne.changes.past import TemporaryTables
from sahne.changes.policies.set_based import SetBasedJudge
from sahne.changes.subscriptions import Viewer
from sahne.changes.tables import Table, Tables
from sahne.database.actor import user_actor
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.settings import Settings
from sahne.settings.reading import read_settings

QUERIES = load_queries("benchmarks", "authorisation.sql")
VIEWERS = (500, 3_000)
ALL_AT_ONCE_MS_MAX = 1.0
KEPT_MS_MAX = 0.1
LINE, NOTICE = "0000beef-0000-4000-8000-000000000001", "0000beef-0000-4000-8000-000000000002"
ROOM = "00000000-0000-4000-8000-000000000001"


def main(arguments: list[str]) -> None:
    """Measure, write `results/authorisation.json`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks authorisation", description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args(arguments).rounds
    load_before = os.getloadavg()
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        settings = read_settings(env_file=None, data=folder / "data", database_url=cluster.url)
        with psycopg.connect(cluster.url) as conn:
            conn.execute(QUERIES["fill"])
        result = {str(count): asyncio.run(_measure(settings, count, rounds)) for count in VIEWERS}
    for count, ways in result.items():
        told = ", ".join(f"{way} {times['p50_ms']:.3f} ms" for way, times in ways.items())
        print(f"{count} viewers, p50 of a change: {told}")
    conclude("authorisation", _misses(result[str(max(VIEWERS))]), load_before, {"viewers": result})


def _misses(times: Mapping[str, Mapping[str, float]]) -> list[str]:
    at_once, kept = times["all at once"]["p50_ms"], times["kept"]["p50_ms"]
    misses = []
    if at_once > ALL_AT_ONCE_MS_MAX:
        misses.append(f"a change for {max(VIEWERS)} viewers took {at_once:.2f} ms, not {ALL_AT_ONCE_MS_MAX}")
    if kept > KEPT_MS_MAX:
        misses.append(f"a kept verdict for {max(VIEWERS)} viewers took {kept:.3f} ms, not {KEPT_MS_MAX}")
    return misses


async def _measure(settings: Settings, count: int, rounds: int) -> dict[str, dict[str, float]]:
    people = [UUID(f"0000cafe-0000-4000-8000-{number:012}") for number in range(count)]
    viewers = [Viewer("authenticated", user_actor(person).claims) for person in people]
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database(settings.authenticator_url))
        tables = await Tables(database).by_name()
        probe = ProbingJudge(settings.direct_authenticator_url)
        past = TemporaryTables(settings.direct_database_url)
        judge = SetBasedJudge(settings.direct_authenticator_url, probe, past)
        for each in (past, probe, judge):
            stack.push_async_callback(each.close)
        line, everybody = tables["public", "live_messages"], frozenset(viewers)
        row = {"session_id": ROOM, "is_deleted": "f"}
        again = Question(table=line, key=(LINE,), viewers=everybody, xid=3, row=row, settled=True)
        anew = replace(again, settled=False)
        notice = _notice(tables["public", "notifications"], everybody)
        seeing = len((await probe.visible([again]))[0])
        assert seeing == count // 5
        for question in (anew, again, notice):
            assert await judge.visible([question]) == await probe.visible([question])
        walrus = await stack.enter_async_context(await _walrus(settings))
        claims = f"[{','.join(viewer.claims for viewer in viewers)}]"

        async def check_each() -> None:
            cursor = await walrus.execute(QUERIES["walrus"], {"viewers": claims, "line": LINE})
            assert len((await cursor.fetchall())[0][0]) == seeing

        return {
            "each prepared": await _times(check_each, min(rounds, 10)),
            "probe": await _times(lambda: probe.visible([again]), min(rounds, 10)),
            "all at once": await _times(lambda: judge.visible([anew]), rounds),
            "kept": await _times(lambda: judge.visible([again]), rounds * 5),
            "claim": await _times(lambda: judge.visible([notice]), rounds * 5),
        }


def _notice(table: Table, viewers: frozenset[Viewer]) -> Question:
    row = {"user_id": "0000cafe-0000-4000-8000-000000000007"}
    return Question(table=table, key=(NOTICE,), viewers=viewers, xid=3, row=row, settled=True)


async def _walrus(settings: Settings) -> psycopg.AsyncConnection[Any]:
    conn = await psycopg.AsyncConnection.connect(settings.direct_authenticator_url, autocommit=True)
    await conn.execute(QUERIES["make_walrus"])
    await conn.execute(QUERIES["prepare_check"])
    return conn


async def _times(act: Callable[[], Awaitable[object]], rounds: int) -> dict[str, float]:
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        await act()
        took.append((time.perf_counter() - start) * 1000)
    return percentiles(took)
