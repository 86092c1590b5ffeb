"""A client that never ends its headers, or never begins, is let go before it costs anything."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest

from sahne.gateway.request_heads import HEAD_BYTES_MAX, BoundedHttpProtocol
from sahne.settings import Settings
from tests.conftest import Running, free_port, running_server

WAIT_SECONDS_MAX = 20
FIELD = b"x-more: " + b"a" * 1000 + b"\r\n"
FLOOD_BYTES = 64 * 1024 * 1024


@pytest.fixture
def own(settings: Settings) -> Iterator[Running]:
    """Our HTTP protocol reads, whatever the others are tried on: uvicorn's leaves this bound to a proxy."""
    with running_server(replace(settings, port=free_port(), http_protocol="own")) as running:
        yield running


def test_headers_without_end_are_refused(server: Running) -> None:
    with connected(server) as client:
        sent = flood(client, b"GET /health HTTP/1.1\r\nhost: localhost\r\n")
        assert sent < FLOOD_BYTES
        # or cut: what was on its way when it was closed
        assert answer_of(client) in (b"HTTP/1.1 431" if is_own(server) else b"HTTP/1.1 400", b"")
    assert httpx.get(f"{server.url}/health").status_code == 200


def test_a_trailer_without_end_is_cut(server: Running) -> None:
    with connected(server) as client:
        head = b"POST /rest/v1/rpc/popular_scenes HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
        assert flood(client, head + b"2\r\n{}\r\n0\r\n") < FLOOD_BYTES


def test_large_headers_within_the_bound_are_read(server: Running) -> None:
    answer = httpx.get(f"{server.url}/health", headers={"x-more": "a" * (HEAD_BYTES_MAX // 2)})
    assert answer.status_code == 200


@pytest.mark.parametrize("begun", [b"", b"GET /health HTTP/1.1\r\nhost: localhost\r\n", b"slow after another"])
def test_a_client_that_does_not_come_to_the_point_is_let_go(
    own: Running, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(BoundedHttpProtocol, "seconds_max", 0.2)
    with connected(own) as client:
        if begun.startswith(b"slow"):
            client.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert answer_of(client) == b"HTTP/1.1 200"
            begun = b"GET /health HTTP/1.1\r\n"
        client.sendall(begun)
        while client.recv(4096):  # raises TimeoutError when it is kept
            pass


def is_own(server: Running) -> bool:
    """Whether our HTTP protocol reads, and not uvicorn's as it comes."""
    return server.settings.http_protocol == "own"


@contextmanager
def connected(server: Running) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.settings.port), timeout=WAIT_SECONDS_MAX) as client:
        yield client


def flood(client: socket.socket, begun: bytes) -> int:
    """Send until the server has had enough, or all there is; how much went."""
    sent = 0
    try:
        client.sendall(begun)
        while sent < FLOOD_BYTES:
            client.sendall(FIELD * 100)
            sent += len(FIELD) * 100
    except OSError:
        return sent
    return sent


def answer_of(client: socket.socket) -> bytes:
    """The first words of the answer; nothing when the connection is gone."""
    try:
        return client.recv(12)
    except OSError:
        return b""
