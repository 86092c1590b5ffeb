"""Who asks for a protocol that is not spoken here is answered all the same, with the body that they sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Running
from tests.gateway.raw_socket import RawSocket

UPGRADE = {"connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c", "http2-settings": "AAMAAABkAAQAAP__"}
JSON = {"content-type": "application/json", "connection": "keep-alive"}
FUNCTION = "/rest/v1/rpc/popular_scenes"
NONSENSE = b'{"nonsense": 1}'  # 404, and 200 for whoever does not read it
SMUGGLED = b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n"


@pytest.fixture
def client(server: Running) -> Iterator[RawSocket]:
    client = RawSocket(server.settings.port)
    yield client
    client.close()


def test_a_body_is_read_of_who_asks_for_another_protocol(client: RawSocket) -> None:
    for headers in (JSON | UPGRADE, JSON):
        assert client.ask("POST", FUNCTION, headers, NONSENSE) == 404
        assert client.ask("POST", FUNCTION, headers, b"{}") == 200


def test_without_a_body_the_next_request_is_read(client: RawSocket) -> None:
    assert client.ask("GET", "/health", UPGRADE) == 200
    assert client.ask("GET", "/rest/v1/nothing", JSON) == 404


def test_a_chunked_body_is_read(client: RawSocket) -> None:
    chunked = b"f\r\n" + NONSENSE + b"\r\n0\r\n\r\n"
    client.send(_head(FUNCTION, JSON | UPGRADE | {"transfer-encoding": "chunked"}), chunked)
    assert client.answer() == 404


def test_a_body_is_never_the_next_request(client: RawSocket) -> None:
    client.send(_head(FUNCTION, JSON | UPGRADE | {"content-length": str(len(SMUGGLED))}), SMUGGLED)
    assert client.answer() == 400  # it is no JSON
    assert client.ask("GET", "/rest/v1/nothing", JSON) == 404  # and not what was smuggled


def test_requests_sent_ahead_are_answered_in_their_order(client: RawSocket) -> None:
    first = _head(FUNCTION, JSON | UPGRADE | {"content-length": str(len(NONSENSE))}) + NONSENSE
    client.send(first + _head("/health", UPGRADE, method="GET") + SMUGGLED)
    assert [client.answer(), client.answer(), client.answer()] == [404, 200, 200]


@pytest.mark.parametrize("coding", ["gzip, chunked", "chunked, chunked"])
def test_a_body_that_is_coded_otherwise_is_refused(client: RawSocket, coding: str) -> None:
    client.send(_head(FUNCTION, JSON | {"transfer-encoding": coding}), b"2\r\n{}\r\n0\r\n\r\n")
    assert client.answer() == 400


def _head(path: str, headers: dict[str, str], method: str = "POST") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"
