"""What the frames of one address are read into is counted: begun and never ended, or whole and long over."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from sahne.gateway.realtime.bounds import OTHERS_WORTH_ADDRESSES
from sahne.settings import Settings
from tests.eventually import eventually
from tests.gateway.raw_socket import NO_MASK, UPGRADE, RawSocket
from tests.gateway.realtime_socket import keeping_little

SOCKETS = 8
FRAME_BYTES = 400_000
KEPT_BYTES_MAX = 1_000_000  # two of these
ELSEWHERE = "203.0.113.1"
TOLD = b"of one address"
HEARTBEAT = b'{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"7"}'


@pytest.fixture(scope="module")
def guarded(settings: Settings) -> Iterator[Settings]:
    with keeping_little(settings, KEPT_BYTES_MAX) as made:
        yield made


@pytest.mark.parametrize("is_whole", [False, True])
def test_sockets_of_one_address_that_were_sent_large_frames_give_way(guarded: Settings, is_whole: bool) -> None:
    message = HEARTBEAT[:-1] + b"," + b" " * FRAME_BYTES + b'"more":1}'
    with ExitStack() as stack:
        small, elsewhere = (connected(stack, guarded, place) for place in ("203.0.113.9", ELSEWHERE))
        elsewhere.send(frame(message))
        crowd = [connected(stack, guarded, "203.0.113.9") for _ in range(SOCKETS)]
        for each in crowd:
            each.send(frame(message) if is_whole else frame(message)[:FRAME_BYTES])
        eventually(lambda: sum(each.was_told(TOLD) for each in crowd) >= SOCKETS - KEPT_BYTES_MAX // FRAME_BYTES)
        assert not all(each.was_told(TOLD) for each in crowd)
        elsewhere.hear(b'"ref":"7"')
        for neighbour in (small, elsewhere):
            neighbour.send(frame(HEARTBEAT))
            neighbour.hear(b'"ref":"7"')


def test_sockets_whose_address_tells_nobody_apart_have_a_bound_together_and_the_servers_own_another(
    settings: Settings,
) -> None:
    told, fitting = b"tells nobody apart", OTHERS_WORTH_ADDRESSES * KEPT_BYTES_MAX // FRAME_BYTES
    message = HEARTBEAT[:-1] + b"," + b" " * FRAME_BYTES + b'"more":1}'
    with keeping_little(settings, KEPT_BYTES_MAX, named=False) as unnamed, ExitStack() as stack:
        small = connected(stack, unnamed)
        own = connected(stack, unnamed, key=unnamed.secret_key)
        own.send(frame(message)[:FRAME_BYTES])
        crowd = [connected(stack, unnamed) for _ in range(fitting + 4)]
        for each in crowd:
            each.send(frame(message)[:FRAME_BYTES])
        eventually(lambda: sum(each.was_told(told) for each in crowd) >= 4)
        assert not all(each.was_told(told) for each in crowd)
        own.send(frame(message)[FRAME_BYTES:])
        small.send(frame(HEARTBEAT))
        for neighbour in (small, own):
            neighbour.hear(b'"ref":"7"')


def test_usual_messages_of_many_are_not_counted(guarded: Settings) -> None:
    message = HEARTBEAT[:-1] + b"," + b" " * 100_000 + b'"more":1}'
    with ExitStack() as stack:
        crowd = [connected(stack, guarded, "203.0.113.10") for _ in range(2 * SOCKETS)]
        for each in crowd:
            each.send(frame(message))
        for each in crowd:
            each.hear(b'"ref":"7"')


def connected(stack: ExitStack, settings: Settings, place: str = "", key: str = "") -> RawSocket:
    client = stack.enter_context(closing(RawSocket(settings.port)))
    head = UPGRADE.format(key or settings.publishable_key)
    head = head.replace("host:", f"x-real-ip: {place}\r\nhost:") if place else head
    client.send(head.encode())
    client.until(b"\r\n\r\n")
    return client


def frame(text: bytes) -> bytes:
    size = struct.pack(">BQ", 0x80 | 127, len(text)) if len(text) > 125 else struct.pack(">B", 0x80 | len(text))
    return b"\x81" + size + NO_MASK + text
