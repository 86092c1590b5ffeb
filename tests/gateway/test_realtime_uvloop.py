"""The production loop is uvloop: sockets are taken over, written straight to and closed there too."""

from __future__ import annotations

import asyncio

import pytest

from sahne.server import serving
from sahne.settings import Settings
from tests.gateway.realtime_socket import talking

uvloop = pytest.importorskip("uvloop", reason="NO UVLOOP: it does not exist on this system")


def test_sockets_work_on_uvloop(settings: Settings) -> None:
    async def talk() -> None:
        async with serving(settings), talking(settings) as two, talking(settings, "1.0.0") as one:
            for each in (one, two):
                assert (await each.join("realtime:room")).payload["status"] == "ok"
            large = {"type": "broadcast", "event": "e", "payload": {"x": "x" * 1_000_000}}
            await two.send("realtime:room", "broadcast", large)
            assert (await one.hear()).payload == large
            await one.send("realtime:room", "broadcast", large)
            assert (await two.hear()).payload == large
            await two.join("realtime:db", {"postgres_changes": [{"event": "*", "schema": "public"}]})
            assert (await two.hear()).payload["message"] == "Subscribed to PostgreSQL"
            await one.socket.send("x" * 4_000_000)
            assert (await one.closed())[0] == 1009

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(talk())
