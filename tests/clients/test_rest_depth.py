"""The Data API's rarer features, each by a corpus of requests and their answers; PostgREST's own program agrees with it.

Where it does not, a case says why (`alone`). Writes are taken back, so that each case finds the same rows.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients.beside_postgrest import MORE_OPTIONS, OPTIONS, our_door, their_door
from tests.films import ADA
from tests.oddworld import odd_world

HERE = Path(__file__).parent
CORPUS: dict[str, list[dict[str, Any]]] = tomllib.loads((HERE / "rest_depth.toml").read_text("utf-8"))
CASES = [case for of_feature in CORPUS.values() for case in of_feature]
# of these we find more keys, behind views and of rows that are one to one
DEEPER = {"nested_books", "covers"}

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def depth(cluster_url: str, template: str) -> Iterator[str]:
    """A database to ask; the template has made the roles."""
    with odd_world(cluster_url, HERE / "rest_depth.sql") as database:
        yield database


async def differing(client: httpx.AsyncClient, cases: list[dict[str, Any]]) -> list[str]:
    """What is answered otherwise than a case says, in words."""
    found = []
    for case in cases:
        method, _, path = case["request"].partition(" ")
        headers = {"prefer": "tx=rollback", "content-type": "application/json"} | case.get("headers", {})
        answer = await client.request(method, path, headers=headers, content=case.get("body"))
        seen, wanted = _seen(answer), _wanted(case)
        if seen != wanted:
            found.append(f"{case['request']} {case.get('headers', '')}\n  is     {seen}\n  should {wanted}")
    return found


def _seen(answer: httpx.Response) -> tuple[int, str, object]:
    type_ = answer.headers.get("content-type", "")
    if "location" in answer.headers:
        return answer.status_code, "location", answer.headers["location"].encode()
    if answer.status_code >= 300:
        return answer.status_code, "", answer.json()["code"]
    if not answer.content:
        return answer.status_code, type_.removeprefix("application/json; charset=utf-8"), b""
    if "json" not in type_:
        return answer.status_code, type_, answer.content
    return answer.status_code, type_.removeprefix("application/json; charset=utf-8"), answer.json()


def _wanted(case: dict[str, Any]) -> tuple[int, str, object]:
    if "code" in case:
        return case["status"], "", case["code"]
    if "octets" in case:
        return 200, case["type"], bytes.fromhex(case["octets"])
    type_ = case.get("type", "")
    is_json = case["answer"] and (not type_ or "json" in type_)
    return case.get("status", 200), type_, json.loads(case["answer"]) if is_json else case["answer"].encode()


async def test_each_request_of_the_corpus_has_its_answer(depth: str) -> None:
    async with our_door(depth, "service_role", ADA, rest_aggregates=True, rest_plans=True) as (ours, _):
        found = await differing(ours, CASES)
    assert not found, "\n".join(found)


async def test_postgrest_gives_the_same_answers(depth: str, postgrest: Path) -> None:
    cases = [case for case in CASES if "alone" not in case]
    async with their_door(postgrest, depth, "service_role", ADA, OPTIONS | MORE_OPTIONS) as theirs:
        found = await differing(theirs, cases)
    assert not found, "\n".join(found)


async def test_the_root_describes_what_postgrest_describes(depth: str, postgrest: Path) -> None:
    async with (
        our_door(depth, "service_role", ADA) as (ours, _),
        their_door(postgrest, depth, "service_role", ADA) as theirs,
    ):
        mine, other = [(await client.get("/")).json() for client in (ours, theirs)]
    relations = other["definitions"].keys() - DEEPER
    for each in relations:
        assert in_order(mine["paths"][f"/{each}"]) == in_order(other["paths"][f"/{each}"])
        assert mine["definitions"][each] == other["definitions"][each]
        assert mine["parameters"][f"body.{each}"] == other["parameters"][f"body.{each}"]
    filters = {name: each for name, each in mine["parameters"].items() if name.startswith("rowFilter.")}
    assert filters == {name: each for name, each in other["parameters"].items() if name.startswith("rowFilter.")}
    calls = {
        path: mine["paths"][path]["get"]
        for path in ("/rpc/many_after", "/rpc/mid_default", "/rpc/in_array", "/rpc/words")
    }
    assert {path: other["paths"][path]["get"] for path in calls} == calls
    assert {"/rpc/loud", "/rpc/two_unnamed"}.isdisjoint(mine["paths"])


async def test_the_root_is_told_as_openapi_3_to_who_wants_that(depth: str) -> None:
    async with our_door(depth, "service_role", ADA) as (ours, _):
        answer = await ours.get("/", headers={"accept": "application/openapi+json;version=3.1"})
        older = (await ours.get("/", headers={"accept": "application/openapi+json"})).json()
        refused = await ours.get("/", headers={"accept": "application/openapi+json;version=4.0"})
    assert answer.headers["content-type"] == "application/openapi+json;version=3.1; charset=utf-8"
    document = answer.json()
    assert document["paths"].keys() == older["paths"].keys()
    components = document["components"]
    for kind, name in re.findall(r'"#/components/(\w+)/([^"]*)"', answer.text):
        assert name in components[kind], name
    for parameter in [*components["parameters"].values(), *inline(document)]:
        assert parameter.keys() <= {"name", "in", "required", "description", "schema", "style", "explode"}
        assert parameter["schema"], parameter
    assert document["paths"]["/walls"]["post"]["requestBody"] == {"$ref": "#/components/requestBodies/body.walls"}
    assert document["paths"]["/rpc/many_after"]["get"]["parameters"][1] == {
        "name": "n", "in": "query", "required": False, "style": "form", "explode": True,
        "schema": {"type": "array", "items": {"type": "integer", "format": "integer"}},
    }  # fmt: skip
    assert refused.json()["code"] == "PGRST107"


def inline(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The parameters that stand in a verb itself."""
    verbs = [verb for path in document["paths"].values() for verb in path.values()]
    return [each for verb in verbs for each in verb["parameters"] if "$ref" not in each]


def in_order(path: dict[str, Any]) -> dict[str, Any]:
    """A path with its parameters in one order."""
    return {verb: {**of, "parameters": sorted(of["parameters"], key=str)} for verb, of in path.items()}


async def test_the_root_and_options_tell_a_role_what_it_may_do(depth: str) -> None:
    async with our_door(depth, "anon", ADA) as (anon, _):
        described = (await anon.get("/")).json()
        refused = await anon.get("/", headers={"accept": "text/csv"})
        allowed = [(await anon.options(path)).headers["allow"] for path in ("/makers", "/joined_books", "/rpc/words")]
    assert described["paths"]["/makers"].keys() == {"get"}
    assert (described["info"]["title"], described["info"]["description"]) == ("Odd things", "In two lines.")
    assert described["definitions"]["makers"]["properties"]["town"]["description"] == "Where it is."
    assert described["paths"]["/rpc/a_page"]["get"]["summary"] == "Greets."
    assert "/rpc/kept_to_oneself" not in described["paths"]
    assert refused.json()["code"] == "PGRST107"
    assert allowed == ["OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE", "OPTIONS,GET,HEAD", "OPTIONS,GET,HEAD,POST"]


async def test_the_stages_of_a_request_are_timed_where_that_is_switched_on(depth: str) -> None:
    async with our_door(depth, "anon", ADA, rest_server_timing=True) as (anon, _):
        answers = [await anon.get(path) for path in ("/makers", "/nowhere")]
    stages = [re.findall(r"(\w+);dur=\d+\.\d{3}(?:, |$)", answer.headers["server-timing"]) for answer in answers]
    assert stages == [["parse", "jwt", "plan", "transaction", "response"], ["parse", "jwt", "response"]]
    async with our_door(depth, "anon", ADA) as (anon, _):
        assert "server-timing" not in (await anon.get("/makers")).headers


def test_every_answer_of_ones_own_has_a_reason() -> None:
    for case in CASES:
        assert case.get("alone", "So.").endswith("."), case["request"]
