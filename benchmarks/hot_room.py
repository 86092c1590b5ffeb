"""One room that thousands look at: what a line costs the server for each of them, at 1, 10 and 100 lines a second.

`python -m benchmarks hot_room [--sockets 2000] [--seconds 8]` takes about two minutes. Everybody follows the same rows
of a table without row security; who may see a line is another question, which `authorisation` measures. Clients are a
process of their own, on the same cores. The yardstick writes the same frame to as many sockets with bare non-blocking
sends, one line a second, and does nothing else. Nobody else should use the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import orjson
import psycopg
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_connect, ws_create_server

from benchmarks.chart import Bar, draw_bars
from benchmarks.harness import RESULTS, conclude, cpu_seconds, free_port, percentiles, started
from benchmarks.idle_sockets import (
    AT_ONCE,
    FILES_SPARE,
    JOIN_SECONDS_MAX,
    WITHOUT_BOUNDS,
    cpu_per_second,
    listens,
)
from benchmarks.rivals import start_postgres, start_sahne
from sahne.gateway.realtime.frames import frame_text
from sahne.settings.local_stack import DEVELOPMENT_ANON_KEY

RATES = (1, 10, 100)
RAW_MAX = 1.3  # of a bare send, at one line a second
COALESCED_US_MAX = 1.0  # at a hundred
BARE = "bare sends"
SETTLE_SECONDS = 1.0
LISTENED_TO = 20  # one guest of so many looks at the clock
AT = re.compile(rb'"at":([0-9.]+)')
LINE_BYTES = 420  # what a line of the table below weighs on the wire, about
TABLE = """
create table public.lines (
  id bigint generated always as identity primary key, room int not null, said text not null, at float8 not null
);
grant select on public.lines to anon;
alter publication supabase_realtime add table public.lines;
"""
INSERT = "insert into public.lines (room, said, at) values (7, 'What a voice, and what a night this is!', %s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Deliveries a second, microseconds of the server's time each, milliseconds from the insert to the client."""

    deliveries_per_second: int
    cpu_us: float
    wait_p50_ms: float
    wait_p90_ms: float


def main(arguments: list[str]) -> None:
    """Measure, write `results/hot_room.json` and its chart, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks hot_room", description=__doc__)
    parser.add_argument("--sockets", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=8.0)
    options = parser.parse_args(arguments)
    if options.sockets + FILES_SPARE > resource.getrlimit(resource.RLIMIT_NOFILE)[0]:
        raise SystemExit(f"{options.sockets} sockets are more than this shell may open: see `ulimit -n`.")
    load_before = os.getloadavg()
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        conn = stack.enter_context(psycopg.connect(cluster.url, autocommit=True))
        conn.execute(TABLE)
        rest_url, pid = start_sahne(stack, cluster.url, folder, WITHOUT_BOUNDS)
        url = rest_url.removesuffix("/rest/v1").replace("http", "ws", 1)
        bare_port = free_port()
        bare = [sys.executable, "-m", "benchmarks.hot_room", "bare", str(bare_port)]
        bare_pid = stack.enter_context(started(bare, partial(listens, bare_port), env=os.environ))
        figures = {BARE: measure(f"ws://127.0.0.1:{bare_port}", bare_pid, options.sockets, options.seconds, None, 1)}
        figures |= {
            f"{rate} a second": measure(url, pid, options.sockets, options.seconds, conn, rate) for rate in RATES
        }
    for name, each in figures.items():
        print(
            f"{name:14s} {each.deliveries_per_second:8,}/s {each.cpu_us:6.2f} us of CPU each, "
            f"p50 {each.wait_p50_ms:.0f} ms, p90 {each.wait_p90_ms:.0f} ms"
        )
    bars = {name: [Bar("ours" if name != BARE else BARE, each.cpu_us * 1000)] for name, each in figures.items()}
    (RESULTS / "hot_room.svg").write_text(draw_bars("ns of processor time a delivery", bars))
    conclude("hot_room", _misses(figures), load_before, {
        "sockets": options.sockets, "seconds": options.seconds,
        **{name: asdict(each) for name, each in figures.items()},
    })  # fmt: skip


def measure(url: str, pid: int, sockets: int, seconds: float, conn: psycopg.Connection[Any] | None, rate: int) -> Room:
    """What so many sockets get, less what the server spends while it says nothing.

    Without a connection to insert lines with, the server sends them by itself, and spends nothing besides.
    """
    with guests(url, sockets) as ask:
        time.sleep(SETTLE_SECONDS)
        alone = cpu_per_second(pid, seconds) if conn is not None else 0.0
        ask()
        before, began = cpu_seconds(pid), time.monotonic()
        for number in range(int(seconds * rate)):
            time.sleep(max(began + number / rate - time.monotonic(), 0))
            if conn is not None:
                conn.execute(INSERT, (time.time(),))
        time.sleep(max(began + seconds - time.monotonic(), 0) + SETTLE_SECONDS)
        took = time.monotonic() - began
        spent = cpu_seconds(pid) - before - alone * took
        heard = ask()
    waits = percentiles(heard["waits_ms"])
    return Room(
        deliveries_per_second=round(heard["frames"] / took),
        cpu_us=round(spent / heard["frames"] * 1e6, 2),
        wait_p50_ms=round(waits["p50_ms"], 1),
        wait_p90_ms=round(waits["p90_ms"], 1),
    )


def _misses(figures: Mapping[str, Room]) -> list[str]:
    """Every goal that was not reached, in words."""
    bare, slow, *_, fast = figures.values()
    missed = []
    if slow.cpu_us > bare.cpu_us * RAW_MAX:
        missed.append(f"a line costs {slow.cpu_us / bare.cpu_us:.2f} of a bare send, goal {RAW_MAX:g}")
    if fast.cpu_us > COALESCED_US_MAX:
        missed.append(f"a line of many costs {fast.cpu_us:.1f} us, goal {COALESCED_US_MAX:g} us")
    return missed


@contextmanager
def guests(url: str, sockets: int) -> Iterator[Callable[[], dict[str, Any]]]:
    """So many sockets of another process; the block asks what they heard since it asked before."""
    command = [sys.executable, "-m", "benchmarks.hot_room", "hold", url, str(sockets)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        given, answers = holder.stdin, holder.stdout

        def ask() -> dict[str, Any]:
            given.write("\n")
            given.flush()
            heard: dict[str, Any] = orjson.loads(answers.readline())
            return heard

        try:
            if answers.readline() != "all are in\n":
                raise RuntimeError("the sockets did not come in")
            yield ask
        finally:
            given.close()


# the other processes


@dataclass(slots=True)
class Ears:
    """What all guests together have heard."""

    frames: int = 0
    waits_ms: list[float] = field(default_factory=list)


class Guest(WSListener):
    """A client that follows the room. One in many looks how long a line was under way."""

    def __init__(self, number: int, ears: Ears) -> None:
        self._number = number
        self._ears = ears
        self.joined = asyncio.Event()

    def join(self, transport: WSTransport) -> None:
        """Ask to come in."""
        asked = {"event": "INSERT", "schema": "public", "table": "lines", "filter": "room=eq.7"}
        payload = {"config": {"postgres_changes": [asked]}}
        join = {"topic": "realtime:hall", "event": "phx_join", "payload": payload, "ref": "1", "join_ref": "1"}
        transport.send(WSMsgType.TEXT, orjson.dumps(join))

    def on_ws_frame(self, _: WSTransport, frame: WSFrame) -> None:
        """A line, or what is said about the join."""
        if frame.msg_type != WSMsgType.TEXT:
            return
        if not self.joined.is_set():
            text = frame.get_payload_as_bytes()
            if b"phx_reply" in text or b"echo" in text:
                self.joined.set()
            return
        self._ears.frames += 1
        if self._number % LISTENED_TO == 0 and (found := AT.search(frame.get_payload_as_bytes())) is not None:
            self._ears.waits_ms.append((time.time() - float(found[1])) * 1000)


async def hold(url: str, sockets: int) -> None:
    """Keep so many guests there; each line of stdin is answered with what they heard, its end is theirs."""
    address = f"{url}/realtime/v1/websocket?apikey={DEVELOPMENT_ANON_KEY}&vsn=1.0.0"
    ears, transports = Ears(), []
    for first in range(0, sockets, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, sockets))
        transports += await asyncio.gather(*(_come_in(address, number, ears) for number in numbers))
    print("all are in", flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(orjson.dumps(asdict(ears)).decode(), flush=True)
        ears.frames, ears.waits_ms = 0, []
    for transport in transports:
        transport.disconnect()


async def _come_in(address: str, number: int, ears: Ears) -> WSTransport:
    guest = Guest(number, ears)
    transport, _ = await ws_connect(lambda: guest, address)
    guest.join(transport)
    await asyncio.wait_for(guest.joined.wait(), JOIN_SECONDS_MAX)
    return transport


class Listed(WSListener):
    """A server's side that puts its socket on the list and lets everybody in."""

    def __init__(self, descriptors: set[int]) -> None:
        self._descriptors = descriptors
        self._descriptor = -1

    def on_ws_connected(self, transport: WSTransport) -> None:
        """It is on the list."""
        self._descriptor = transport.underlying_transport.get_extra_info("socket").fileno()
        self._descriptors.add(self._descriptor)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """The join."""
        if frame.msg_type == WSMsgType.TEXT:
            transport.send(WSMsgType.TEXT, b"echo")

    def on_ws_disconnected(self, _: WSTransport) -> None:
        """It is not any more."""
        self._descriptors.discard(self._descriptor)


async def serve_bare(port: int) -> None:
    """The yardstick: a frame of a line's size to everybody, once a second, by bare non-blocking sends."""
    descriptors: set[int] = set()

    def listener(_: WSUpgradeRequest) -> WSListener:
        return Listed(descriptors)

    await ws_create_server(listener, "127.0.0.1", port, backlog=2048)
    while True:
        await asyncio.sleep(1)
        text = orjson.dumps({"at": time.time()})
        frame = frame_text(text + b" " * (LINE_BYTES - len(text)))
        for descriptor in descriptors:
            with suppress(OSError):
                os.write(descriptor, frame)


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    uvloop.run(hold(given[0], int(given[1])) if what == "hold" else serve_bare(int(given[0])))
