"""A body of the storage door that does not get on is not waited for."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from sahne.gateway.storage import calls
from sahne.settings import Settings
from tests.buckets import Caller
from tests.conftest import free_port, running_server
from tests.eventually import eventually

SECONDS = 0.5


@pytest.fixture(scope="module")
def hurried(settings: Settings, buckets: str) -> Iterator[Settings]:
    """A server whose requests have little time."""
    made = replace(settings, port=free_port(), request_timeout_seconds=SECONDS)
    with running_server(made):
        yield made


@contextmanager
def trickling(settings: Settings, head: list[str]) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", settings.port), timeout=20) as client:
        client.sendall("\r\n".join([*head, "host: localhost", "content-length: 5000", "", ""]).encode())
        client.setblocking(False)
        yield client


def answered(client: socket.socket) -> bytes:
    """One byte more of the body, and what was answered so far."""
    client.send(b" ")
    try:
        return client.recv(65536)
    except BlockingIOError:
        return b""


def test_json_that_trickles_has_the_time_of_any_request(hurried: Settings, ada: Caller) -> None:
    head = ["POST /storage/v1/object/list/w-private HTTP/1.1", f"authorization: Bearer {ada.token}"]
    with trickling(hurried, head) as client:
        said = eventually(lambda: answered(client))
    assert said.startswith(b"HTTP/1.1 400 ")
    assert json.loads(said.partition(b"\r\n\r\n")[2])["code"] == "Aborted"


def test_an_upload_that_trickles_is_not_waited_for(
    hurried: Settings, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "PROGRESS_SECONDS_MAX", SECONDS)
    head = [f"POST /storage/v1/object/w-private/{ada.id}/slow HTTP/1.1", f"authorization: Bearer {ada.token}"]
    with trickling(hurried, [*head, "content-type: text/plain"]) as client:
        said = eventually(lambda: answered(client))
    assert said.startswith(b"HTTP/1.1 400 ")
    assert json.loads(said.partition(b"\r\n\r\n")[2])["code"] == "Aborted"


def test_an_upload_that_gets_on_has_more_time_than_a_request(hurried: Settings, ada: Caller) -> None:
    token = f"authorization: Bearer {ada.token}"
    upload = [f"POST /storage/v1/object/w-private/{ada.id}/long HTTP/1.1", token, "content-type: text/plain"]
    with (
        trickling(hurried, upload) as kept,
        trickling(hurried, ["POST /storage/v1/object/list/w-private HTTP/1.1", token]) as ended,
    ):
        eventually(lambda: answered(ended))
        assert answered(kept) == b""
        kept.setblocking(True)
        kept.sendall(b" " * 4999)
        assert kept.recv(65536).startswith(b"HTTP/1.1 200 ")
