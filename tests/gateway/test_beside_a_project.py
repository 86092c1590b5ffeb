"""What goes on to a project and what does not, byte by byte; and what is said when it cannot be asked."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from sahne.errors import SahneError
from sahne.gateway.project.errors import PlaceCrowded, ProjectCrowded
from sahne.gateway.project.headers import headers_back, headers_there
from sahne.gateway.project.lines import Lines
from sahne.gateway.project.own_buckets import bucket_announced, bucket_in
from sahne.settings import Settings
from tests.conftest import Running, free_port, running_server
from tests.eventually import eventually
from tests.gateway.project_server import ProjectServer, project_server, whole
from tests.gateway.raw_socket import UPGRADE
from tests.world import World, bearer, token

KEY = "sb_publishable_of-the-project-only"
PIECE = b"x" * 64 * 1024
ACCEPTED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: x\r\nStrict-Transport-Security: max-age=1; includeSubDomains\r\n\r\n"
)


@pytest.fixture(scope="module")
def project() -> Iterator[ProjectServer]:
    with project_server() as server:
        yield server


@pytest.fixture(scope="module")
def server(settings: Settings, project: ProjectServer) -> Iterator[Running]:
    with running_server(replace(settings, port=free_port(), project_url=project.url, mcp=True)) as running:
        yield running


@pytest.fixture
def http(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, headers={"apikey": KEY}) as client:
        yield client


def test_a_request_goes_on_as_it_came_but_for_what_is_of_one_connection(
    http: httpx.Client, project: ProjectServer, server: Running
) -> None:
    sent = {
        "connection": "keep-alive, x-of-this-hop",
        "x-of-this-hop": "1",
        "te": "trailers",
        "x-forwarded-for": "198.51.100.1",
        "x-real-ip": "198.51.100.1",
        "x-forwarded-host": "elsewhere.example.com",
        "prefer": "count=exact",
        "authorization": "Bearer not-looked-at",
        "x-request-id": "mine",
    }
    http.get("/rest/v1/a%20table?select=a%2Cb&c=eq.%C3%BC", headers=sent)
    assert project.heads[-1].startswith(b"GET /rest/v1/a%20table?select=a%2Cb&c=eq.%C3%BC HTTP/1.1\r\n")
    came = project.headers()
    assert (b"host", f"127.0.0.1:{project.port}".encode()) in came
    assert (b"x-forwarded-for", b"127.0.0.1") in came
    assert {(b"apikey", KEY.encode()), (b"prefer", b"count=exact"), (b"x-request-id", b"mine")} <= set(came)
    assert (b"authorization", b"Bearer not-looked-at") in came
    assert not {b"connection", b"te", b"x-of-this-hop", b"x-real-ip", b"x-forwarded-host"} & {name for name, _ in came}


def test_an_answer_comes_back_as_it_is_but_for_what_is_of_its_host(
    http: httpx.Client, project: ProjectServer, server: Running
) -> None:
    project.answers[b"/auth/v1/answer"] = whole(
        b'{"said":1}',
        b"Set-Cookie: a=1",
        b"Set-Cookie: b=2",
        b"Strict-Transport-Security: max-age=31536000; includeSubDomains",
        b"Alt-Svc: h3",
        b"Access-Control-Allow-Origin: https://app.example.com",
        b"X-Their-Own: yes",
        b"Connection: keep-alive, x-hop",
        b"X-Hop: 1",
        status=b"418 A Teapot",
    )
    answer = http.get("/auth/v1/answer", headers={"origin": "http://localhost:3000", "x-request-id": "mine"})
    assert (answer.status_code, answer.content) == (418, b'{"said":1}')
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert answer.headers.get_list("access-control-allow-origin") == ["https://app.example.com"]
    assert (answer.headers["x-their-own"], answer.headers["x-request-id"]) == ("yes", "mine")
    assert not {"strict-transport-security", "alt-svc", "x-hop"} & set(answer.headers)
    assert len(answer.headers.get_list("date")) == 1


def test_a_page_may_read_what_names_no_origin(http: httpx.Client, project: ProjectServer) -> None:
    answer = http.get("/rest/v1/plain", headers={"origin": "http://localhost:3000"})
    assert answer.headers.get_list("access-control-allow-origin") == ["*"]


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("{project}/storage/v1/upload/resumable/a", "{here}/storage/v1/upload/resumable/a"),
        ("/notes?id=eq.1", "/notes?id=eq.1"),
        ("https://app.example.com/?next={project}/x", "https://app.example.com/?next={project}/x"),
        ("{project}.example.com/", "{project}.example.com/"),
    ],
)
def test_only_an_address_of_the_project_itself_becomes_one_of_ours(
    said: str, heard: str, http: httpx.Client, project: ProjectServer, server: Running
) -> None:
    names = {"project": project.url, "here": server.url}
    project.answers[b"/auth/v1/moved"] = whole(
        b"", b"Location: " + said.format(**names).encode(), status=b"201 Created"
    )
    assert http.get("/auth/v1/moved").headers["location"] == heard.format(**names)


def test_no_file_of_the_project_may_run_on_our_origin(http: httpx.Client, project: ProjectServer) -> None:
    project.answers[b"/storage/v1/object/public/a/x.html"] = whole(b"<script>", b"Content-Type: text/html")
    answer = http.get("/storage/v1/object/public/a/x.html")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/rest/v1/../pg/x",
        "/storage/v1/object/%2e%2e/%2E%2e/pg",
        "/auth/v1/./x",
        "/rest/v1/..%2f..%2Fpg",
        "/rest/v1/..%5C..\\pg",
    ],
)
def test_no_path_leads_out_of_its_door(path: str, server: Running, project: ProjectServer) -> None:
    before = len(project.heads)
    with socket.create_connection(("127.0.0.1", server.settings.port), timeout=10) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".encode())
        assert raw.recv(1000).startswith(b"HTTP/1.1 400 ")
    assert len(project.heads) == before


def test_bodies_of_any_framing_arrive_whole(http: httpx.Client, project: ProjectServer) -> None:
    heard: list[bytes] = []

    async def take(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"transfer-encoding: chunked" in head.lower():
            heard.append(await reader.readuntil(b"0\r\n\r\n"))
        else:
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
            heard.append(await reader.readexactly(int(length.split(b":")[1])))
        await whole()(head, reader, writer)

    project.answers[b"/storage/v1/object/a/b"] = take
    http.post("/storage/v1/object/a/b", content=PIECE * 3)
    http.post("/storage/v1/object/a/b", content=iter([b"one", b"two"]))
    assert heard[0] == PIECE * 3
    assert b"onetwo" in heard[1].replace(b"3\r\n", b"").replace(b"\r\n", b"")
    http.post("/rest/v1/rpc/nothing")
    assert (b"content-length", b"0") in project.headers()


def test_pieces_come_as_they_are_sent_and_who_hangs_up_ends_it(http: httpx.Client, project: ProjectServer) -> None:
    async def endless(_: bytes, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        while True:
            await writer.drain()
            writer.write(b"%x\r\n%b\r\n" % (len(PIECE), PIECE))
            await asyncio.sleep(0.01)

    project.answers[b"/storage/v1/object/a/endless"] = endless
    before = project.hung_up
    with http.stream("GET", "/storage/v1/object/a/endless") as answer:
        assert next(answer.iter_raw(5)) == b"first"
    eventually(lambda: project.hung_up > before)


def test_who_waits_for_an_answer_and_hangs_up_ends_it(server: Running, project: ProjectServer) -> None:
    async def silent(_: bytes, reader: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)

    project.answers[b"/rest/v1/silent"] = silent
    before, heads = project.hung_up, len(project.heads)
    with socket.create_connection(("127.0.0.1", server.settings.port), timeout=10) as raw:
        raw.sendall(b"GET /rest/v1/silent HTTP/1.1\r\nhost: localhost\r\n\r\n")
        eventually(lambda: len(project.heads) > heads)
    eventually(lambda: project.hung_up > before)


def test_an_agent_reads_the_rows_of_the_project_with_its_persons_token_and_our_key(
    http: httpx.Client, project: ProjectServer, server: Running, world: World
) -> None:
    project.answers[b"/rest/v1/notes"] = whole(b'[{"id":1}]')
    person = bearer(world.person())
    call = {"name": "read_rows", "arguments": {"table": "notes"}}
    answer = http.post(
        "/mcp",
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call},
        headers={"accept": "application/json, text/event-stream", **person},
    )
    assert answer.json()["result"]["structuredContent"]["data"] == [{"id": 1}]
    assert project.heads[-1].startswith(b"GET /rest/v1/notes?limit=20 ")
    came = project.headers()
    assert (b"apikey", server.settings.publishable_key.encode()) in came
    assert (b"authorization", person["authorization"].encode()) in came


def test_an_answer_that_breaks_off_is_nobodys_whole_one(http: httpx.Client, project: ProjectServer) -> None:
    async def broken(_: bytes, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + PIECE)
        await writer.drain()
        writer.close()
        raise ConnectionError

    project.answers[b"/storage/v1/object/a/broken"] = broken
    with pytest.raises(httpx.RemoteProtocolError):
        http.get("/storage/v1/object/a/broken")


def upgraded(server: Running, *more: str) -> socket.socket:
    raw = socket.create_connection(("127.0.0.1", server.settings.port), timeout=10)
    head = UPGRADE.format(KEY).removesuffix("\r\n")
    raw.sendall((head + "".join(f"{line}\r\n" for line in more) + "\r\n").encode())
    return raw


def heard_from(raw: socket.socket, end: bytes) -> bytes:
    heard = b""
    while not heard.endswith(end):
        piece = raw.recv(65_536)
        assert piece, heard
        heard += piece
    return heard


def test_a_socket_is_a_tunnel_for_every_byte(server: Running, project: ProjectServer) -> None:
    async def echo(_: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(ACCEPTED)
        while piece := await reader.read(1000):
            writer.write(piece.upper())

    project.answers[b"/realtime/v1/websocket"] = echo
    with upgraded(server, "x-forwarded-for: 198.51.100.1", "sec-websocket-extensions: permessage-deflate") as raw:
        heard = heard_from(raw, b"\r\n\r\n").lower()
        assert heard.startswith(b"http/1.1 101 ")
        assert b"\r\nsec-websocket-accept: x\r\n" in heard
        assert b"strict-transport-security" not in heard, "it would bind browsers to our host"
        raw.sendall(b"\x81\x00\xffabc")
        assert heard_from(raw, b"ABC") == b"\x81\x00\xffABC"
    came = project.headers()
    assert {(b"upgrade", b"websocket"), (b"connection", b"Upgrade"), (b"x-forwarded-for", b"127.0.0.1")} <= set(came)
    assert (b"sec-websocket-extensions", b"permessage-deflate") in came


def test_a_socket_that_the_project_refuses_ends_and_lets_no_second_request_through(
    server: Running, project: ProjectServer
) -> None:
    project.answers[b"/realtime/v1/websocket"] = whole(b'{"error":"no"}', status=b"401 Unauthorized")
    with upgraded(server) as raw:
        raw.sendall(b"GET /rest/v1/smuggled HTTP/1.1\r\nhost: localhost\r\n\r\n")
        heard = heard_from(raw, b'{"error":"no"}')
        assert heard.startswith(b"HTTP/1.1 401 ")
        assert b"connection: close" in heard
        assert raw.recv(1000) == b""
    assert not any(b"smuggled" in head for head in project.heads)


def test_no_socket_leads_past_realtimes_door(server: Running, project: ProjectServer) -> None:
    before = len(project.heads)
    for path in ("/rest/v1/websocket", "/realtime/v1/../../x", "/socket/websocket"):
        with socket.create_connection(("127.0.0.1", server.settings.port), timeout=10) as raw:
            raw.sendall(UPGRADE.format(KEY).replace("/realtime/v1/websocket", path).encode())
            assert raw.recv(1000)[9:12] in (b"400", b"404")
    assert len(project.heads) == before


def test_without_the_project_its_doors_say_so_and_ours_stay_open(settings: Settings, world: World) -> None:
    with project_server() as project:
        here = replace(settings, port=free_port(), project_url=project.url)
    with running_server(here) as server, httpx.Client(base_url=server.url) as http:
        answer = http.get("/rest/v1/profiles")
        assert (answer.status_code, answer.json()["code"]) == (502, "project_unreachable")
        with upgraded(server) as raw:
            said = heard_from(raw, b"}")
            assert said.startswith(b"HTTP/1.1 502 ")
            assert json.loads(said.partition(b"\r\n\r\n")[2])["code"] == "project_unreachable"
        wallet = http.get("/functions/v1/coins/wallet", headers={"authorization": f"Bearer {token(world.person())}"})
        assert wallet.json() == {"balance": 0}
        ready = eventually(lambda: not (said := http.get("/ready").json())["project"] and said)
        assert ready["status"] == "degraded"


def test_lines_are_bounded_in_all_and_for_each_place() -> None:
    lines = Lines(3, 2, full=ProjectCrowded, crowded=PlaceCrowded)
    with lines.line("a"), lines.line("a"):
        with pytest.raises(PlaceCrowded), lines.line("a"):
            pass
        with lines.line("b"), pytest.raises(ProjectCrowded), lines.line(None):
            pass
        with lines.line("b"):
            assert lines.taken == 3
    assert lines.taken == 0
    with pytest.raises(SahneError), lines.line("a"):
        raise PlaceCrowded
    assert lines.taken == 0


def test_a_header_named_by_connection_stays_here_whatever_it_is() -> None:
    sent = [(b"connection", b"close, X-Secret"), (b"x-secret", b"1"), (b"accept", b"*/*")]
    assert headers_there(sent, host=b"h", address=None, request_id=None) == [(b"host", b"h"), (b"accept", b"*/*")]
    assert headers_back([(b"Connection", b"X-A"), (b"X-A", b"1"), (b"ETag", b"e")], project=b"p", here=b"h") == [
        (b"etag", b"e")
    ]


@pytest.mark.parametrize(
    ("path", "bucket"),
    [
        ("object/images/a/b.png", "images"),
        ("object/authenticated/images/a/b.png", "images"),
        ("object/sign/images", "images"),
        ("object/info/public/avatars/a", "avatars"),
        ("object/upload/sign/photos/a", "photos"),
        ("object/list-v2/photos", "photos"),
        ("render/image/sign/images/a", "images"),
        ("object/mine/images/a", "mine"),
        ("object/move", "move"),
        ("bucket/images", None),
        ("s3/images/a", None),
    ],
)
def test_a_path_of_storage_names_its_bucket(path: str, bucket: str | None) -> None:
    assert bucket_in(path) == bucket


def test_an_upload_in_parts_names_its_bucket_in_base64() -> None:
    assert bucket_announced(b"objectName YQ==,bucketName aW1hZ2Vz") == "images"
    assert bucket_announced(b"bucketName =not=base64") is None
    assert bucket_announced(b"") is None


def test_what_is_of_a_bucket_of_ours_never_reaches_the_project(http: httpx.Client, project: ProjectServer) -> None:
    before = len(project.heads)
    for path in (
        "/object/authenticated/images/a/b.png",
        "/object/public/avatars/a/b.png",
        "/render/image/public/avatars/a",
    ):
        assert http.get(f"/storage/v1{path}").status_code == 401  # this key is the project's alone
    http.get("/storage/v1/object/public/theirs/a/b.png")
    http.get("/storage/v1/bucket/images")
    assert len(project.heads) == before + 2
