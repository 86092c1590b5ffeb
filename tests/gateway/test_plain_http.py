"""Two servers over one database, one with our HTTP protocol and one with uvicorn's as it comes: no door tells them apart.

First the same requests get the same answers of both; then the main job of each door is done on either.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID, uuid4

import httpx
import pytest

from sahne.gateway.request_heads import HEAD_BYTES_MAX
from sahne.providers.livekit import InMemoryLiveKit
from sahne.settings import Settings
from tests.accounts import an_email
from tests.buckets import Caller, make_buckets
from tests.conftest import free_port, running_server
from tests.gateway.realtime_socket import talking
from tests.stage import Door, new_key
from tests.world import World, token

Protocol = Literal["own", "plain"]
PROTOCOLS: tuple[Protocol, Protocol] = ("own", "plain")
ANSWER_SECONDS_MAX = 20
OF_THE_MOMENT = {"date", "x-request-id", "connection", "transfer-encoding"}
LARGE = bytes(range(256)) * 4096 * 3  # 3 MiB


@dataclass(frozen=True, slots=True)
class Served:
    """One of the two, with the LiveKit behind it."""

    settings: Settings
    livekit: InMemoryLiveKit

    @property
    def url(self) -> str:
        return self.settings.api_url


@pytest.fixture(scope="module")
def both(settings: Settings, database_url: str) -> Iterator[dict[Protocol, Served]]:
    make_buckets(database_url)
    own, plain = (
        Served(replace(settings, http_protocol=protocol, port=free_port()), InMemoryLiveKit()) for protocol in PROTOCOLS
    )
    with running_server(own.settings, own.livekit), running_server(plain.settings, plain.livekit):
        yield {"own": own, "plain": plain}


@pytest.fixture(params=PROTOCOLS)
def served(both: dict[Protocol, Served], request: pytest.FixtureRequest) -> Served:
    return both[request.param]


@pytest.fixture
def ada(world: World) -> UUID:
    return world.person(creator=True)


@pytest.fixture
def bo(world: World) -> UUID:
    return world.person(coins=1_000)


# the same answers

SAME: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/health", {}),
    ("GET", "/ready", {}),
    ("HEAD", "/health", {}),
    ("GET", "/", {"headers": {"accept-encoding": "br"}}),
    ("HEAD", "/", {}),
    ("GET", "/config.json", {}),
    ("GET", "/docs", {}),
    ("GET", "/openapi.json", {}),
    ("GET", "/nothing", {}),
    ("GET", "/rest/v1/", {}),
    ("GET", "/rest/v1/gifts?select=id,name", {}),
    ("HEAD", "/rest/v1/gifts?select=id", {"headers": {"prefer": "count=exact"}}),
    ("GET", "/rest/v1/gifts?select=nothing", {}),
    ("GET", "/rest/v1/gifts?offset=7", {"headers": {"prefer": "count=exact"}}),
    ("POST", "/rest/v1/gifts", {"json": {"name": "x"}}),
    ("POST", "/rest/v1/rpc/popular_scenes", {"json": {}}),
    ("POST", "/rest/v1/rpc/popular_scenes", {"content": iter([b"{", b"}"]), "headers": {"content-type": "application/json"}}),
    ("POST", "/rest/v1/rpc/popular_scenes", {"content": b"x" * 3_000_000}),
    ("POST", "/functions/v1/live/sessions", {"content": b"x" * 3_000_000}),
    ("PATCH", "/rest/v1/gifts?id=eq.00000000-0000-0000-0000-000000000000", {"json": {"name": "x"}, "service": True}),
    ("DELETE", "/rest/v1/gifts?id=eq.00000000-0000-0000-0000-000000000000", {"service": True}),
    ("OPTIONS", "/rest/v1/gifts", {}),
    ("OPTIONS", "/rest/v1/gifts", {"headers": {"origin": "http://localhost", "access-control-request-method": "GET"}}),
    ("TRACE", "/rest/v1/gifts", {}),
    ("GET", "/rest/v1/gifts", {"headers": {"authorization": "Bearer nonsense"}}),
    ("GET", "/auth/v1/settings", {}),
    ("GET", "/auth/v1/user", {}),
    ("POST", "/auth/v1/token?grant_type=password", {"json": {"email": "nobody@example.com", "password": "wrong"}}),
    ("GET", "/auth/v1/admin/users", {"service": True}),
    ("GET", "/functions/v1/coins/wallet", {}),
    ("GET", "/functions/v1/nothing", {}),
    ("POST", "/functions/v1/live/sessions", {"content": b"no json"}),
    ("GET", "/storage/v1/bucket", {"service": True}),
    ("GET", "/storage/v1/object/w-private/none", {}),
    ("POST", "/realtime/v1/api/broadcast", {"json": {"messages": []}, "service": True}),
    ("POST", "/realtime/v1/api/broadcast", {"json": {"messages": []}, "headers": {"apikey": ""}}),
    ("POST", "/webhooks/livekit", {"content": b"{}"}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "more"), SAME, ids=lambda value: value if isinstance(value, str) else "")
def test_an_answer_is_the_same(both: dict[Protocol, Served], method: str, path: str, more: dict[str, Any]) -> None:
    content = more.get("content")
    chunks = None if isinstance(content, bytes | None) else list(content)

    def answer_of(served: Served) -> tuple[int, dict[str, str], bytes]:
        key = served.settings.service_role_key if more.get("service") else served.settings.anon_key
        sent = {name: value for name, value in more.items() if name not in ("headers", "service", "content")}
        headers = {"apikey": key, "authorization": f"Bearer {key}"} | more.get("headers", {})
        body = content if chunks is None else iter(chunks)
        answer = httpx.request(method, f"{served.url}{path}", headers=headers, content=body, timeout=30, **sent)
        told = {name: value for name, value in answer.headers.items() if name not in OF_THE_MOMENT}
        return answer.status_code, told, answer.content.replace(served.url.encode(), b"")

    own, plain = (answer_of(both[protocol]) for protocol in PROTOCOLS)
    assert own == plain


# the main jobs


def test_rows_are_written_read_changed_and_taken_away(served: Served) -> None:
    key = served.settings.service_role_key
    with httpx.Client(
        base_url=f"{served.url}/rest/v1", headers={"apikey": key, "prefer": "return=representation"}
    ) as http:
        rows = [{"name": f"gift {n} " + "x" * 60, "coin_price": n} for n in range(9001, 11001)]
        made = http.post("/gifts?select=id,coin_price", json=rows, timeout=60)
        assert (made.status_code, len(made.json())) == (201, 2000), made.text
        read = http.get(
            "/gifts?select=id&coin_price=gt.10500&order=coin_price", headers={"range": "0-9", "prefer": "count=exact"}
        )
        assert (read.status_code, len(read.json()), read.headers["content-range"]) == (206, 10, "0-9/500")
        changed = http.patch("/gifts?coin_price=gt.10990&select=is_active", json={"is_active": False})
        assert changed.json() == [{"is_active": False}] * 10
        gone = http.delete("/gifts?coin_price=gt.9000", headers={"prefer": "return=minimal"})
        assert (gone.status_code, gone.content) == (204, b"")


def test_somebody_signs_up_in_and_out(served: Served) -> None:
    headers = {"apikey": served.settings.anon_key}
    someone = {"email": an_email(), "password": "correct horse"}
    with httpx.Client(base_url=f"{served.url}/auth/v1", headers=headers, timeout=30) as http:
        assert http.post("/signup", json=someone).status_code == 200
        session = http.post("/token?grant_type=password", json=someone).json()
        again = http.post("/token?grant_type=refresh_token", json={"refresh_token": session["refresh_token"]}).json()
        mine = {"authorization": f"Bearer {again['access_token']}"}
        assert http.get("/user", headers=mine).json()["email"] == someone["email"]
        left = http.post("/logout", headers=mine)
        assert (left.status_code, left.content) == (204, b"")
        assert http.get("/user", headers=mine).status_code == 403


def test_a_large_object_goes_up_in_pieces_and_comes_down(served: Served, ada: UUID) -> None:
    with httpx.Client(timeout=60) as http:
        caller = Caller(served.settings, http, ada)
        path = f"w-private/{ada}/large-{uuid4()}"
        pieces = (LARGE[at : at + 100_000] for at in range(0, len(LARGE), 100_000))
        kind = {"content-type": "application/octet-stream"}
        assert caller.call("POST", f"/object/{path}", content=pieces, headers=kind).status_code == 200
        assert caller.get(f"/object/authenticated/{path}").content == LARGE
        part = caller.get(f"/object/authenticated/{path}", headers={"range": "bytes=1000-1999"})
        assert (part.status_code, part.content) == (206, LARGE[1000:2000])
        head = caller.call("HEAD", f"/object/authenticated/{path}")
        assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(LARGE)), b"")
        unchanged = caller.get(f"/object/authenticated/{path}", headers={"if-none-match": head.headers["etag"]})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        refused = caller.call("POST", f"/object/w-picky/{ada}/large", content=LARGE, headers=kind)
        assert refused.status_code == 400
        assert caller.call("DELETE", f"/object/{path}").status_code == 200


@pytest.mark.anyio
async def test_what_one_says_another_hears(served: Served, world: World, ada: UUID) -> None:
    changes = {"postgres_changes": [{"event": "INSERT", "schema": "public", "table": "live_sessions"}]}
    async with talking(served.settings) as one, talking(served.settings, "1.0.0") as other:
        for talk in (one, other):
            assert (await talk.join("realtime:room", {"broadcast": {"self": False}})).payload["status"] == "ok"
        await one.send(
            "realtime:room", "broadcast", {"event": "says", "payload": {"text": "x" * 200_000}, "type": "broadcast"}
        )
        assert len((await other.hear()).payload["payload"]["text"]) == 200_000
        assert (await one.join("realtime:db", changes, token(ada))).payload["status"] == "ok"
        assert (await one.hear()).event == "system"
        session = world.session(ada, title="heard")
        heard = await one.hear()
        assert (heard.event, heard.payload["data"]["record"]["id"]) == ("postgres_changes", str(session))
        world.verb(ada, "end_session", session)


def test_a_session_is_held_with_a_viewer_and_a_gift(served: Served, world: World, ada: UUID, bo: UUID) -> None:
    door = Door(served.settings)
    gift = world.put("gifts", name=f"rose {uuid4()}", coin_price=10)
    session = door.done(ada, "live/sessions", {"session_type": "video_live", "title": "Akşam"})["session"]["id"]
    path = f"live/sessions/{session}"
    assert served.livekit.connect(door.done(ada, f"{path}/start")["livekit"]["token"])
    assert served.livekit.connect(door.done(bo, f"{path}/join")["livekit"]["token"])
    door.deliver(served.livekit)
    sent = door.post(bo, f"{path}/gifts", {"gift_id": str(gift), "quantity": 2}, key=new_key())
    assert sent.status_code == 200, sent.text
    assert door.get(bo, "coins/wallet").json()["balance"] == 980
    assert door.refusal(bo, f"{path}/end")[0] == 403
    assert door.done(ada, f"{path}/end")["session"]["status"] == "ended"
    door.close()


# connections


@pytest.fixture
def client(served: Served) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", served.settings.port), timeout=ANSWER_SECONDS_MAX) as client:
        yield client


def test_requests_sent_ahead_are_answered_in_order(client: socket.socket) -> None:
    last = b"GET /nothing HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    client.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n" * 3 + last)
    answers = b"".join(iter(lambda: client.recv(65536), b""))
    assert [answers.count(b"HTTP/1.1 200 "), answers.count(b"HTTP/1.1 404 ")] == [3, 1]
    assert answers.rindex(b"HTTP/1.1 200 ") < answers.index(b"HTTP/1.1 404 ")


def test_who_waits_to_be_asked_for_a_body_is_asked(client: socket.socket) -> None:
    head = b"POST /rest/v1/rpc/popular_scenes HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"
    client.sendall(head + b"content-type: application/json\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n")
    assert client.recv(1024).startswith(b"HTTP/1.1 100 ")
    client.sendall(b"{}")
    assert b"".join(iter(lambda: client.recv(65536), b"")).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "begun",
    [
        b"GET /health HTTP/1.1\r\nhost: localhost\r\n",
        b"POST /rest/v1/rpc/popular_scenes HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n0\r\n",
    ],
)
def test_a_head_and_a_trailer_have_an_end(client: socket.socket, begun: bytes) -> None:
    field = b"x-more: " + b"a" * 1000 + b"\r\n"
    sent = 0
    try:
        client.sendall(begun)
        while sent < 100 * HEAD_BYTES_MAX:
            sent += client.send(field * 10)
    except OSError:
        pass  # it had enough
    assert sent < 100 * HEAD_BYTES_MAX
