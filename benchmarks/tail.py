"""How long the slowest wait beside the middle: `/health`, an operation, and a broadcast over realtime.

`python -m benchmarks tail [--rounds 3] [--seconds 3]` takes a minute. The Data API's tail is in `data_api`,
beside those of PostgREST and pgbench. Nobody else should be using the machine: what it does besides is somebody's tail.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import jwt
import orjson
import psycopg
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.harness import (
    Load,
    Measured,
    as_json,
    cpu_seconds,
    in_turn,
    load,
    median,
    percentiles,
    write_result,
)
from benchmarks.rivals import start_postgres, start_sahne
from sahne.settings.local_stack import DEVELOPMENT_ANON_KEY, DEVELOPMENT_JWT_SECRET

PERSON = "11111111-1111-1111-1111-111111111111"
CONNECTIONS = (10, 50)
P99_OF_P50_MAX = 4.0
PATHS = {"/health": "/health", "an operation": "/functions/v1/coins/wallet"}
BROADCAST = "a broadcast"
TOPIC = "realtime:tail"
WITHOUT_PACE = {
    "SAHNE_REALTIME_MESSAGES_PER_SECOND_MAX": "1000000",
    "SAHNE_REALTIME_BYTES_PER_SECOND_MAX": "1000000000",
}


def main(arguments: list[str]) -> None:
    """Measure, write `results/tail.json`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks tail", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args(arguments)
    load_before = os.getloadavg()
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            conn.execute("insert into auth.users (id) values (%s)", [PERSON])
        rest_url, pid = start_sahne(stack, cluster.url, folder, WITHOUT_PACE)
        variants = _variants(rest_url.removesuffix("/rest/v1"), pid, folder, options.seconds)
        next(
            iter(variants.values())
        )()  # not counted: in its first seconds a server still starts what runs beside the doors
        medians = {name: median(each) for name, each in in_turn(variants, options.rounds).items()}
    for name, measured in medians.items():
        print(f"{name:24s} {measured.per_second:7.0f}/s {measured.cpu_us:4.0f} us CPU  {measured.waits}")
    misses = _misses(medians)
    file = write_result("tail", {
        "rounds": options.rounds, "seconds": options.seconds, "load_before": load_before,
        "load_after": os.getloadavg(), "misses": misses, **{name: as_json(each) for name, each in medians.items()},
    })  # fmt: skip
    print(f"{file}\nload of the machine: {load_before[0]:.1f} before, {os.getloadavg()[0]:.1f} after")
    print("\n".join([f"MISS {each}" for each in misses] or ["every goal is met"]))


def _variants(url: str, pid: int, folder: Path, seconds: int) -> dict[str, Callable[[], Measured]]:
    claims = {"role": "authenticated", "sub": PERSON, "exp": int(time.time()) + 3600}
    token = jwt.encode(claims, DEVELOPMENT_JWT_SECRET, "HS256")
    variants: dict[str, Callable[[], Measured]] = {}
    for connections in CONNECTIONS:
        for name, path in PATHS.items():
            asked = Load(url, "GET", path, "", 1, token, connections, seconds, pid)
            variants[f"{name}, {connections}"] = partial(load, asked, folder)
        variants[f"{BROADCAST}, {connections}"] = partial(broadcasts, url, connections, seconds, pid)
    return variants


def _misses(medians: Mapping[str, Measured]) -> list[str]:
    """Every goal that was not reached, in words."""
    missed = [f"{name}: {each.errors} errors" for name, each in medians.items() if each.errors]
    for name, each in medians.items():
        if each.p99_ms > P99_OF_P50_MAX * each.p50_ms:
            missed.append(f"{name}: p99 is {each.p99_ms / each.p50_ms:.1f}x p50, goal {P99_OF_P50_MAX:g}x")
    return missed


def broadcasts(url: str, listeners: int, seconds: int, pid: int) -> Measured:
    """One sends as soon as all have heard the last; what each waited for each, and the server's CPU for a delivery."""
    gc.collect()
    gc.disable()  # a pause of ours would be taken for one of the server's
    before = cpu_seconds(pid)
    try:
        waits, took = uvloop.run(_broadcast(url.replace("http", "ws", 1), listeners, seconds))
    finally:
        gc.enable()
    spent = cpu_seconds(pid) - before
    measured = Measured(per_second=len(waits) / took, **percentiles(waits))
    return replace(measured, cpu_us=spent / len(waits) * 1e6)


class Listener(WSListener):
    """One socket in the topic; `hears` is called with each broadcast's number."""

    def __init__(self, hears: Callable[[], None]) -> None:
        self._hears = hears
        self.joined = asyncio.Event()

    def on_ws_frame(self, _: WSTransport, frame: WSFrame) -> None:
        """The answer to the join, or a broadcast."""
        if frame.msg_type == WSMsgType.TEXT and b'"broadcast"' in frame.get_payload_as_memoryview().tobytes():
            self._hears()
        else:
            self.joined.set()


async def _broadcast(url: str, listeners: int, seconds: int) -> tuple[list[float], float]:
    waits: list[float] = []
    sent_at, missing, all_heard = 0.0, 0, asyncio.Event()

    def hears() -> None:
        nonlocal missing
        waits.append((time.perf_counter() - sent_at) * 1000)
        missing -= 1
        if not missing:
            all_heard.set()

    address = f"{url}/realtime/v1/websocket?apikey={DEVELOPMENT_ANON_KEY}&vsn=1.0.0"
    sockets = [await ws_connect(lambda: Listener(hears), address) for _ in range(listeners + 1)]
    for transport, listener in sockets:
        assert isinstance(listener, Listener)
        join = {"topic": TOPIC, "event": "phx_join", "payload": {"config": {}}, "ref": "1", "join_ref": "1"}
        transport.send(WSMsgType.TEXT, orjson.dumps(join))
        await listener.joined.wait()
    payload = {"type": "broadcast", "event": "tail", "payload": {"text": "x" * 200}}
    message = orjson.dumps({"topic": TOPIC, "event": "broadcast", "payload": payload, "ref": "2", "join_ref": "1"})
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        all_heard.clear()
        missing, sent_at = listeners, time.perf_counter()
        sockets[0][0].send(WSMsgType.TEXT, message)
        await all_heard.wait()
    took = time.perf_counter() - began
    for transport, _ in sockets:
        transport.disconnect()
    return waits, took
