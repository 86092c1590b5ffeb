"""What a request leaves behind is freed at once: rings are the garbage collector's to find, and everybody waits for it.

On uvloop, as in production: the transports of asyncio's own loop are rings themselves.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from sahne.providers.livekit import InMemoryLiveKit
from sahne.settings import Settings
from tests.buckets import make_buckets
from tests.conftest import Running, running_server
from tests.gateway.raw_socket import RawSocket
from tests.stage import event
from tests.world import World, token

uvloop = pytest.importorskip("uvloop", reason="NO UVLOOP: it does not exist on this system")

REQUESTS, REQUESTS_PROVEN = 200, 10_000
ROUNDS = 4
LEFT_A_REQUEST_MAX = 0.05
LEFT_BESIDE_MAX = 10  # objects: a loop that looks after something may run meanwhile
OBJECTS = 40
TOPIC = "realtime:rings"
PRESENCES_MAX = 10  # that a socket may say at once


@pytest.fixture(scope="module")
def server(settings: Settings, database_url: str, livekit: InMemoryLiveKit) -> Iterator[Running]:
    make_buckets(database_url)
    without_pace: dict[str, Any] = {
        "realtime_messages_per_second_max": 1_000_000,
        "realtime_joins_per_second_max": 1_000_000,
    }
    without_pace |= {"realtime_joins_per_second_of_an_address_max": 1_000_000}
    without_pace |= {"realtime_channels_per_socket_max": 1_000_000, "realtime_bytes_per_second_max": 1 << 40}
    with running_server(replace(settings, **without_pace), livekit, uvloop.new_event_loop) as running:
        yield running


@pytest.fixture
def client(server: Running) -> Iterator[RawSocket]:
    with closing(RawSocket(server.settings.port)) as client:
        yield client


@pytest.fixture
def listening(server: Running) -> Iterator[RawSocket]:
    """Who has joined a topic."""
    with closing(RawSocket(server.settings.port)) as socket:
        socket.upgrade(server.settings.anon_key)
        join(socket, TOPIC, "1")
        yield socket


@pytest.fixture
def leaves_nothing(pytestconfig: pytest.Config) -> Callable[..., None]:
    def check(act: Callable[[], object], times: int | None = None) -> None:
        """What is done again and again leaves next to nothing for the collector.

        It leaves it in every round; what else runs meanwhile does not, so the round with least tells.
        """
        times = times or (REQUESTS_PROVEN if pytestconfig.getoption("--prove") else REQUESTS)
        act()
        gc.disable()
        try:
            left = min(left_by(act, times // ROUNDS) for _ in range(ROUNDS))
        finally:
            gc.enable()
        assert left <= LEFT_BESIDE_MAX + times // ROUNDS * LEFT_A_REQUEST_MAX

    return check


def left_by(act: Callable[[], object], times: int) -> int:
    """How many objects the collector finds afterwards."""
    gc.collect()
    for _ in range(times):
        act()
    return gc.collect()


def join(socket: RawSocket, topic: str, ref: str) -> None:
    changes = [{"event": "*", "schema": "public", "table": "live_messages"}]
    config = {"broadcast": {"self": True}, "presence": {"key": "k"}, "postgres_changes": changes}
    socket.say(topic, "phx_join", {"config": config}, ref, ref)
    socket.hear(b"phx_reply")


@pytest.mark.parametrize(
    "path", ["/health", "/ready", "/metrics", "/config.json", "/", "/docs", "/openapi.json", "/rest/v1/", "/rest/v1/gifts",
     "/rest/v1/gifts?select=nothing", "/rest/v1/gifts?id=eq.x", "/auth/v1/settings", "/auth/v1/user",
     "/storage/v1/bucket", "/storage/v1/object/public/none/none", "/functions/v1/coins/wallet", "/nothing"]
)  # fmt: skip
def test_a_visitor_leaves_no_ring(
    server: Running, client: RawSocket, path: str, leaves_nothing: Callable[..., None]
) -> None:
    headers = {"apikey": server.settings.anon_key}
    leaves_nothing(lambda: client.ask("GET", path, headers))


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/rest/v1/profiles", b"", 200),
        ("POST", "/rest/v1/rpc/popular_scenes", b"{}", 200),
        ("POST", "/rest/v1/gifts", b'{"name": "mine"}', 403),
        ("POST", "/rest/v1/gifts", b"{" + b" " * 70_000, 400),
        ("GET", "/auth/v1/user", b"", 200),
        ("GET", "/functions/v1/coins/wallet", b"", 200),
        ("POST", "/functions/v1/live/sessions", b'{"title": 1}', 422),
        ("POST", "/storage/v1/object/list/w-private", b'{"prefix": ""}', 200),
        ("POST", "/realtime/v1/api/broadcast", b'{"messages": [{"topic": "t", "event": "e", "payload": {}}]}', 202),
    ],
)
def test_who_is_signed_in_leaves_no_ring(
    client: RawSocket, world: World, method: str, path: str, body: bytes, status: int,
    leaves_nothing: Callable[..., None],
) -> None:  # fmt: skip
    bo = token(world.person())
    headers = {"authorization": f"Bearer {bo}", "apikey": bo, "content-type": "application/json"}
    assert client.ask(method, path, headers, body) == status
    leaves_nothing(lambda: client.ask(method, path, headers, body))


def test_an_object_stored_and_read_leaves_no_ring(
    client: RawSocket, world: World, leaves_nothing: Callable[..., None]
) -> None:
    bo = world.person()
    headers = {"authorization": f"Bearer {token(bo)}", "content-type": "text/plain"}
    names = count()

    def store_and_read() -> None:
        path = f"/storage/v1/object/w-private/{bo}/{next(names)}.txt"
        assert client.ask("POST", path, headers, b"words") == 200
        assert client.ask("GET", path, headers) == 200

    leaves_nothing(store_and_read, OBJECTS)


def test_a_webhook_leaves_no_ring(
    client: RawSocket, livekit: InMemoryLiveKit, leaves_nothing: Callable[..., None]
) -> None:
    signed = livekit.sign(event()[1])
    believed = {"authorization": signed.authorization, "content-type": "application/webhook+json"}
    assert client.ask("POST", "/webhooks/livekit", believed, signed.body) == 200
    leaves_nothing(lambda: client.ask("POST", "/webhooks/livekit", believed, signed.body))
    leaves_nothing(lambda: client.ask("POST", "/webhooks/livekit", {}, b"{}"))


def test_a_topic_joined_and_left_leaves_no_ring(listening: RawSocket, leaves_nothing: Callable[..., None]) -> None:
    refs = map(str, count(2))

    def come_and_go() -> None:
        ref = next(refs)
        join(listening, TOPIC + ref, ref)
        listening.say(TOPIC + ref, "phx_leave", {}, f"left {ref}", ref)
        listening.hear(f'"left {ref}"'.encode())

    leaves_nothing(come_and_go, 90)  # a socket may join so often in a while


def test_a_broadcast_leaves_no_ring(listening: RawSocket, leaves_nothing: Callable[..., None]) -> None:
    def broadcast() -> None:
        listening.say(TOPIC, "broadcast", {"type": "broadcast", "event": "e", "payload": {}}, "2", "1")
        listening.hear(b'"broadcast"')

    leaves_nothing(broadcast)


def test_a_presence_leaves_no_ring(listening: RawSocket, leaves_nothing: Callable[..., None]) -> None:
    numbers = count(1)

    def be_there() -> None:
        ref = f"here {next(numbers)}"
        listening.say(TOPIC, "presence", {"type": "presence", "event": "track", "payload": {"ref": ref}}, ref, "1")
        listening.hear(ref.encode())

    leaves_nothing(be_there, PRESENCES_MAX)


@pytest.mark.parametrize("upgraded", [False, True], ids=["http", "websocket"])
def test_a_connection_leaves_no_ring(server: Running, upgraded: bool, leaves_nothing: Callable[..., None]) -> None:
    def visit() -> None:
        with closing(RawSocket(server.settings.port)) as socket:
            if upgraded:
                socket.upgrade(server.settings.anon_key)
            else:
                socket.ask("GET", "/health", {})

    leaves_nothing(visit, REQUESTS)
