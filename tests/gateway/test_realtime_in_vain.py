"""A binding that could never match is refused in words; one that is only written otherwise than PostgreSQL does works."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import orjson
import psycopg
import pytest

from sahne.settings import Settings
from tests.gateway.realtime_socket import Talk, talking
from tests.world import token

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("server", "kinds")]

ADA = UUID(int=0xADA)
KINDS = {"event": "*", "schema": "public", "table": "kinds"}
ID = "8d1d9ae4-0000-4000-8000-00000000abcd"
TABLES = """
create type public.mood as enum ('glad', 'sad');
create domain public.count as int check (value > 0);
create table public.kinds (
  id uuid primary key, seq bigint, small smallint, n int, price numeric, ratio real, flag boolean, at timestamptz,
  day date, span interval, mood public.mood, tags text[], doc json, docb jsonb, code char(5), amount public.count, body text
);
grant all on public.kinds to authenticated, service_role;
grant select (id, seq) on public.kinds to anon;
alter publication supabase_realtime add table public.kinds;
"""
ROW = (
    f"insert into public.kinds values ('{ID}', 7, 7, 7, 7.5, 0.1, true, '2026-01-02 03:04:05Z', '2026-01-02', '1 day', 'glad',"
    """ '{a,"b c"}', '{}', '{"a": 1, "b": 2}', 'ab', 10, '9')"""
)


@pytest.fixture(scope="module")
def kinds(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(TABLES)


@pytest.fixture
def sql(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        yield conn
        conn.execute("truncate public.kinds")


async def complaints(talk: Talk, *asked: object, count: int = 1) -> list[str]:
    answer = await talk.join("realtime:db", {"postgres_changes": list(asked)}, token(ADA))
    assert answer.payload["status"] == "ok"
    heard = [(await talk.hear()).payload for _ in range(count)]
    assert {payload["status"] for payload in heard} == {"error"}
    await talk.silent()
    return [payload["message"] for payload in heard]


VALUES = {
    "id=eq.x": 'ERROR 22P02 invalid input syntax for type uuid: "x"',
    "id=eq.null": 'ERROR 22P02 invalid input syntax for type uuid: "null"',
    "id=not.eq.x": 'ERROR 22P02 invalid input syntax for type uuid: "x"',
    f"id=in.({ID},x)": 'ERROR 22P02 invalid input syntax for type uuid: "x"',
    "seq=gt.99999999999999999999": 'ERROR 22003 value "99999999999999999999" is out of range for type bigint',
    "small=eq.40000": 'ERROR 22003 value "40000" is out of range for type smallint',
    "n=lt.3000000000": 'ERROR 22003 value "3000000000" is out of range for type integer',
    "n=in.(1,2,x)": 'ERROR 22P02 invalid input syntax for type integer: "x"',
    "price=gte.much": 'ERROR 22P02 invalid input syntax for type numeric: "much"',
    "flag=eq.perhaps": 'ERROR 22P02 invalid input syntax for type boolean: "perhaps"',
    "at=gt.yesteryear": 'ERROR 22007 invalid input syntax for type timestamp with time zone: "yesteryear"',
    "day=eq.2026-02-30": 'ERROR 22008 date/time field value out of range: "2026-02-30"',
    "mood=eq.grumpy": 'ERROR 22P02 invalid input value for enum mood: "grumpy"',
    "tags=eq.{a": 'ERROR 22P02 malformed array literal: "{a"',
    "docb=eq.{": "ERROR 22P02 invalid input syntax for type json",
    "doc=eq.{}": "ERROR 42883 operator does not exist: json = json",
    "amount=isdistinct.x": 'ERROR 22P02 invalid input syntax for type integer: "x"',
    "body=is.true": "ERROR 42804 argument of IS TRUE must be type boolean, not type text",
    "at=gt.0044-03-15 BC": "is not a timestamp",
    "span=gt.1 day": "Changes cannot be filtered by the order of interval, the type of 'span'.",
    "mood=gt.glad": "Changes cannot be filtered by the order of mood, the type of 'mood'.",
    "nothing=eq.1": "There is no column 'nothing'.",
    "body=eq.\0": "none of them is NUL",
}


@pytest.mark.parametrize("text", VALUES)
async def test_a_value_that_its_column_cannot_hold_is_refused_in_postgresqls_words(
    settings: Settings, text: str
) -> None:
    async with talking(settings) as talk:
        (message,) = await complaints(talk, KINDS | {"filter": text})
    assert message.startswith("Unable to subscribe to changes with given parameters. An exception happened")
    assert "[event: *, schema: public, table: kinds, filters: " in message
    assert VALUES[text] in message


SPELLINGS = [
    f"id=eq.{ID.upper()}", f"id=eq.{ID.replace('-', '')}", f"id=in.({{{ID}}})", "seq=eq.007", "n=lt.8", "price=eq.7.500", "ratio=eq.0.10",
    "flag=eq.y", "flag=is.true", "flag=in.(off,on)", "at=eq.2026-01-02T04:04:05+01:00", "at=lt.infinity", "at=gt.epoch", "day=eq.Jan 2 2026",
    "day=lte.2026-01-02", "span=eq.1 days", "mood=in.(sad,glad)", 'tags=eq."{a, \\"b c\\"}"', 'docb=eq."{\\"b\\":2,\\"a\\":1}"', "doc=isdistinct.null",
    "code=eq.ab", "code=in.(ab,cd)", "amount=gt.9", "amount=in.(010)", "body=eq.9", "body=gt.10", "body=in.()",
]  # fmt: skip


async def test_every_spelling_of_a_value_matches_it(settings: Settings, sql: psycopg.Connection[Any]) -> None:
    async with talking(settings) as talk:
        asked = [KINDS | {"filter": text} for text in SPELLINGS]
        answer = await talk.join("realtime:db", {"postgres_changes": asked}, token(ADA))
        assert (await talk.hear()).payload["message"] == "Subscribed to PostgreSQL"
        ids = [item["id"] for item in answer.payload["response"]["postgres_changes"]]
        sql.execute(ROW)
        matching = set((await talk.hear()).payload["ids"])
    assert [text for text, id_ in zip(SPELLINGS, ids, strict=True) if id_ not in matching] == ["body=in.()"]


BINDINGS: list[tuple[object, str]] = [
    ({"event": "x"}, "There is no such event."),
    ({"event": 5}, "The event of a binding is a string."),
    ({"schema": ["public"]}, "The schema of a binding is a string."),
    ({"table": {"a": None}}, 'table: {"a":null}'),
    ({"filter": {"id": 1}}, "The filter of a binding is a string."),
    ({"select": "id"}, "select is a list of column names."),
    ({"select": [1]}, "The column of select is a string."),
    ({"table": "a\0b"}, "none of them is NUL"),
    ({"table": "x" * 5000}, "at most 4096 characters"),
]


@pytest.mark.parametrize(("odd", "words"), BINDINGS)
async def test_a_binding_that_cannot_be_understood_is_refused_beside_its_good_neighbour(
    settings: Settings, sql: psycopg.Connection[Any], odd: dict[str, object], words: str
) -> None:
    async with talking(settings) as talk:
        (message,) = await complaints(talk, KINDS | odd, KINDS)
        assert words in message
        sql.execute(ROW)
        assert len((await talk.hear()).payload["ids"]) == 1


async def test_what_is_no_binding_or_one_too_many_is_counted(settings: Settings, sql: psycopg.Connection[Any]) -> None:
    many = [KINDS | {"filter": f"seq=eq.{number}"} for number in range(101)]
    for asked, count in (([None, 5, "x", KINDS], 3), (many, 1), ([{"filter": orjson.Fragment(nested(300))}, KINDS], 1)):
        async with talking(settings) as talk:
            (message,) = await complaints(talk, *asked)
            assert f"{count} of postgres_changes were left out" in message
            sql.execute(ROW)
            assert (await talk.hear()).payload["data"]["record"]["id"] == ID
            sql.execute("truncate public.kinds")


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


async def test_one_bad_value_among_many_bindings_is_the_only_one_refused(
    settings: Settings, sql: psycopg.Connection[Any]
) -> None:
    good = [KINDS | {"filter": f"seq=eq.{number}"} for number in range(20)]
    async with talking(settings) as talk:
        messages = await complaints(
            talk, *good, KINDS | {"filter": "seq=eq.x"}, KINDS | {"filter": "body=match.("}, count=2
        )
        assert "invalid input syntax for type bigint" in messages[0]
        assert "A pattern is not a regular expression, or a slow one." in messages[1]
        sql.execute(ROW)
        assert len((await talk.hear()).payload["ids"]) == 1


async def test_more_values_than_a_channel_may_have_are_refused(settings: Settings) -> None:
    numbers = ",".join(map(str, range(100)))
    async with talking(settings) as talk:
        messages = await complaints(
            talk, *(KINDS | {"filter": f"seq=in.({numbers}),n=gt.{at}"} for at in range(20)), count=20
        )
    assert all("A channel's filters have at most 2000 values." in message for message in messages)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"schema": "nowhere"}, "no table of it is in the publication supabase_realtime for authenticated to read"),
        ({"schema": "auth", "table": "*"}, "no table of it is in the publication"),
        ({"schema": "*", "table": "nowhere"}, "no table of it is in the publication"),
        ({"schema": "public", "filter": "nothing=eq.1"}, "no table of it has nothing for authenticated to read"),
        ({"schema": "public", "filter": "tags=eq.{a"}, "malformed array literal"),
        ({"schema": "*", "table": "kinds", "filter": "id=eq.x"}, "invalid input syntax for type uuid"),
    ],
)
async def test_a_wildcard_that_reaches_nothing_says_so(settings: Settings, asked: dict[str, str], words: str) -> None:
    async with talking(settings) as talk:
        (message,) = await complaints(talk, {"event": "*", **asked})
    assert words in message


async def test_a_wildcard_that_reaches_something_works(settings: Settings, sql: psycopg.Connection[Any]) -> None:
    asked = [
        {"event": "*", "schema": "*", "table": "kinds"},
        {"event": "insert", "schema": "public", "filter": f"id=eq.{ID}"},
        {"event": "INSERT", "schema": "*", "filter": 'tags=eq."{a,\\"b c\\"}"'},
    ]
    async with talking(settings) as talk:
        answer = await talk.join("realtime:db", {"postgres_changes": asked}, token(ADA))
        assert (await talk.hear()).payload["message"] == "Subscribed to PostgreSQL"
        sql.execute(ROW)
        ids = {item["id"] for item in answer.payload["response"]["postgres_changes"]}
        assert set((await talk.hear()).payload["ids"]) == ids


async def test_who_waits_is_refused_a_filter_in_vain(settings: Settings) -> None:
    waiting = {"postgres_changes": [KINDS | {"filter": "id=eq.x"}], "postgres_changes_options": {"wait": True}}
    async with talking(settings) as talk:
        answer = (await talk.join("realtime:db", waiting, token(ADA))).payload
    assert answer["status"] == "error"
    assert 'invalid input syntax for type uuid: "x"' in answer["response"]["reason"]
