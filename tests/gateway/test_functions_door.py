"""The frame of `/functions/v1`: who may call, how refusals look, what `/docs` shows."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Literal, TypedDict, cast
from uuid import UUID

import httpx
import psycopg
import pytest

from sahne.database.catalog import Catalog, Schema
from sahne.database.catalog_keeper import CatalogKeeper
from sahne.database.refusals import refusals
from sahne.database.result import StatementFailed
from sahne.database.rules import Rule, Rules
from sahne.errors import Unprocessable
from sahne.gateway.asgi import Message
from sahne.gateway.bearer import Verifier
from sahne.gateway.front import Front
from sahne.gateway.functions.bodies import StrictBody
from sahne.gateway.functions.door import build_functions
from sahne.gateway.functions.ids import Id
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.query_strings import Page
from sahne.gateway.functions.reading import FIELDS_TOLD_MAX
from sahne.gateway.functions.refusals import Refusal
from sahne.gateway.functions.small_bodies import BODY_BYTES_MAX
from sahne.gateway.parts import Parts
from sahne.gateway.shares import Shares
from sahne.settings.reading import read_settings
from tests.world import bearer

pytestmark = pytest.mark.anyio
LEFT_MAX = 50  # objects of a hundred requests: what the loop itself does meanwhile
USER = "0b5f8c52-7f0c-4c5e-9a53-1f9a3f6f0a11"


class Words(StrictBody):
    text: str
    times: int = 1


class Said(TypedDict):
    said: str
    by: UUID


class Named(TypedDict):
    ids: list[UUID]


class Key(TypedDict):
    key: str


@operation("POST", "echo", answer=Said, who=Who.SIGNED_IN)
async def echo(call: Call, body: Words) -> Answer:
    """Says it back."""
    return {"said": body.text * body.times, "by": call.actor.user_id}


@operation("POST", "spend", answer=Key, who=Who.SIGNED_IN)
async def spend(call: Call, key: str) -> Answer:
    return {"key": key}


@operation("POST", "fall", answer=Key, who=Who.SIGNED_IN)
async def fall(call: Call) -> Answer:
    raise ZeroDivisionError("a secret of ours")


class Strict(StrictBody):
    id: Id


@operation("POST", "named/{id}", answer=Named, who=Who.SIGNED_IN)
async def named(call: Call, id: UUID, body: Strict) -> Answer:
    return {"ids": [id, body.id]}


@operation("DELETE", "named/{id}", answer=Named, who=Who.SIGNED_IN)
async def forget(call: Call, id: UUID) -> Answer:
    return {"ids": [id]}


@operation("POST", "chosen/{answer}", answer=Key, who=Who.SIGNED_IN)
async def chosen(call: Call, answer: Literal["yes", "no"], body: Words | None) -> Answer:
    return {"key": f"{answer} {body.text if body else 'without a word'}"}


@operation("POST", "refused", answer=Key, who=Who.SIGNED_IN)
async def refused(call: Call) -> Answer:
    raise psycopg.errors.DeadlockDetected("40P01")


@operation("POST", "ruled", answer=Key, who=Who.SIGNED_IN, refuses=(Refusal.of(Unprocessable),))
async def ruled(call: Call) -> Answer:
    with refusals():
        raise StatementFailed("23514", "violates check constraint", constraint="words_of_june_check")


@operation("POST", "paged", answer=Key, who=Who.SIGNED_IN)
async def paged(call: Call, query: Page) -> Answer:
    return {"key": str(query.limit)}


OPERATIONS = (echo, spend, fall, paged, named, forget, chosen, refused, ruled)


@pytest.fixture
def front() -> Front:
    settings = read_settings(env_file=None)
    catalog = CatalogKeeper(settings.direct_authenticator_url)
    rules = Rules({"words_of_june_check": Rule("words_check", "Words have letters.")})
    catalog.current = Catalog(schemas={"public": Schema(rules=rules)})
    needed = SimpleNamespace(  # by the frame
        settings=settings, verifier=Verifier(settings), shares=Shares(settings), catalog=catalog
    )
    parts = cast(Parts, needed)
    door = build_functions(parts, OPERATIONS)
    return Front(settings, {"/functions/v1": door, "/docs": door, "/openapi.json": door})


@pytest.fixture
async def client(front: Front) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(front)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def test_a_signed_in_user_is_answered(client: httpx.AsyncClient) -> None:
    answer = await client.post("/functions/v1/echo", json={"text": "ab", "times": 2}, headers=bearer(USER))
    assert (answer.status_code, answer.json()) == (200, {"said": "abab", "by": USER})


@pytest.mark.parametrize("token", ["", "nonsense", "service"])
async def test_nobody_else_is(client: httpx.AsyncClient, token: str) -> None:
    settings = read_settings(env_file=None)
    token = settings.service_role_key if token == "service" else token
    answer = await client.post(
        "/functions/v1/echo",
        json={"text": "ab"},
        headers={"authorization": f"Bearer {token}"} if token else {},
    )
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message", "details", "hint"}


async def test_a_wrong_value_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.post("/functions/v1/echo", json={"text": 7}, headers=bearer(USER))
    assert (answer.status_code, answer.json()["code"]) == (422, "unprocessable")
    assert answer.json()["details"] == {"fields": [{"where": "body.text", "what": "must be a text"}]}


async def test_a_body_that_is_not_json_is_refused(client: httpx.AsyncClient) -> None:
    headers = bearer(USER) | {"content-type": "application/json"}
    answer = await client.post("/functions/v1/echo", content=b"{", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


async def test_what_is_not_known_is_named_and_not_passed_over(client: httpx.AsyncClient) -> None:
    for path, body, where in (
        (f"named/{USER}", {"id": USER, "ids": []}, "body.ids"),
        ("fall", {"text": "ab"}, "body"),
        ("echo?times=2", {"text": "ab"}, "query.times"),
        ("paged?limt=2", None, "query.limt"),
    ):
        answer = await client.post(f"/functions/v1/{path}", json=body, headers=bearer(USER))
        assert answer.status_code == 422, path
        assert answer.json()["details"] == {"fields": [{"where": where, "what": "is not known here"}]}
        assert answer.json()["hint"].endswith(" takes is described at /docs.")
    twice = await client.post("/functions/v1/paged?limit=2&limit=3", headers=bearer(USER))
    assert twice.json()["details"] == {"fields": [{"where": "query.limit", "what": "is said twice"}]}


async def test_a_key_in_the_query_and_an_empty_body_are_passed_over(client: httpx.AsyncClient) -> None:
    assert (await client.post("/functions/v1/paged?limit=2&apikey=k", headers=bearer(USER))).json() == {"key": "2"}
    for content in (b"", b"{}", b" null "):
        answer = await client.post("/functions/v1/paged", content=content, headers=bearer(USER))
        assert (answer.status_code, answer.json()) == (200, {"key": "50"}), content


async def test_of_many_wrong_fields_some_are_named(client: httpx.AsyncClient) -> None:
    body = {"id": USER} | {f"a{number}": 1 for number in range(2_000)}
    answer = await client.post(f"/functions/v1/named/{USER}", json=body, headers=bearer(USER))
    fields = answer.json()["details"]["fields"]
    assert (answer.status_code, len(fields), fields[-1]["what"]) == (422, FIELDS_TOLD_MAX + 1, "and 1980 more")


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_is_small(client: httpx.AsyncClient, announced: bool) -> None:
    async def in_pieces(length: int) -> AsyncIterator[bytes]:
        yield b'{"text": "'
        yield b"x" * (length - len(b'{"text": ""}'))
        yield b'"}'

    headers = bearer(USER) | {"content-type": "application/json"}
    for length, status in ((BODY_BYTES_MAX, 200), (BODY_BYTES_MAX + 1, 413)):
        body = b"".join([piece async for piece in in_pieces(length)]) if announced else in_pieces(length)
        answer = await client.post("/functions/v1/echo", content=body, headers=headers)
        assert answer.status_code == status, answer.text[:200]


async def test_an_id_has_one_spelling(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"/functions/v1/named/{USER}", json={"id": USER}, headers=bearer(USER))
    assert (answer.status_code, answer.json()) == (200, {"ids": [USER, USER]})
    for other in (USER.upper(), USER.replace("-", ""), f"urn:uuid:{USER}", f"{{{USER}}}", "7"):
        for path, id in ((other, USER), (USER, other)):
            answer = await client.post(f"/functions/v1/named/{path}", json={"id": id}, headers=bearer(USER))
            assert (answer.status_code, answer.json()["code"]) == (422, "unprocessable"), other


async def test_an_unknown_path_and_a_wrong_method_are_told(client: httpx.AsyncClient) -> None:
    assert (await client.post("/functions/v1/nowhere")).json()["code"] == "not_found"
    answer = await client.delete("/functions/v1/echo", headers=bearer(USER))
    assert (answer.status_code, answer.json()["code"], answer.headers["allow"]) == (
        405,
        "method_not_allowed",
        "POST",
    )


async def test_a_path_takes_the_methods_that_it_says(client: httpx.AsyncClient) -> None:
    for method in ("GET", "HEAD", "PATCH", "PUT"):
        answer = await client.request(method, f"/functions/v1/named/{USER}", headers=bearer(USER))
        assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, POST")
    for path in (
        "named",
        "named/",
        f"named/{USER}/",
        f"/named/{USER}",
        f"named/{USER}%0A",
        "Echo",
        "echo/",
        "echo%0A",
        "",
    ):
        assert (await client.post(f"/functions/v1/{path}", headers=bearer(USER))).status_code == 404, path


async def test_a_path_says_one_of_its_words(client: httpx.AsyncClient) -> None:
    for word, status in (("yes", 200), ("no", 200), ("maybe", 422), ("Yes", 422)):
        assert (await client.post(f"/functions/v1/chosen/{word}", headers=bearer(USER))).status_code == status, word


async def test_a_body_that_may_be_missing_is_missing_in_three_ways(client: httpx.AsyncClient) -> None:
    headers = bearer(USER) | {"content-type": "application/json"}
    for content in (b"", b"null", b" null "):
        answer = await client.post("/functions/v1/chosen/yes", content=content, headers=headers)
        assert answer.json() == {"key": "yes without a word"}
        refused = await client.post("/functions/v1/echo", content=content, headers=headers)
        assert refused.status_code == 422
    given = await client.post("/functions/v1/chosen/no", json={"text": "sorry"}, headers=bearer(USER))
    assert given.json() == {"key": "no sorry"}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", None])
async def test_a_body_of_another_kind_is_not_read(client: httpx.AsyncClient, kind: str | None) -> None:
    headers = bearer(USER) | ({"content-type": kind} if kind else {})
    answer = await client.post("/functions/v1/echo", content=b'{"text": "ab"}', headers=headers)
    (field,) = answer.json()["details"]["fields"]
    assert (answer.status_code, field["where"]) == (422, "header.Content-Type")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", "application/problem+json"])
async def test_json_has_many_names(client: httpx.AsyncClient, kind: str) -> None:
    headers = bearer(USER) | {"content-type": kind}
    answer = await client.post("/functions/v1/echo", content=b'{"text": "ab"}', headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "body", [b'{"text": "\\ud800"}', b'{"text": "\xff"}', b"[" * 5_000 + b"]" * 5_000, b'{"text": NaN}', b"{} {}"]
)
async def test_what_only_looks_like_json_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    headers = bearer(USER) | {"content-type": "application/json"}
    answer = await client.post("/functions/v1/echo", content=body, headers=headers)
    assert answer.status_code in (400, 422), answer.text


async def test_a_name_given_twice_counts_once(client: httpx.AsyncClient) -> None:
    headers = bearer(USER) | {"content-type": "application/json"}
    answer = await client.post("/functions/v1/echo", content=b'{"text": "a", "text": "b"}', headers=headers)
    assert answer.json()["said"] == "b"


async def test_spending_needs_an_idempotency_key(client: httpx.AsyncClient) -> None:
    answer = await client.post("/functions/v1/spend", headers=bearer(USER))
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
    answer = await client.post("/functions/v1/spend", headers=bearer(USER) | {"idempotency-key": "k" * 201})
    assert answer.status_code == 422
    answer = await client.post("/functions/v1/spend", headers=bearer(USER) | {"idempotency-key": "k1"})
    assert answer.json() == {"key": "k1"}


async def test_our_own_fault_is_a_clean_500(client: httpx.AsyncClient) -> None:
    answer = await client.post("/functions/v1/fall", headers=bearer(USER))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text


async def test_a_busy_database_says_when_to_try_again(client: httpx.AsyncClient) -> None:
    answer = await client.post("/functions/v1/refused", headers=bearer(USER))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_a_rule_of_the_database_is_told_in_its_sentence(client: httpx.AsyncClient) -> None:
    answer = await client.post("/functions/v1/ruled", headers=bearer(USER))
    assert (answer.status_code, answer.json()) == (
        422,
        {"code": "unprocessable", "message": "Words have letters.", "details": {"rule": "words_check"}, "hint": None},
    )


async def test_the_operations_are_described(client: httpx.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()
    assert described["paths"]["/functions/v1/echo"]["post"]["summary"] == "Says it back."
    page = (await client.get("/docs")).text
    assert "`" not in page
    assert "/functions/v1/echo" in page
    assert "<code>times?</code></td><td>integer</td>" in page
    assert "src=" not in page


@pytest.mark.parametrize("path", ["chosen/yes", "chosen/maybe", "nowhere", "echo", "spend", "ruled", "refused"])
async def test_a_request_leaves_no_ring(front: Front, path: str) -> None:
    """Asked without a client, which makes rings of its own."""
    headers = [(name.encode(), value.encode()) for name, value in {"host": "localhost", **bearer(USER)}.items()]
    scope = {"type": "http", "method": "POST", "path": f"/functions/v1/{path}", "query_string": b"", "headers": headers}

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        del message

    async def ask(times: int) -> int:
        gc.collect()
        gc.disable()
        try:
            for _ in range(times):
                await front(dict(scope), receive, send)
            return gc.collect()
        finally:
            gc.enable()

    await ask(3)
    assert await ask(100) <= LEFT_MAX
