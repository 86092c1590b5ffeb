"""Clients that come and go for minutes, and a server that is killed: what each missed or heard twice, and the memory.

`python -m benchmarks churn [--minutes 10] [--clients 60]`. Each client belongs to one of twelve people, whose numbered
rows it follows under row security, in one serializer or the other. It stays for some seconds, gets a new token now and
then, leaves or is cut off, and comes back saying how far it had come. Four fifths of the time has passed when the
server is killed and started anew: then a client is told to load again, and does. Every row is to come to each client of
its owner once and in order. Nothing here is fast or slow: none missed, none twice and a flat memory are the goal.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import jwt
import orjson
import psycopg
import websockets
from psycopg.rows import dict_row

from benchmarks.harness import conclude, memory_mb
from benchmarks.idle_sockets import WITHOUT_BOUNDS
from benchmarks.rivals import start_postgres, start_sahne
from sahne.settings.local_stack import DEVELOPMENT_ANON_KEY, DEVELOPMENT_JWT_SECRET

PEOPLE = 12
ROWS_PER_SECOND = 20
STAY_SECONDS_MAX = 6.0
AWAY_SECONDS_MAX = 3.0
ANSWER_SECONDS_MAX = 30.0
BEFORE_THE_KILL = 0.8  # of the time
WARM_UP = 0.2
GROWTH_MB_MAX = 8.0
TABLE = """
create table public.steps (owner uuid not null, n int not null, primary key (owner, n));
alter table public.steps enable row level security;
grant select on public.steps to authenticated;
create policy own on public.steps for select to authenticated using (owner = (select auth.uid()));
alter publication supabase_realtime add table public.steps;
"""
STEP = "insert into public.steps select %(owner)s, coalesce(max(n), 0) + 1 from public.steps where owner = %(owner)s"
LAST = "select coalesce(max(n), 0) as n from public.steps where owner = %s"


@dataclass(slots=True)
class World:
    """Where the server is now, whether it is over, and what went wrong."""

    url: str
    database_url: str
    over: bool = False
    visits: int = 0
    loads: int = 0
    missed: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Walker:
    """One client. It has all rows of its owner up to `last`, those up to `loaded` because it read them.

    `unmarked` is one whose `commit` is still to come: it comes in the same write.
    """

    world: World
    owner: UUID
    version: str
    dice: random.Random
    last: int = 0
    loaded: int = 0
    unmarked: bool = False
    since: str | None = None

    async def walk(self) -> None:
        """Come, stay, go, again and again, and a last time until all is there."""
        while not self.world.over:
            try:
                await self._visit(self.dice.uniform(0, STAY_SECONDS_MAX))
            except (OSError, websockets.WebSocketException):  # the server is being killed
                await asyncio.sleep(0.2)
            await asyncio.sleep(self.dice.uniform(0, AWAY_SECONDS_MAX))
        await self._visit(0.0)
        if self.last != (present := await self._last_row()):
            self.world.missed.append(f"the last rows: {self.last} of {present}")

    async def _visit(self, seconds: float) -> None:
        self.world.visits += 1
        until = time.monotonic() + seconds
        url = f"{self.world.url}/realtime/v1/websocket?apikey={DEVELOPMENT_ANON_KEY}&vsn={self.version}"
        async with websockets.connect(url, max_queue=None) as socket:
            await self._send(socket, "phx_join", {"config": self._config(), "access_token": token(self.owner)})
            while not await self._hear(socket, ANSWER_SECONDS_MAX):
                pass
            if self.dice.random() < 0.5:
                await self._send(socket, "access_token", {"access_token": token(self.owner)})
            while (left := until - time.monotonic()) > 0:
                try:
                    await self._hear(socket, left)
                except TimeoutError:
                    break
            while self.unmarked:
                await self._hear(socket, ANSWER_SECONDS_MAX)
            if self.dice.random() < 0.5:
                socket.transport.abort()

    def _config(self) -> dict[str, Any]:
        asked = {"event": "INSERT", "schema": "public", "table": "steps"}
        return {"postgres_changes": [asked], "postgres_changes_options": {"catch_up": {"since": self.since}}}

    async def _send(self, socket: websockets.ClientConnection, event: str, payload: dict[str, Any]) -> None:
        names = {"join_ref": "1", "ref": "1", "topic": "realtime:steps", "event": event, "payload": payload}
        await socket.send(orjson.dumps(names if self.version == "1.0.0" else list(names.values())).decode())

    async def _hear(self, socket: websockets.ClientConnection, seconds: float) -> bool:
        """One message; whether it says how far the client has come."""
        async with asyncio.timeout(seconds):
            message = orjson.loads(await socket.recv())
        event, payload = (message["event"], message["payload"]) if isinstance(message, dict) else message[3:]
        if event == "postgres_changes":
            self._take(payload["data"]["record"]["n"])
        elif event == "phx_reply" and payload["status"] != "ok":
            raise RuntimeError(f"refused: {payload}")
        if "commit" not in payload:
            return False
        if self.since is None or payload["load_again"]:
            self.world.loads += self.since is not None
            self.last = self.loaded = max(self.last, await self._last_row())
        self.since, self.unmarked = payload["commit"], False
        return True

    def _take(self, n: int) -> None:
        if n > self.last + 1:
            self.world.missed.append(f"{self.last} and then {n}")
        elif self.loaded < n <= self.last:
            self.world.missed.append(f"{n} again, after {self.last}")
        self.last, self.unmarked = max(self.last, n), True

    async def _last_row(self) -> int:
        async with await psycopg.AsyncConnection.connect(self.world.database_url, row_factory=dict_row) as conn:
            row = await (await conn.execute(LAST, (self.owner,))).fetchone()
        assert row is not None
        return int(row["n"])


def main(arguments: list[str]) -> None:
    """Watch, write `results/churn.json`, and say what went wrong."""
    parser = argparse.ArgumentParser("python -m benchmarks churn", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--clients", type=int, default=60)
    options = parser.parse_args(arguments)
    load_before = os.getloadavg()
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            conn.execute(TABLE)

        def serve() -> tuple[str, int]:
            rest_url, pid = start_sahne(stack, cluster.url, folder, WITHOUT_BOUNDS)
            return rest_url.removesuffix("/rest/v1").replace("http", "ws", 1), pid

        url, pid = serve()
        world = World(url, cluster.url)
        memory = asyncio.run(_watch(world, pid, serve, options.clients, options.minutes * 60))
    growth = memory[-1] - memory[0]
    print(f"{world.visits:,} visits, {world.loads} loads, memory {memory[0]:.0f} to {memory[-1]:.0f} MB")
    misses = [*world.missed[:20]]
    if growth > GROWTH_MB_MAX:
        misses.append(f"the server grew by {growth:.1f} MB, goal {GROWTH_MB_MAX:g} MB")
    conclude("churn", misses, load_before, {
        "minutes": options.minutes, "clients": options.clients, "visits": world.visits, "loads": world.loads,
        "missed_or_twice": len(world.missed), "memory_mb": [round(each, 1) for each in memory],
    })  # fmt: skip


async def _watch(
    world: World, pid: int, serve: Callable[[], tuple[str, int]], clients: int, seconds: float
) -> list[float]:
    """The memory of the first server from its warm-up on."""
    memory = []
    async with asyncio.TaskGroup() as group:
        writing = group.create_task(_write(world))
        for number in range(clients):
            owner, version = UUID(int=0xBEE0 + number % PEOPLE), ("1.0.0", "2.0.0")[number % 2]
            group.create_task(Walker(world, owner, version, random.Random(number)).walk())
        await asyncio.sleep(seconds * WARM_UP)
        for _ in range(10):
            memory.append(memory_mb(pid))
            await asyncio.sleep(seconds * (BEFORE_THE_KILL - WARM_UP) / 10)
        memory.append(memory_mb(pid))
        os.kill(pid, signal.SIGKILL)
        world.url, _ = await asyncio.to_thread(serve)
        await asyncio.sleep(seconds * (1 - BEFORE_THE_KILL))
        writing.cancel()
        world.over = True
    return memory


async def _write(world: World) -> None:
    """A row for somebody, so many times a second."""
    dice = random.Random(0)
    async with await psycopg.AsyncConnection.connect(world.database_url, autocommit=True) as conn:
        while True:
            await conn.execute(STEP, {"owner": UUID(int=0xBEE0 + dice.randrange(PEOPLE))})
            await asyncio.sleep(1 / ROWS_PER_SECOND)


def token(owner: UUID) -> str:
    """A new one each time."""
    claims = {"role": "authenticated", "sub": str(owner), "exp": int(time.time()) + 3600, "iat": time.time()}
    return jwt.encode(claims, DEVELOPMENT_JWT_SECRET, "HS256")
