"""A client for what must be sent once each: requests made beforehand, at a pace or as fast as they are answered."""

from __future__ import annotations

import asyncio
import gc
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import uvloop

from benchmarks.harness import Measured, cpu_seconds, percentiles

LATE_SECONDS_MAX = 5.0
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


def post(path: str, authorization: str, body: bytes) -> bytes:
    """A whole request as it is sent."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"authorization: {authorization}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def ask_each(
    url: str, requests: Sequence[bytes], connections: int, pid: int, per_second: float | None = None
) -> Measured:
    """Send every request once over so many connections; the CPU is that of the process `pid`.

    With a pace each goes when its time has come, whether those before it are answered or not: while no connection is
    free it waits, and that counts. Whatever is not answered with 200 is an error.
    """
    gc.collect()
    gc.disable()  # a pause of ours would be taken for one of the server's
    before = cpu_seconds(pid)
    try:
        askers, took = uvloop.run(_ask_each(urlsplit(url).port or 80, requests, connections, per_second))
    finally:
        gc.enable()
    spent = cpu_seconds(pid) - before
    waits = [wait for asker in askers for wait in asker.waits]
    errors = sum(asker.errors for asker in askers)
    measured = Measured(per_second=len(waits) / took, errors=errors, **percentiles(waits))
    return replace(measured, cpu_us=spent / len(waits) * 1e6)


async def _ask_each(
    port: int, requests: Sequence[bytes], connections: int, per_second: float | None
) -> tuple[list[_Asker], float]:
    free: asyncio.Queue[_Asker] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    askers = [(await loop.create_connection(lambda: _Asker(free), "127.0.0.1", port))[1] for _ in range(connections)]
    began = time.perf_counter()
    for number, request in enumerate(requests):
        if per_second is None:
            (await free.get()).send(request, time.perf_counter())
            continue
        due = began + number / per_second
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
            due = max(due, time.perf_counter())  # that this clock wakes late is not the server's fault
        asker = await free.get()
        if time.perf_counter() - due > LATE_SECONDS_MAX:
            raise RuntimeError(f"the server does not answer {per_second:g} a second")
        asker.send(request, due)
    for _ in askers:
        await free.get()
    took = time.perf_counter() - began
    for asker in askers:
        asker.close()
    return askers, took


class _Asker(asyncio.Protocol):
    """One connection: free, or waiting for an answer."""

    def __init__(self, free: asyncio.Queue[_Asker]) -> None:
        self._free = free
        self._transport: Any = None  # uvloop's is none of asyncio's
        self._due = 0.0
        self._came = b""
        self.waits: list[float] = []
        self.errors = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._free.put_nowait(self)

    def send(self, request: bytes, due: float) -> None:
        """A request that was due then."""
        self._due, self._came = due, b""
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._came += data
        head, end, body = self._came.partition(b"\r\n\r\n")
        length = LENGTH.search(head + b"\r\n")
        if not end or (length and len(body) < int(length[1])):
            return
        self.waits.append((time.perf_counter() - self._due) * 1000)
        self.errors += not head.startswith(b"HTTP/1.1 200")
        self._free.put_nowait(self)

    def close(self) -> None:
        """Hang up."""
        self._transport.close()
