"""A path is judged as it was sent: nothing of it is dropped, no `%2f` is a slash, no slash too many is sent elsewhere."""

from __future__ import annotations

import socket

import httpx
import pytest

from tests.conftest import Running

ANSWER_SECONDS_MAX = 20


def asked(server: Running, target: str, method: str = "GET") -> bytes:
    """The whole answer; a client of the field would mend the target first."""
    head = f"{method} {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.settings.port), timeout=ANSWER_SECONDS_MAX) as client:
        client.sendall(head.encode())
        return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.mark.parametrize("target", ["/rest/v1/gifts#a?limit=1", "/rest/v1/gifts?name=eq.a#b", "/health#", "/#"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_stands_behind_a_hash_is_not_dropped(server: Running, target: str, method: str) -> None:
    assert asked(server, target, method).startswith(b"HTTP/1.1 400 ")


def test_an_escaped_hash_is_part_of_a_value(server: Running) -> None:
    assert asked(server, "/rest/v1/gifts?name=eq.a%23b").startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "target",
    [
        "/rest%2fv1/gifts", "/rest%2Fv1/gifts", "/auth%2fv1/settings", "/auth/v1%2fsettings", "/auth/v1/admin%2fusers",
        "/functions/v1/coins%2fwallet", "/%68ealth", "/metric%73", "/webhooks%2flivekit",
    ],
)  # fmt: skip
def test_a_door_is_found_by_its_own_letters(server: Running, target: str) -> None:
    assert asked(server, target).startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("target", ["/rest/v1/gift%73", "/auth/v1/setting%73", "/storage/v1/object/public/none/a%2fb"])
def test_a_name_behind_it_may_be_escaped(server: Running, target: str) -> None:
    assert not asked(server, target).startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize(
    "path",
    [
        "/health/", "/ready/", "/metrics/", "/auth/v1/user/", "/auth/v1/health/", "/auth/v1/token/?grant_type=password",
        "/storage/v1/bucket/", "/functions/v1/coins/wallet/", "/realtime/v1/api/broadcast/", "/webhooks/livekit/", "/config.json/",
    ],
)  # fmt: skip
def test_a_slash_too_many_sends_nobody_elsewhere(server: Running, path: str) -> None:
    for method in ("GET", "POST"):
        answer = httpx.request(method, f"{server.url}{path}", headers={"apikey": server.settings.anon_key})
        assert answer.status_code in (400, 401, 404, 405), (method, path, answer.status_code)
        assert "location" not in answer.headers
