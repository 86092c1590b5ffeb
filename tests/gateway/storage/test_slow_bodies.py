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
from tests.buckets import Caller, refusal
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


def test_what_a_form_says_of_its_file_is_weighed_as_bodies_are(hurried: Settings, ada: Caller) -> None:
    """Before anybody asks whether they may: fields lie in memory."""
    fields = [_field(name, b"1" * 500_000) for name in ("cacheControl", "metadata", "contentType")]
    form = b"".join(fields) + _field('file"; filename="x', b"x")
    kind = {"content-type": "multipart/form-data; boundary=b"}
    refused = ada.call("POST", f"/object/w-private/{ada.id}/said", content=form, headers=kind)
    assert refusal(refused) == (400, "413", "Payload too large", "EntityTooLarge")
    crowded = replace(hurried, port=free_port(), request_body_bytes_max=100_000, bodies_bytes_max=1)
    with running_server(crowded):
        there = replace(ada, settings=crowded)
        assert (
            refusal(there.call("POST", f"/object/w-private/{ada.id}/said", content=form, headers=kind))[3]
            == "bodies_busy"
        )
        assert there.call("POST", f"/object/w-private/{ada.id}/x", files={"file": ("x", b"x")}).status_code == 200


def _field(name: str, value: bytes) -> bytes:
    return b'--b\r\ncontent-disposition: form-data; name="' + name.encode() + b'"\r\n\r\n' + value + b"\r\n"
