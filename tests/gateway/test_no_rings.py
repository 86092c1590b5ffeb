"""What a request leaves behind is freed at once: rings are the garbage collector's to find, and everybody waits for it."""

from __future__ import annotations

import gc
import re
import socket
from collections.abc import Iterator

import pytest

from tests.conftest import Running

REQUESTS = 300
LEFT_MAX = 100  # objects: a loop that looks after something may run meanwhile, a ring a request would be ten times that
ANSWER_SECONDS_MAX = 20


@pytest.fixture
def client(server: Running) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.settings.port), timeout=ANSWER_SECONDS_MAX) as client:
        yield client


def ask(client: socket.socket, path: str, key: str) -> bytes:
    """The status of an answer, read whole. A client of the field makes rings of its own in this very process."""
    client.sendall(f"GET {path} HTTP/1.1\r\nhost: localhost\r\napikey: {key}\r\n\r\n".encode())
    said = b""
    while b"\r\n\r\n" not in said:
        said += client.recv(65536)
    head, _, body = said.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    assert length, head
    while len(body) < int(length[1]):
        body += client.recv(65536)
    return head.split(b" ")[1]


@pytest.mark.parametrize(
    "path", ["/health", "/ready", "/config.json", "/", "/rest/v1/gifts", "/rest/v1/gifts?select=nothing", "/auth/v1/settings", "/auth/v1/user",
     "/storage/v1/bucket", "/storage/v1/object/public/none/none", "/functions/v1/coins/wallet", "/nothing"]
)  # fmt: skip
def test_a_request_leaves_no_ring(server: Running, client: socket.socket, path: str) -> None:
    key = server.settings.anon_key
    ask(client, path, key)
    gc.collect()
    gc.disable()
    try:
        for _ in range(REQUESTS):
            ask(client, path, key)
        left = gc.collect()
    finally:
        gc.enable()
    assert left <= LEFT_MAX
