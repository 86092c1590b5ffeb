"""Realtime sockets that only wait: the memory and the processor time of each, ours beside a bare WebSocket server.

`python -m benchmarks idle_sockets [--sockets 5000] [--seconds 25]` takes about a minute and a half. Each socket has
joined a topic of its own and sends a heartbeat every 25 seconds, as clients do. The bare server is the same library on
the same loop, which answers each message with itself and knows nothing. Clients are a process of their own. What a
server spends without sockets is taken off. Nobody else should use the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass

import orjson
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_connect, ws_create_server

from benchmarks.harness import conclude, cpu_seconds, free_port, memory_mb, started
from benchmarks.rivals import start_postgres, start_sahne
from sahne.settings.local_stack import DEVELOPMENT_ANON_KEY

HEARTBEAT_SECONDS = 25.0
AT_ONCE = 100  # sockets that connect and join together
WARM_UP_SOCKETS = 200
SETTLE_SECONDS = 2.0
FILES_SPARE = 500
JOIN_SECONDS_MAX = 60.0
MEMORY_KB_MAX = 25.0
CPU_US_MAX = 5.0
OURS, BARE = "sahne", "bare"
WITHOUT_BOUNDS = {
    "SAHNE_REALTIME_SOCKETS_MAX": "100000",
    "SAHNE_REALTIME_JOINS_PER_SECOND_MAX": "1000000",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one socket that waits takes: kilobytes of memory, and microseconds of processor time a second."""

    memory_kb: float
    cpu_us: float


def main(arguments: list[str]) -> None:
    """Measure, write `results/idle_sockets.json`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks idle_sockets", description=__doc__)
    parser.add_argument("--sockets", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=HEARTBEAT_SECONDS)
    options = parser.parse_args(arguments)
    if options.sockets + FILES_SPARE > resource.getrlimit(resource.RLIMIT_NOFILE)[0]:
        raise SystemExit(f"{options.sockets} sockets are more than this shell may open: see `ulimit -n`.")
    load_before = os.getloadavg()
    figures: dict[str, Waiting] = {}
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        rest_url, pid = start_sahne(stack, cluster.url, folder, WITHOUT_BOUNDS)
        bare_port = free_port()
        bare_pid = stack.enter_context(
            started(
                [sys.executable, "-m", "benchmarks.idle_sockets", "bare", str(bare_port)],
                lambda: listens(bare_port),
                env=os.environ,
            )
        )
        url = rest_url.removesuffix("/rest/v1").replace("http", "ws", 1)
        for name, (address, server) in {OURS: (url, pid), BARE: (f"ws://127.0.0.1:{bare_port}", bare_pid)}.items():
            figures[name] = measure(address, server, options.sockets, options.seconds)
            print(f"{name:6s} {figures[name].memory_kb:5.1f} kB  {figures[name].cpu_us:5.1f} us of CPU a second")
    conclude("idle_sockets", _misses(figures), load_before, {
        "sockets": options.sockets, "seconds": options.seconds, "heartbeat_seconds": HEARTBEAT_SECONDS,
        "a_socket": {name: asdict(each) for name, each in figures.items()},
    })  # fmt: skip


def measure(url: str, pid: int, sockets: int, seconds: float) -> Waiting:
    """What so many sockets add to a server: of memory once all are there, of its time while they wait."""
    with holding(url, WARM_UP_SOCKETS):
        pass
    time.sleep(SETTLE_SECONDS)
    memory, alone = memory_mb(pid), cpu_per_second(pid, seconds / 2)
    with holding(url, sockets):
        time.sleep(SETTLE_SECONDS)
        spent = cpu_per_second(pid, seconds)
        added = memory_mb(pid) - memory
    return Waiting(round(added * 1024 / sockets, 2), round((spent - alone) / sockets * 1e6, 2))


@contextmanager
def holding(url: str, sockets: int) -> Iterator[None]:
    """So many sockets of another process for the time of the block."""
    command = [sys.executable, "-m", "benchmarks.idle_sockets", "hold", url, str(sockets)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        try:
            if holder.stdout.readline() != "all are in\n":
                raise RuntimeError("the sockets did not come in")
            yield
        finally:
            holder.stdin.close()


def cpu_per_second(pid: int, seconds: float) -> float:
    """What a process spends, looked at for so long."""
    began, before = time.monotonic(), cpu_seconds(pid)
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - began)


def listens(port: int) -> bool:
    """Whether anybody does at that port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _misses(figures: Mapping[str, Waiting]) -> list[str]:
    """Every goal that was not reached, in words."""
    ours = figures[OURS]
    missed = []
    if ours.memory_kb > MEMORY_KB_MAX:
        missed.append(f"a socket takes {ours.memory_kb:.1f} kB, goal {MEMORY_KB_MAX:g} kB")
    if ours.cpu_us > CPU_US_MAX:
        missed.append(f"a socket takes {ours.cpu_us:.1f} us a second, goal {CPU_US_MAX:g} us")
    return missed


# the other processes


class Guest(WSListener):
    """A client: it joins a topic of its own, and then only beats."""

    def __init__(self, number: int) -> None:
        self._topic = f"realtime:idle-{number}"
        self.joined = asyncio.Event()

    def join(self, transport: WSTransport) -> None:
        """Ask to come in."""
        join = {"topic": self._topic, "event": "phx_join", "payload": {"config": {}}, "ref": "1", "join_ref": "1"}
        transport.send(WSMsgType.TEXT, orjson.dumps(join))

    def on_ws_frame(self, _: WSTransport, frame: WSFrame) -> None:
        """The answer to the join or to a beat."""
        if frame.msg_type == WSMsgType.TEXT:
            self.joined.set()


async def hold(url: str, sockets: int) -> None:
    """Keep so many guests there, each beating in its turn, until the other end of stdin closes."""
    address = f"{url}/realtime/v1/websocket?apikey={DEVELOPMENT_ANON_KEY}&vsn=1.0.0"
    transports: list[WSTransport] = []
    for first in range(0, sockets, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, sockets))
        transports += await asyncio.gather(*(_come_in(address, number) for number in numbers))
    print("all are in", flush=True)
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    beat = orjson.dumps({"topic": "phoenix", "event": "heartbeat", "payload": {}, "ref": "2"})
    turn = 0
    while not ended.done():
        transports[turn % sockets].send(WSMsgType.TEXT, beat)
        turn += 1
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(ended), HEARTBEAT_SECONDS / sockets)
    for transport in transports:
        transport.disconnect()


async def _come_in(address: str, number: int) -> WSTransport:
    guest = Guest(number)
    transport, _ = await ws_connect(lambda: guest, address)
    guest.join(transport)
    await asyncio.wait_for(guest.joined.wait(), JOIN_SECONDS_MAX)
    return transport


class Echo(WSListener):
    """A server's side that answers each message with itself."""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A message."""
        if frame.msg_type == WSMsgType.TEXT:
            transport.send(WSMsgType.TEXT, frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()


async def serve_bare(port: int) -> None:
    """The yardstick."""

    def listener(_: WSUpgradeRequest) -> WSListener:
        return Echo()

    server = await ws_create_server(listener, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    uvloop.run(hold(given[0], int(given[1])) if what == "hold" else serve_bare(int(given[0])))
