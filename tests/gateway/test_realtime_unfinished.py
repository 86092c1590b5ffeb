"""What a socket begins it must end in time: slowly is enough, not at all is not, and silence is no beginning."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from sahne.gateway.realtime.unfinished import PROGRESS_BYTES_MIN, Unfinished
from sahne.settings import Settings
from tests.conftest import Running, running_server
from tests.eventually import eventually
from tests.gateway.raw_socket import NO_MASK, RawSocket

TEXT, MORE, LAST, PING = 0x1, 0x0, 0x80, 0x9
TOLD = b"a message was begun, and its end did not come"
HEARTBEAT = b'{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"7"}'
LARGE_BYTES = 2_000_000


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[Running]:
    with running_server(settings) as running:
        yield running


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Unfinished, "still_seconds_max", 1.0)


def frame(kind: int, text: bytes) -> bytes:
    size = struct.pack(">BQ", 0x80 | 127, len(text)) if len(text) > 125 else struct.pack(">B", 0x80 | len(text))
    return bytes([kind]) + size + NO_MASK + text


def connected(stack: ExitStack, server: Running) -> RawSocket:
    client = stack.enter_context(closing(RawSocket(server.settings.port)))
    client.upgrade(server.settings.publishable_key)
    return client


WHOLE = frame(LAST | TEXT, HEARTBEAT)


@pytest.mark.parametrize(
    "begun",
    [
        WHOLE[:1],
        WHOLE[:-1],
        frame(TEXT, HEARTBEAT[:9]),
        frame(TEXT, b""),
        frame(TEXT, HEARTBEAT[:9]) + frame(MORE, b"") + frame(LAST | PING, b"still there"),
        WHOLE + WHOLE[:5],
        frame(LAST | PING, b"there") + WHOLE[:5],
        frame(LAST | PING, b"there")[:4],
    ],
    ids=["head", "frame", "message", "empty part", "parts and a ping", "behind another", "behind a ping", "ping"],
)
def test_what_is_begun_and_stands_still_ends_its_socket_and_no_other(server: Running, begun: bytes) -> None:
    with ExitStack() as stack:
        silent, pinging, stuck = (connected(stack, server) for _ in range(3))
        pinging.send(frame(LAST | PING, b"here"))
        stuck.send(begun)
        eventually(lambda: stuck.was_told(TOLD))
        for neighbour in (silent, pinging):
            assert not neighbour.was_told(TOLD)
            neighbour.send(WHOLE)
            neighbour.hear(b'"ref":"7"')


def test_what_comes_slowly_comes_in_the_end(server: Running) -> None:
    message = HEARTBEAT[:-1] + b"," + b" " * LARGE_BYTES + b'"more":1}'
    rest = frame(LAST | TEXT, message)
    with ExitStack() as stack:
        slow, stuck = connected(stack, server), connected(stack, server)
        stuck.send(rest[:PROGRESS_BYTES_MIN])

        def goes_on() -> bool:
            nonlocal rest
            slow.send(rest[:PROGRESS_BYTES_MIN])
            rest = rest[PROGRESS_BYTES_MIN:]
            return stuck.was_told(TOLD)

        eventually(goes_on)
        assert rest, "it was whole before the other one was told"
        slow.send(rest)
        slow.hear(b'"ref":"7"')


def test_a_large_message_behind_another_has_its_own_time(server: Running) -> None:
    large = frame(LAST | TEXT, HEARTBEAT[:-1] + b"," + b" " * 100_000 + b'"more":1}')
    with ExitStack() as stack:
        client, stuck = connected(stack, server), connected(stack, server)
        client.send(large + large[:-100])
        client.hear(b'"ref":"7"')
        client.send(large[-100:])
        client.hear(b'"ref":"7"')
        stuck.send(large + large[:-100])
        eventually(lambda: stuck.was_told(TOLD))


def test_a_ping_is_answered_with_what_it_says(server: Running) -> None:
    with ExitStack() as stack:
        client = connected(stack, server)
        client.send(frame(LAST | PING, b"are you there"))
        client.hear(b"are you there")
