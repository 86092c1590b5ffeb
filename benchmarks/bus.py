"""Broadcasts with and without a bus: what a line costs a server, what the bus adds, what a second server takes over.

`python -m benchmarks bus [--members 200] [--lines 3000]` takes about a minute and wants `redis-server` or
`valkey-server`. One server without a bus, then two with one: everybody at the first, then half of them at each. The
sender has at most ten lines that are not acknowledged. Then rows are inserted, and what PostgreSQL's senders of the
stream spend is read. Clients are a process of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import psycopg
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.harness import conclude, cpu_seconds, free_port, started
from benchmarks.rivals import start_postgres, start_sahne
from sahne.settings.local_stack import DEVELOPMENT_ANON_KEY

ROOM = "realtime:room"
ACKNOWLEDGED_EACH = 10
COMES_SECONDS_MAX = 120.0
ROWS = 5_000
OF_ALONE_MAX = 1.3
WITHOUT_BOUNDS = {
    "SAHNE_REALTIME_MESSAGES_PER_SECOND_MAX": "1000000",
    "SAHNE_REALTIME_BYTES_PER_SECOND_MAX": "1000000000",
    "SAHNE_REALTIME_JOINS_PER_SECOND_MAX": "100000",
}
LISTENS = "create table public.ticks (id int primary key); alter publication supabase_realtime add table public.ticks"


@dataclass(frozen=True, slots=True)
class Program:
    """A process that is watched."""

    name: str
    pid: int


@dataclass(frozen=True, slots=True)
class Round:
    """Lines a second from the first sent to the last heard, and the microseconds of CPU of each program a line."""

    lines_per_second: float
    cpu_us_a_line: dict[str, float]


def main(arguments: list[str]) -> None:
    """Measure, write `results/bus.json`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks bus", description=__doc__)
    parser.add_argument("--members", type=int, default=200)
    parser.add_argument("--lines", type=int, default=3000)
    options = parser.parse_args(arguments)
    load_before = os.getloadavg()
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        redis_url, redis = _start_redis(stack, folder)
        with_bus = WITHOUT_BOUNDS | {"SAHNE_BUS_URL": redis_url}
        alone, first, second = (
            start_sahne(stack, cluster.url, folder, each) for each in (WITHOUT_BOUNDS, with_bus, with_bus)
        )
        watched = [Program("first", first[1]), Program("second", second[1]), Program("redis", redis)]
        rounds = {
            "alone": _round([alone[0]], options, [Program("first", alone[1])]),
            "all_at_the_first": _round([first[0]], options, watched),
            "half_at_each": _round([first[0], second[0]], options, watched),
        }
        stream_us = _stream_cost(cluster.url)
    for name, each in rounds.items():
        spent = ", ".join(f"{program} {us:.0f} us" for program, us in each.cpu_us_a_line.items())
        print(f"{name:17s} {each.lines_per_second:5.0f} lines/s to {options.members}; CPU a line: {spent}")
    print(f"PostgreSQL's sender: {stream_us:.0f} us a change and server")
    conclude("bus", _misses(rounds), load_before, {
        "members": options.members, "lines": options.lines, "sender_cpu_us_a_change": round(stream_us, 1),
        **{name: asdict(each) for name, each in rounds.items()},
    })  # fmt: skip


def _round(rest_urls: Sequence[str], options: argparse.Namespace, watched: Sequence[Program]) -> Round:
    """Members spread over the servers; one more at the first says the lines."""
    urls = [url.removesuffix("/rest/v1").replace("http", "ws", 1) for url in rest_urls]
    with talking(urls, options.members, options.lines) as talk:
        before = {each.name: cpu_seconds(each.pid) for each in watched}
        seconds = talk()
        spent = {each.name: cpu_seconds(each.pid) - before[each.name] for each in watched}
    per_line = {name: round(cpu / options.lines * 1e6, 1) for name, cpu in spent.items()}
    return Round(round(options.lines / seconds), per_line)


def _stream_cost(database_url: str) -> float:
    """Microseconds of PostgreSQL's sender for a row that is inserted, each server having its own."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(LISTENS)
        senders = [int(row[0]) for row in conn.execute("select pid from pg_stat_replication")]
        before = sum(map(cpu_seconds, senders))
        for row in range(ROWS):
            conn.execute("insert into public.ticks values (%s)", [row])
        return (sum(map(cpu_seconds, senders)) - before) / len(senders) / ROWS * 1e6


def _start_redis(stack: ExitStack, folder: Path) -> tuple[str, int]:
    program = shutil.which("valkey-server") or shutil.which("redis-server")
    if program is None:
        raise SystemExit("redis-server is missing: install it (Debian: redis-server) and run again.")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    return f"redis://127.0.0.1:{port}", stack.enter_context(started(command, lambda: _listens(port), env=os.environ))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _misses(rounds: dict[str, Round]) -> list[str]:
    """Every goal that was not reached, in words."""
    ratio = rounds["all_at_the_first"].cpu_us_a_line["first"] / rounds["alone"].cpu_us_a_line["first"]
    print(f"a line costs a server with a bus {ratio:.2f} of one without")
    return [f"{ratio:.2f} of a server without a bus, goal {OF_ALONE_MAX:g}"] if ratio > OF_ALONE_MAX else []


# the clients' process


class Talker:
    """Members who are in the room, and how long it takes until all have heard all lines."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self) -> float:
        """Say the lines; seconds from the first sent to the last heard."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())


@contextmanager
def talking(urls: Sequence[str], members: int, lines: int) -> Iterator[Talker]:
    """So many, for the time of the block."""
    command = [sys.executable, "-m", "benchmarks.bus", str(members), str(lines), *urls]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        if process.stdout.readline() != "all are in\n":
            raise RuntimeError("the members did not come in")
        yield Talker(process)


class Member(WSListener):
    """One who has joined the room and counts what it hears."""

    def __init__(self) -> None:
        self.joined = asyncio.Event()
        self.heard = 0
        self.answers = 0
        self.answered = asyncio.Event()

    def on_ws_frame(self, _: WSTransport, frame: WSFrame) -> None:
        """A line, or the answer to what it sent."""
        if b'"phx_reply"' not in frame.get_payload_as_memoryview().tobytes():
            self.heard += 1
            return
        self.answers += 1
        self.joined.set()
        self.answered.set()


async def talk(members: int, lines: int, urls: Sequence[str]) -> None:
    """Come in, wait for a line on stdin, say the lines, print the seconds."""
    listeners = [(await _come_in(urls[number % len(urls)]))[0] for number in range(members)]
    sender, transport = await _come_in(urls[0], acknowledged=True)
    print("all are in", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    payload = {"type": "broadcast", "event": "line", "payload": {"text": "What a voice, and what a night this is!"}}
    line = orjson.dumps({"topic": ROOM, "event": "broadcast", "payload": payload, "ref": "2", "join_ref": "1"})
    began = time.perf_counter()
    for number in range(1, lines + 1):
        transport.send(WSMsgType.TEXT, line)
        while number - (sender.answers - 1) >= ACKNOWLEDGED_EACH:
            sender.answered.clear()
            await sender.answered.wait()
    async with asyncio.timeout(COMES_SECONDS_MAX):
        while any(listener.heard < lines for listener in listeners):  # noqa: ASYNC110 they come to all alike
            await asyncio.sleep(0.001)
    print(time.perf_counter() - began, flush=True)


async def _come_in(url: str, *, acknowledged: bool = False) -> tuple[Member, WSTransport]:
    address = f"{url}/realtime/v1/websocket?apikey={DEVELOPMENT_ANON_KEY}&vsn=1.0.0"
    transport, member = await ws_connect(Member, address)
    assert isinstance(member, Member)
    payload = {"config": {"broadcast": {"ack": acknowledged}}}
    join = {"topic": ROOM, "event": "phx_join", "payload": payload, "ref": "1", "join_ref": "1"}
    transport.send(WSMsgType.TEXT, orjson.dumps(join))
    await member.joined.wait()
    return member, transport


if __name__ == "__main__":
    how_many, of_lines, *where = sys.argv[1:]
    uvloop.run(talk(int(how_many), int(of_lines), where))
