"""The Data API beside PostgREST's own program: made-up requests, the same answers but for differences that are wanted.

Both serve a copy of the same database, and writes are rolled back, so that each case finds the same rows. The program is
the one that the benchmarks fetch. Each world gets some hundred cases, and thousands by `make prove`.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.clients.beside_postgrest import Both, served
from tests.clients.rest_cases import Case, cases
from tests.conftest import cloned, with_database
from tests.database.access.world import make_world
from tests.eventually import eventually
from tests.films import ADA
from tests.oddworld import odd_world
from tests.world import World

HERE = Path(__file__).parent
CASES, CASES_PROVED = 400, 4_000
SEED = 20261128
HEADERS = ("content-range", "location", "preference-applied", "content-type")


# proving, a world takes some minutes
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(1_200)]


@pytest.fixture(scope="session")
def count(pytestconfig: pytest.Config) -> int:
    """How many cases a world gets."""
    return CASES_PROVED if pytestconfig.getoption("--prove") else CASES


@pytest.fixture
def odd(cluster_url: str, template: str) -> Iterator[tuple[str, str]]:
    """Two databases of odd shapes; the template has made the roles."""
    with odd_world(cluster_url) as one, odd_world(cluster_url) as other:
        yield one, other


def count_from_the_beginning(conn: psycopg.Connection[Any]) -> None:
    """Numbers that are made up are the same on both sides, however many were lost by writes that were taken back."""
    conn.execute("select setval(seqrelid, 100, false) from pg_sequence")


def seen(answer: httpx.Response) -> dict[str, Any]:
    """What is compared: of a refusal its code, whose words have changed from version to version."""
    refused = answer.status_code >= 300
    is_json = bool(answer.text) and (refused or "json" in answer.headers.get("content-type", ""))
    body = json.loads(_timeless(answer.text)) if is_json else _timeless(answer.text)
    return {
        "status": answer.status_code,
        "code": body.get("code") if refused and isinstance(body, dict) else None,
        "body": None if refused else body if answer.request.method == "GET" else _in_any_order(body),
        **{name: answer.headers.get(name) for name in HEADERS if not (refused and name == "content-type")},
        "location": "&".join(sorted(answer.headers.get("location", "").replace("?", "?&").split("&"))),
    }


def _in_any_order(body: Any) -> Any:
    """Of a write, whose rows the one puts in order and the other does not."""
    if isinstance(body, dict):
        return {name: _in_any_order(each) for name, each in body.items()}
    return (
        sorted(map(_in_any_order, body), key=lambda each: json.dumps(each, sort_keys=True))
        if isinstance(body, list)
        else body
    )


def _timeless(text: str) -> str:
    """With the moments of these days as one: a write has its own."""
    return re.sub(rf"{datetime.now(UTC):%Y-%m}-\d\d[T ][\d:.]+\+00(:00)?", "now", text)


def wanted_differences() -> list[dict[str, Any]]:
    return tomllib.loads((HERE / "rest_differences.toml").read_text("utf-8"))["wanted"]


def is_wanted(case: Case, names: set[str], ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    """Whether a reason is found; a fault of ours (5xx) has one only where its status is named."""
    return any(
        re.search(each["request"], str(case)) and names <= set(each["differs"])
        and (ours["status"] < 500 or ours["status"] in each.get("ours", []))
        and _is_one_of(each.get("ours"), ours) and _is_one_of(each.get("theirs"), theirs)
        for each in wanted_differences()
    )  # fmt: skip


def _is_one_of(answers: list[int | str] | None, seen: dict[str, Any]) -> bool:
    """Of statuses and codes; None is any."""
    return answers is None or seen["status"] in answers or seen["code"] in answers


async def compare(both: Both, asked: Iterator[Case]) -> None:
    """Ask both and fail with what differs and should not, in words."""
    found = []
    for case in asked:
        if case.method == "POST":
            for conn in both.owners:
                count_from_the_beginning(conn)
        ours, theirs = [
            seen(await client.request(case.method, case.path, headers=case.headers, content=case.body))
            for client in (both.ours, both.theirs)
        ]
        names = {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)}
        if names and not is_wanted(case, names, ours, theirs):
            found.append(
                f"{case}\n"
                + "\n".join(f"  {name}: {ours.get(name)!r} | {theirs.get(name)!r}" for name in sorted(names))
            )
    if found:
        pytest.fail(f"{len(found)} cases, ours | theirs:\n" + "\n".join(found), pytrace=False)


@pytest.mark.prove
async def test_odd_shapes_are_answered_as_postgrest_answers(postgrest: Path, odd: tuple[str, str], count: int) -> None:
    async with served(postgrest, *odd, "service_role", ADA) as both:
        await compare(both, cases(count, both.schema, both.database_url, "service_role", SEED))


@pytest.fixture
def own(cluster_url: str, template: str) -> Iterator[tuple[str, str, str]]:
    """Two databases of the product with one and the same people and rows in them, and who the owner there is."""
    with cloned(cluster_url, template) as database:
        made = make_world(World(database))
        name = f"copy_{uuid4().hex[:10]}"
        with psycopg.connect(cluster_url, autocommit=True) as admin:
            source = database.rpartition("/")[2]
            # a template has nobody in it; the world keeps its connections, and opens new ones when they are gone
            admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (source,))
            eventually(lambda: copied(admin, name, source))
            yield database, with_database(cluster_url, name), str(made.people["owner"])
            admin.execute(f"drop database {name} with (force)".encode())


def copied(admin: psycopg.Connection[Any], name: str, source: str) -> bool:
    try:
        admin.execute(f"create database {name} template {source}".encode())
    except psycopg.errors.ObjectInUse:
        return False
    return True


@pytest.mark.prove
@pytest.mark.parametrize("role", ["authenticated", "service_role"])
async def test_our_own_tables_are_answered_as_postgrest_answers(
    postgrest: Path, own: tuple[str, str, str], role: str, count: int
) -> None:
    database, copy, sub = own
    async with served(postgrest, database, copy, role, sub) as both:
        await compare(both, cases(count, both.schema, both.database_url, role, SEED))


def test_every_reason_is_a_sentence_and_every_request_an_expression() -> None:
    for each in wanted_differences():
        assert each["reason"].endswith(".")
        assert re.compile(each["request"])
        assert set(each["differs"]) <= {"status", "code", "body", *HEADERS}
