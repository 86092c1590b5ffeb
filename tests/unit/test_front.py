"""The front of the house by itself: what is found where, what takes too long, what leaves in one piece."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson
import pytest

from sahne.errors import Unavailable
from sahne.gateway.asgi import Door, Message, Receive, Scope, Send
from sahne.gateway.front import Front
from sahne.gateway.whole_answers import EXTENSION
from sahne.settings.reading import read_settings
from sahne.telemetry import RequestServed, ServedRequests

pytestmark = pytest.mark.anyio


def front(doors: dict[str, Door], **settings: Any) -> Front:
    return Front(read_settings(env_file=None, **settings), doors)


def saying(word: bytes, *, length: bool = False) -> Door:
    async def door(_: Scope, __: Receive, send: Send) -> None:
        headers = [(b"content-length", b"%d" % len(word))] if length else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": word})

    return door


async def asked(
    app: Front,
    path: str,
    extensions: dict[str, Any] | None = None,
    method: str = "GET",
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    sent_headers = [(b"host", b"localhost"), *headers]
    scope: Scope = {"type": "http", "method": method, "path": path, "headers": sent_headers, "extensions": extensions}
    await app(scope, receive, send)
    return sent


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/rest/v1", b"rest"), ("/rest/v1/", b"rest"), ("/rest/v1/films/x", b"rest"), ("/health", b"health"),
        ("/health/x", b"health"), ("/rest/v12", b"page"), ("/rest", b"page"), ("/healthy", b"page"), ("/", b"page"),
    ],
)  # fmt: skip
async def test_a_path_leads_to_the_door_with_the_longest_prefix(path: str, word: bytes) -> None:
    app = front({"/rest/v1": saying(b"rest"), "/health": saying(b"health"), "/": saying(b"page")})
    assert (await asked(app, path))[1]["body"] == word


async def test_without_a_door_for_everything_else_it_is_not_found() -> None:
    start, body = await asked(front({"/health": saying(b"health")}), "/nothing")
    assert start["status"] == 404
    assert orjson.loads(body["body"])["code"] == "not_found"


async def test_every_answer_has_an_id_of_its_own() -> None:
    app = front({"/": saying(b"x")})
    ids = [dict((await asked(app, "/"))[0]["headers"])[b"x-request-id"] for _ in range(3)]
    assert len(set(ids)) == 3
    assert all(len(each) == 32 for each in ids)


async def test_what_takes_too_long_is_ended_and_its_neighbour_is_not() -> None:
    ended = asyncio.Event()

    async def slow(_: Scope, __: Receive, ___: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    app = front({"/slow": slow, "/": saying(b"quick")}, request_timeout_seconds=0.05)
    late, quick = await asyncio.gather(asked(app, "/slow"), asked(app, "/"))
    assert (late[0]["status"], quick[0]["status"]) == (503, 200)
    assert ended.is_set()
    assert (await asked(app, "/slow"))[0]["status"] == 503


async def test_a_door_that_does_not_go_on_is_ended_in_the_midst_of_its_answer() -> None:
    begun: list[Message] = []

    async def halting(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        begun.append({})
        await asyncio.Event().wait()

    with pytest.raises(Unavailable):  # the connection is cut: nobody takes half for whole
        await asked(front({"/": halting}, request_timeout_seconds=0.05), "/")
    assert begun


async def in_pieces(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for number in range(3):
        await send({"type": "http.response.body", "body": b"%d" % number, "more_body": number < 2})


async def sent_to(app: Front, take: Callable[[], Awaitable[object]]) -> list[bytes]:
    """The pieces that a client took, each in its own time."""
    taken: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await take()
            taken.append(message["body"])

    await app({"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"localhost")]}, receive, send)
    return taken


async def test_what_a_client_needs_for_a_piece_is_none_of_the_requests_time() -> None:
    async def never(_: Scope, __: Receive, ___: Send) -> None:
        await asyncio.Event().wait()

    app = front({"/never": never, "/": in_pieces}, request_timeout_seconds=0.05)
    assert await sent_to(app, lambda: asked(app, "/never")) == [b"0", b"1", b"2"]  # as long as a request may take, each


async def test_a_piece_that_is_not_taken_has_a_time_where_the_server_does_not_watch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sahne.gateway.front.STILL_SECONDS_MAX", 0.01)
    with pytest.raises(Unavailable):
        await sent_to(front({"/": in_pieces}), asyncio.Event().wait)


async def test_who_is_cancelled_from_outside_is_cancelled_and_not_late() -> None:
    reached = asyncio.Event()

    async def slow(_: Scope, __: Receive, ___: Send) -> None:
        reached.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(asked(front({"/": slow}), "/"))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_answer_known_whole_leaves_whole() -> None:
    whole: list[tuple[int, bytes]] = []

    async def answer(status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
        assert b"x-request-id" in dict(headers)
        whole.append((status, body))

    extensions = {EXTENSION: answer}
    assert await asked(front({"/": saying(b"known", length=True)}), "/", extensions) == []
    assert whole == [(200, b"known")]
    assert len(await asked(front({"/": saying(b"unknown")}), "/", extensions)) == 2


async def test_what_has_no_body_leaves_in_one_piece_too() -> None:
    async def done(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    whole: list[tuple[int, bytes]] = []

    async def answer(status: int, _: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
        whole.append((status, body))

    assert await asked(front({"/": done}), "/", {EXTENSION: answer}) == []
    assert whole == [(204, b"")]


@pytest.mark.parametrize(("length", "status"), [(b"10", 200), (b"11", 413), (b"70000", 413), (b"9" * 5_000, 413)])
async def test_a_bound_for_bodies_that_is_smaller_than_small_holds(length: bytes, status: int) -> None:
    app = front({"/": saying(b"taken")}, request_body_bytes_max=10)
    start, _ = await asked(app, "/", method="POST", headers=[(b"content-length", length)])
    assert start["status"] == status


async def test_a_door_that_falls_over_behind_its_head_is_a_clean_500() -> None:
    async def falls(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        raise ValueError("secret")

    whole: list[tuple[int, bytes]] = []

    async def answer(status: int, _: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
        whole.append((status, body))

    assert await asked(front({"/": falls}), "/", {EXTENSION: answer}) == []
    assert whole[0][0] == 500
    assert b"secret" not in whole[0][1]


ORIGIN = (b"origin", b"https://app.example.com")


async def test_a_browser_that_asks_first_is_told_what_it_may_and_no_door_is_troubled() -> None:
    async def door(_: Scope, __: Receive, ___: Send) -> None:
        raise AssertionError("a preflight is the front's to answer")

    wanted = b"apikey, authorization, content-type, idempotency-key, prefer, x-client-info"
    asks = [ORIGIN, (b"access-control-request-method", b"PATCH"), (b"access-control-request-headers", wanted)]
    start, body = await asked(front({"/rest/v1": door}), "/rest/v1/films", method="OPTIONS", headers=asks)
    told = dict(start["headers"])
    assert (start["status"], body["body"]) == (204, b"")
    assert told[b"access-control-allow-origin"] == b"*"
    assert told[b"access-control-allow-headers"] == wanted
    allowed = set(told[b"access-control-allow-methods"].split(b", "))
    assert allowed >= {b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE"}
    assert int(told[b"access-control-max-age"]) > 0
    assert b"access-control-allow-credentials" not in told, "any origin may ask, but never with a browser's cookies"


async def test_an_options_that_is_no_preflight_is_the_doors() -> None:
    start, body = await asked(front({"/": saying(b"mine")}), "/", method="OPTIONS", headers=[ORIGIN])
    assert (start["status"], body["body"]) == (200, b"mine")


async def test_an_answer_to_a_browser_may_be_read_by_it() -> None:
    app = front({"/health": saying(b"well")})
    for path, status in (("/health", 200), ("/nothing", 404)):
        start, _ = await asked(app, path, headers=[ORIGIN])
        told = dict(start["headers"])
        assert (start["status"], told[b"access-control-allow-origin"]) == (status, b"*")
        exposed = set(told[b"access-control-expose-headers"].split(b", "))
        assert exposed >= {b"content-range", b"x-request-id", b"etag", b"location", b"retry-after"}


async def test_who_names_no_origin_is_told_nothing_of_origins() -> None:
    start, _ = await asked(front({"/": saying(b"x")}), "/")
    assert [name for name, _ in start["headers"] if name.startswith(b"access-control")] == []


async def test_methods_that_callers_make_up_are_counted_as_one() -> None:
    served = ServedRequests()
    for method in ("GET", *(f"ADA{number}" for number in range(100))):
        served.add(RequestServed("r-1", "/rest/v1", method, "/", 405, 0.01))
    requests, _ = served.collect()
    assert {each.labels["method"]: each.value for each in requests.samples} == {"GET": 1, "other": 100}
