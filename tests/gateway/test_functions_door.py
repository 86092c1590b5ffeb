"""The frame of `/functions/v1`: who may call, how refusals look, what `/docs` shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import httpx
import psycopg
import pytest
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from sahne.database.catalog import Catalog, Schema
from sahne.database.catalog_keeper import CatalogKeeper
from sahne.database.refusals import refusals
from sahne.database.result import StatementFailed
from sahne.database.rules import Rule, Rules
from sahne.gateway.bearer import Verifier
from sahne.gateway.front import Front
from sahne.gateway.functions.caller import Caller, IdempotencyKey
from sahne.gateway.functions.door import FIELDS_TOLD_MAX, build_functions
from sahne.gateway.functions.ids import Id
from sahne.gateway.functions.small_bodies import BODY_BYTES_MAX
from sahne.gateway.parts import Parts
from sahne.gateway.shares import Shares
from sahne.settings import Settings
from tests.world import bearer

pytestmark = pytest.mark.anyio
USER = "0b5f8c52-7f0c-4c5e-9a53-1f9a3f6f0a11"
router = APIRouter()


class Words(BaseModel):
    text: str
    times: int = 1


@router.post("/echo")
async def echo(words: Words, caller: Caller) -> dict[str, Any]:
    """Says it back."""
    return {"said": words.text * words.times, "by": caller.user_id}


@router.post("/spend")
async def spend(_: Caller, key: IdempotencyKey) -> dict[str, Any]:
    return {"key": key}


@router.post("/fall")
async def fall() -> None:
    raise ZeroDivisionError("a secret of ours")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: Id


@router.post("/named/{id}")
async def named(id: Id, body: Strict) -> dict[str, Any]:
    return {"ids": [id, body.id]}


@router.post("/refused")
async def refused() -> None:
    raise psycopg.errors.DeadlockDetected("40P01")


@router.post("/ruled")
async def ruled() -> None:
    with refusals():
        raise StatementFailed("23514", "violates check constraint", constraint="words_of_june_check")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    catalog = CatalogKeeper(settings.direct_authenticator_url)
    rules = Rules({"words_of_june_check": Rule("words_check", "Words have letters.")})
    catalog.current = Catalog(schemas={"public": Schema(rules=rules)})
    needed = SimpleNamespace(  # by the frame
        settings=settings, verifier=Verifier(settings), shares=Shares(settings), catalog=catalog
    )
    parts = cast(Parts, needed)
    door = build_functions(parts, (router,))
    front = Front(settings, {"/functions/v1": door, "/docs": door, "/openapi.json": door})
    transport = httpx.ASGITransport(front)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def test_a_signed_in_user_is_answered(client: httpx.AsyncClient) -> None:
    answer = await client.post("/functions/v1/echo", json={"text": "ab", "times": 2}, headers=bearer(USER))
    assert (answer.status_code, answer.json()) == (200, {"said": "abab", "by": USER})


@pytest.mark.parametrize("token", ["", "nonsense", "service"])
async def test_nobody_else_is(client: httpx.AsyncClient, token: str) -> None:
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
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
    assert answer.json()["details"] == {"fields": [{"where": "body.text", "what": "Input should be a valid string"}]}


async def test_a_body_that_is_not_json_is_refused(client: httpx.AsyncClient) -> None:
    headers = bearer(USER) | {"content-type": "application/json"}
    answer = await client.post("/functions/v1/echo", content=b"{", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


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


async def test_spending_needs_an_idempotency_key(client: httpx.AsyncClient) -> None:
    answer = await client.post("/functions/v1/spend", headers=bearer(USER))
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
    answer = await client.post("/functions/v1/spend", headers=bearer(USER) | {"idempotency-key": "k" * 201})
    assert answer.status_code == 422
    answer = await client.post("/functions/v1/spend", headers=bearer(USER) | {"idempotency-key": "k1"})
    assert answer.json() == {"key": "k1"}


async def test_our_own_fault_is_a_clean_500(client: httpx.AsyncClient) -> None:
    answer = await client.post("/functions/v1/fall")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text


async def test_a_busy_database_says_when_to_try_again(client: httpx.AsyncClient) -> None:
    answer = await client.post("/functions/v1/refused")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_a_rule_of_the_database_is_told_in_its_sentence(client: httpx.AsyncClient) -> None:
    answer = await client.post("/functions/v1/ruled")
    assert (answer.status_code, answer.json()) == (
        422,
        {"code": "unprocessable", "message": "Words have letters.", "details": {"rule": "words_check"}, "hint": None},
    )


async def test_the_operations_are_described(client: httpx.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()
    assert described["paths"]["/functions/v1/echo"]["post"]["description"] == "Says it back."
    page = (await client.get("/docs")).text
    assert "`" not in page
    assert "/functions/v1/echo" in page
    assert "text, times?" in page
    assert "src=" not in page
