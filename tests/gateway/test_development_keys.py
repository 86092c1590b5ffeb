"""A server with the development keys, asked under other names and by other pages, at every door."""

from __future__ import annotations

import socket

import httpx
import pytest
import websockets
from websockets.asyncio.client import ClientConnection

from sahne.settings import Settings
from tests.accounts import an_email
from tests.conftest import Running
from tests.gateway.realtime_socket import Talk
from tests.world import World, token

DOORS = [
    "/", "/config.json", "/nothing", "/health", "/ready", "/metrics", "/docs", "/openapi.json", "/rest/v1/", "/rest/v1/gifts",
    "/auth/v1/settings", "/auth/v1/admin/users", "/functions/v1/coins/wallet", "/storage/v1/bucket",
    "/storage/v1/object/public/none/none", "/realtime/v1/api/broadcast", "/webhooks/livekit",
]  # fmt: skip
ELSEWHERE, ON_PAGE = "development_keys_elsewhere", "service_key_on_page"
FOREIGN = "https://page.example"
ANSWER_SECONDS_MAX = 20


def code_of(answer: httpx.Response) -> tuple[int, str | None]:
    said = answer.json() if answer.headers.get("content-type", "").startswith("application/json") else None
    return answer.status_code, said.get("code") if isinstance(said, dict) else None


@pytest.mark.parametrize("path", DOORS)
def test_under_another_name_every_door_is_closed(server: Running, path: str) -> None:
    key = server.settings.secret_key
    for method in ("GET", "POST", "OPTIONS"):
        headers = {"host": "rebound.example:54321", "apikey": key, "authorization": f"Bearer {key}"}
        refused = httpx.request(method, f"{server.url}{path}", headers=headers)
        assert code_of(refused) == (403, ELSEWHERE), (method, path)
    assert refused.json()["hint"].startswith(f"Ask {server.url}")
    assert "SAHNE_JWT_SECRET" in refused.json()["hint"]


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("host", ["localhost:5173", "app.localhost", "[::1]:54321"])
def test_under_the_names_of_this_machine_every_door_answers(server: Running, path: str, host: str) -> None:
    answer = httpx.get(f"{server.url}{path}", headers={"host": host})
    assert code_of(answer)[1] != ELSEWHERE


@pytest.mark.parametrize("path", [path for path in DOORS if path != "/nothing"])
def test_a_foreign_page_does_not_speak_as_the_server(server: Running, path: str) -> None:
    key = server.settings.service_role_key
    for sent in ({"apikey": key}, {"authorization": f"Bearer {key}"}):
        refused = httpx.get(f"{server.url}{path}", headers={"origin": FOREIGN, **sent})
        assert code_of(refused) == (403, ON_PAGE)
        assert refused.headers["access-control-allow-origin"] == "*", "the page can read why"
    assert code_of(httpx.get(f"{server.url}{path}?apikey={key}", headers={"origin": "null"})) == (403, ON_PAGE)


def test_the_app_under_any_name_and_a_program_go_on(server: Running) -> None:
    settings = server.settings
    gifts = f"{server.url}/rest/v1/gifts"
    app = {"origin": FOREIGN, "apikey": settings.publishable_key, "authorization": f"Bearer {settings.anon_key}"}
    assert httpx.get(gifts, headers=app).status_code == 200
    for origin in ("http://localhost:3000", "http://127.0.0.1:5173", server.url):
        served_here = {"origin": origin, "apikey": settings.secret_key}
        assert httpx.get(gifts, headers=served_here).status_code == 200
    assert httpx.get(gifts, headers={"apikey": settings.secret_key}).status_code == 200


def test_a_preflight_is_answered_so_that_the_refusal_can_be_read(server: Running) -> None:
    asks = {"host": "tunnel.example", "origin": FOREIGN, "access-control-request-method": "GET"}
    assert httpx.options(f"{server.url}/rest/v1/gifts", headers=asks).status_code == 204


def signed_in(server: Running) -> str:
    """The access token of somebody who signs in here, as an app has it."""
    body = {"email": an_email(), "password": "a good password"}
    key = {"apikey": server.settings.publishable_key, "origin": FOREIGN}
    return str(httpx.post(f"{server.url}/auth/v1/signup", json=body, headers=key).json()["access_token"])


@pytest.mark.parametrize(
    "path", ["/rest/v1/profiles", "/auth/v1/user", "/functions/v1/coins/wallet", "/storage/v1/bucket"]
)
def test_a_foreign_page_is_whom_this_server_signed_in_and_nobody_it_makes_up(
    server: Running, world: World, path: str
) -> None:
    ours, made_up = signed_in(server), token(world.person())
    page = {"origin": FOREIGN, "apikey": server.settings.publishable_key}
    assert httpx.get(f"{server.url}{path}", headers=page | {"authorization": f"Bearer {ours}"}).status_code == 200
    refused = httpx.get(f"{server.url}{path}", headers=page | {"authorization": f"Bearer {made_up}"})
    assert code_of(refused) == (403, "token_not_from_here")
    for origin in ({}, {"origin": "http://localhost:3000"}):
        program = {"authorization": f"Bearer {made_up}", **origin}
        assert httpx.get(f"{server.url}{path}", headers=program).status_code == 200


# a header that decides is there once; only a socket can say it twice and hear that nothing else comes


def asked(server: Running, *lines: str) -> bytes:
    """The whole answer. The connection is asked to close: it is kept else, and its end would be waited for."""
    with socket.create_connection(("127.0.0.1", server.settings.port), timeout=ANSWER_SECONDS_MAX) as client:
        client.sendall("\r\n".join([*lines, "connection: close", "", ""]).encode())
        return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.mark.parametrize("second", ["localhost", "rebound.example"])
@pytest.mark.parametrize("first", ["localhost", "rebound.example"])
def test_two_hosts_are_refused_whichever_comes_first(server: Running, first: str, second: str) -> None:
    answer = asked(server, "GET /health HTTP/1.1", f"host: {first}", f"Host: {second}")
    assert answer.startswith(b"HTTP/1.1 400 ")
    if server.settings.http_protocol == "own":  # plain uvicorn refuses it before we see it
        assert b'"details":"host"' in answer


def test_no_host_is_refused_by_the_age_of_the_protocol(server: Running) -> None:
    assert asked(server, "GET /health HTTP/1.1").startswith(b"HTTP/1.1 400 ")
    assert asked(server, "GET /health HTTP/1.0").startswith(b"HTTP/1.1 403 ")
    assert asked(server, "GET /health HTTP/1.0", "host: localhost").startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("header", ["origin: null", "x-api-key: a", "apikey: a", "authorization: Bearer a"])
def test_another_header_that_decides_is_refused_twice_and_heard_once(server: Running, header: str) -> None:
    once = ("GET /health HTTP/1.1", "host: localhost", header)
    assert asked(server, *once).startswith(b"HTTP/1.1 200 ")
    assert asked(server, *once, header).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("header", ["prefer: return=minimal", "accept: */*", "cookie: a=b", "x-more: a"])
def test_a_header_that_is_a_list_may_come_in_parts(server: Running, header: str) -> None:
    assert asked(server, "GET /health HTTP/1.1", "host: localhost", header, header).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "lengths",
    [
        ("content-length: 0", "content-length: 5"),
        ("content-length: 0", "transfer-encoding: chunked"),
        ("transfer-encoding: chunked", "transfer-encoding: identity"),
    ],
)
def test_a_body_ends_in_one_place(server: Running, lengths: tuple[str, str]) -> None:
    answer = asked(server, "POST /health HTTP/1.1", "host: localhost", *lengths)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


# WebSockets

UPGRADE = (
    "connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
)  # fmt: skip


def upgraded(server: Running, *headers: str, key: str | None = None) -> bytes:
    path = f"/realtime/v1/websocket?apikey={key or server.settings.anon_key}"
    with socket.create_connection(("127.0.0.1", server.settings.port), timeout=ANSWER_SECONDS_MAX) as client:
        client.sendall("\r\n".join([f"GET {path} HTTP/1.1", *headers, *UPGRADE, "", ""]).encode())
        answer = client.recv(65536)
        if not answer.startswith(b"HTTP/1.1 101"):
            answer += b"".join(iter(lambda: client.recv(65536), b""))
        return answer


def test_a_socket_is_opened_under_a_name_of_this_machine_only(server: Running) -> None:
    assert upgraded(server, "Host: localhost").startswith(b"HTTP/1.1 101 ")
    refused = upgraded(server, "host: rebound.example")
    assert refused.startswith(b"HTTP/1.1 403 ")
    assert f'"code":"{ELSEWHERE}"'.encode() in refused
    assert b"SAHNE_SECRET_KEY" in refused


@pytest.mark.parametrize(
    "headers", [(), ("host: localhost", "host: rebound.example"), ("host: localhost", *["origin: null"] * 2)]
)
def test_a_sockets_deciding_headers_are_there_once(server: Running, headers: tuple[str, ...]) -> None:
    assert upgraded(server, *headers).startswith(b"HTTP/1.1 400 ")


def test_a_foreign_page_opens_no_socket_with_the_servers_key(server: Running) -> None:
    for key in (server.settings.secret_key, server.settings.service_role_key, token(role="service_role")):
        refused = upgraded(server, "host: localhost", f"origin: {FOREIGN}", key=key)
        assert refused.startswith(b"HTTP/1.1 403 ")
        assert f'"code":"{ON_PAGE}"'.encode() in refused
        assert upgraded(server, "host: localhost", key=key).startswith(b"HTTP/1.1 101 ")
        assert upgraded(server, "host: localhost", "origin: http://localhost:3000", key=key).startswith(
            b"HTTP/1.1 101 "
        )
    assert upgraded(server, "host: localhost", f"origin: {FOREIGN}").startswith(b"HTTP/1.1 101 ")


def opened_by(settings: Settings, origin: str) -> websockets.connect:
    url = settings.api_url.replace("http", "ws") + f"/realtime/v1/websocket?apikey={settings.anon_key}&vsn=2.0.0"
    return websockets.connect(url, additional_headers={"origin": origin})


def talk_of(socket: ClientConnection) -> Talk:
    return Talk(socket, "2.0.0")


@pytest.mark.anyio
async def test_nor_brings_it_the_key_later(server: Running) -> None:
    service = token(role="service_role")
    async with opened_by(server.settings, FOREIGN) as opened:
        talk = talk_of(opened)
        refused = (await talk.join("realtime:a", token=service)).payload
        assert refused["status"] == "error"
        assert refused["response"]["reason"].startswith("Unauthorized: A page of another origin")
        made_up = (await talk.join("realtime:a", token=token(role="authenticated"))).payload["response"]["reason"]
        assert made_up.startswith("Unauthorized: A page of another origin")
        assert (await talk.join("realtime:a", token=signed_in(server))).payload["status"] == "ok"
        await talk.send("realtime:a", "access_token", {"access_token": service})
        ended = await talk.hear()
        assert (ended.event, ended.payload["status"]) == ("system", "error")
    async with opened_by(server.settings, "http://localhost:3000") as opened:
        assert (await talk_of(opened).join("realtime:a", token=service)).payload["status"] == "ok"
