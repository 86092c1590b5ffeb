"""One announcement to 100,000 followers: rows a second, what a row costs, and whether a call rings at once meanwhile.

`python -m benchmarks fan_out [--followers 100000] [--devices 10] [--calls 30]` takes about two minutes. It makes a
cluster of its own; the lane of the worker runs in this process, a push service on a socket beside it. `--devices` is
how many of a hundred followers have a phone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import DictRow, dict_row

from benchmarks.harness import conclude, cpu_seconds, family_cpu_seconds, memory_mb, peak_memory_mb, percentiles
from benchmarks.rivals import start_postgres
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.notices.lane import NoticeLane
from sahne.notices.words import NoticeWords
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from tests.eventually import eventually_async
from tests.notices import PushService, SocketChannel

RING_MS_MAX = 1_000.0
MEMORY_GROWTH_MB_MAX = 20.0
CONNECTIONS_MAX = 3  # as many as a worker has
QUERIES = load_queries("benchmarks", "fan_out.sql")

Connection = psycopg.Connection[DictRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOut:
    """What it came to; waits in milliseconds from a call's insert to the push service's socket."""

    seconds: float
    database_cpu_seconds: float
    worker_cpu_seconds: float
    memory_growth_mb: float
    ring_ms: list[float]
    pushes: int


def main(arguments: list[str]) -> None:
    """Measure, write `results/fan_out.json`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks fan_out", description=__doc__)
    parser.add_argument("--followers", type=int, default=100_000)
    parser.add_argument("--devices", type=int, default=10)
    parser.add_argument("--calls", type=int, default=30)
    options = parser.parse_args(arguments)
    load_before = os.getloadavg()
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        settings = read_settings(env_file=None, data=folder / "data", database_url=cluster.url)
        conn = stack.enter_context(psycopg.connect(cluster.url, autocommit=True, row_factory=dict_row))
        creator, pairs = _fill(conn, options.followers, options.devices, options.calls)
        postmaster = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
        done = asyncio.run(_measure(settings, conn, creator, pairs, postmaster))
        told = _one(conn, "told")
    rows = told["rows"]
    rings = percentiles(done.ring_ms)
    print(
        f"{rows} rows in {done.seconds:.1f} s: {rows / done.seconds:.0f} a second; "
        f"{done.database_cpu_seconds / rows * 1e6:.0f} µs of PostgreSQL and {done.worker_cpu_seconds / rows * 1e6:.0f} "
        f"µs of the worker each, with {done.pushes} pushes; the worker grew by {done.memory_growth_mb:.1f} MB\n"
        f"a ring meanwhile: p50 {rings['p50_ms']:.0f} ms, p99 {rings['p99_ms']:.0f} ms"
    )
    conclude(
        "fan_out",
        [*_misses(told, options.followers), *_slow(rings, done)],
        load_before,
        {
            "followers": options.followers,
            "rows_per_second": round(rows / done.seconds),
            "database_cpu_us_per_row": round(done.database_cpu_seconds / rows * 1e6),
            "worker_cpu_us_per_row": round(done.worker_cpu_seconds / rows * 1e6),
            "memory_growth_mb": round(done.memory_growth_mb, 1),
            "pushes": done.pushes,
            "rings": len(done.ring_ms),
            "ring": {name: round(ms, 1) for name, ms in rings.items()},
        },
    )


def _fill(conn: Connection, followers: int, percent: int, calls: int) -> tuple[UUID, list[tuple[UUID, UUID]]]:
    """The creator, and who calls whom."""
    conn.execute(QUERIES["make_followers"], {"followers": followers + 2 * calls + 1})
    people = [row["id"] for row in conn.execute(QUERIES["callees"], {"calls": 2 * calls + 1})]
    creator, callers, callees = people[0], people[1 : calls + 1], people[calls + 1 :]
    conn.execute("update public.profiles set is_creator = true where id = any (%s)", ([creator, *callees],))
    conn.execute("update auth.users set email = 'of-' || email where id = any (%s)", (people,))
    conn.execute(QUERIES["follow"], {"creator": creator})
    conn.execute(QUERIES["make_devices"], {"percent": percent})
    for callee in callees:
        conn.execute(
            "insert into private.devices (user_id, platform, app, token, locale) values (%s, 'fcm', 'app', %s, 'en')",
            (callee, f"rings-{callee}"),
        )
    conn.execute("analyze")
    return creator, list(zip(callers, callees, strict=True))


async def _measure(
    settings: Settings, conn: Connection, creator: UUID, pairs: list[tuple[UUID, UUID]], postmaster: int
) -> FanOut:
    async with PushService() as service, Database(settings.authenticator_url, connections_max=CONNECTIONS_MAX) as db:
        lane = NoticeLane(
            db, settings.direct_authenticator_url, {"fcm": SocketChannel(service)}, None, NoticeWords("en"),
            site_url="http://localhost",
        )  # fmt: skip
        async with lane.running():
            memory, database, worker = memory_mb(os.getpid()), family_cpu_seconds(postmaster), cpu_seconds(os.getpid())
            began = time.perf_counter()
            conn.execute("select private.announce('session_live', %s, '{\"session_id\": \"s\"}')", (creator,))
            calling = asyncio.create_task(_call(settings, service, pairs))
            await eventually_async(lambda: _is_over(conn), seconds=600)
            seconds = time.perf_counter() - began
            rings = await calling
            await lane.drain()
            return FanOut(
                seconds=seconds,
                database_cpu_seconds=family_cpu_seconds(postmaster) - database,
                worker_cpu_seconds=cpu_seconds(os.getpid()) - worker,
                memory_growth_mb=peak_memory_mb(os.getpid()) - memory,
                ring_ms=rings,
                pushes=len(service.taken),
            )


async def _call(settings: Settings, service: PushService, pairs: list[tuple[UUID, UUID]]) -> list[float]:
    """How long each ring takes, one after another."""
    waits = []
    async with await psycopg.AsyncConnection.connect(settings.admin_database_url, autocommit=True) as conn:
        for caller, callee in pairs:
            began = time.perf_counter()
            await conn.execute(
                "insert into public.calls (caller_id, callee_id, call_type) values (%s, %s, 'audio_call')",
                (caller, callee),
            )
            await eventually_async(partial(_has_rung, service, callee))
            waits.append((time.perf_counter() - began) * 1000)
    return waits


async def _is_over(conn: Connection) -> bool:
    return not _one(conn, "is_any_left")["yes"]


async def _has_rung(service: PushService, callee: UUID) -> bool:
    return any(push["token"] == f"rings-{callee}" for push in reversed(service.taken))


def _misses(told: Mapping[str, Any], followers: int) -> list[str]:
    if told["rows"] == told["people"] == followers:
        return []
    return [f"{told['rows']} rows for {told['people']} people, wanted one for each of {followers}"]


def _slow(rings: Mapping[str, float], done: FanOut) -> list[str]:
    found = []
    if rings["p99_ms"] > RING_MS_MAX:
        found.append(f"a ring takes {rings['p99_ms']:.0f} ms, wanted {RING_MS_MAX:.0f}")
    if done.memory_growth_mb > MEMORY_GROWTH_MB_MAX:
        found.append(f"the worker grew by {done.memory_growth_mb:.0f} MB, wanted {MEMORY_GROWTH_MB_MAX:.0f}")
    return found


def _one(conn: Connection, query: str) -> DictRow:
    row = conn.execute(QUERIES[query]).fetchone()
    assert row is not None
    return row
