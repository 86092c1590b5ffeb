"""Plans and the SQL written from them, without a database: quoted names, values as parameters, early refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sahne.database.catalog import Argument, Catalog, Column, Function, Relation, Schema
from sahne.database.relationships import ForeignKey, Name, relationships_of
from sahne.errors import SahneError
from sahne.gateway.rest.calls import Calls
from sahne.gateway.rest.errors import (
    AggregatesOff,
    AmbiguousEmbed,
    EmbedNotSelected,
    NoColumn,
    NoFunction,
    NoRelationship,
    NoTable,
    render,
    status_of,
)
from sahne.gateway.rest.request import request_of
from sahne.gateway.rest.syntax import Placeholder
from sahne.gateway.rest.tables import Tables


def relation(name: str, columns: str, partly: dict[str, tuple[str, ...]] | None = None) -> Relation:
    each = {column: Column(name=column, type="text", base="text") for column in columns.split()}
    return Relation(name=name, primary_key=("id",), columns=each, partly_readable=partly or {})


def key(name: str, source: str, column: str, target: str) -> ForeignKey:
    return ForeignKey(
        name=name,
        source=Name("public", source),
        target=Name("public", target),
        columns=(column,),
        target_columns=("id",),
    )


KEYS = [
    key("message_sender", "messages", "sender_id", "faces"),
    key("message_sender_profile", "messages", "sender_id", "profiles"),
    key("gift_sender", "gifts", "sender_id", "faces"),
    key("gift_receiver", "gifts", "receiver_id", "faces"),
    key("parent", "messages", "parent_id", "messages"),
]
PUBLIC = Schema(
    relations={
        "messages": relation("messages", "id sender_id parent_id body secret", {"anon": ("id", "sender_id", "body")}),
        "faces": relation("faces", "id name"),
        "profiles": relation("profiles", "id email"),
        "gifts": relation("gifts", "id sender_id receiver_id"),
        'it\'s "odd"': relation('it\'s "odd"', "id"),
    },
    relationships={source.name: found for source, found in relationships_of(KEYS, {}).items()},
)
CATALOG = Catalog(version=1, schemas={"public": PUBLIC})


def prepared(method: str, path: str, query: str = "", body: bytes = b"", role: str = "anon", prefer: str = "") -> str:
    request = request_of(method, f"/rest/v1/{path}", [(b"prefer", prefer.encode())])
    return Tables().prepare(request, query, body, CATALOG, role).statement.sql.decode()


def test_a_star_means_what_the_role_may_read() -> None:
    assert 'select "messages"."id", "messages"."sender_id", "messages"."body" from' in prepared("GET", "messages")
    assert 'select "messages".* from' in prepared("GET", "messages", role="service_role")
    returned = prepared("POST", "messages", body=b'{"body": "x"}', prefer="return=representation")
    assert 'returning "messages"."id", "messages"."sender_id", "messages"."body"' in returned
    assert "returning 1" in prepared("POST", "messages", body=b'{"body": "x"}')


def test_one_plan_serves_every_value() -> None:
    tables = Tables()
    faces = request_of("GET", "/rest/v1/faces")
    one = tables.prepare(faces, "id=eq.1", b"", CATALOG, "anon")
    two = tables.prepare(faces, "id=eq.2", b"", CATALOG, "anon")
    assert one.statement is two.statement
    assert one.statement.parameters == (Placeholder(0),)
    assert tables.prepare(faces, "id=eq.2", b"", CATALOG, "other").statement is not one.statement


def test_a_second_key_of_the_same_column_embeds_by_its_own_table() -> None:
    sql = prepared("GET", "messages", "select=body,sender:faces(name)")
    assert '"faces_1"."id" = "messages"."sender_id"' in sql
    assert 'e1._v as "sender"' in sql


@pytest.mark.parametrize("name", ["messages", "messages!parent_id", "messages!parent"])
def test_by_the_tables_own_name_the_rows_that_refer_are_meant(name: str) -> None:
    sql = prepared("GET", "messages", f"select=id,{name}(id)")
    assert '"messages_1"."parent_id" = "messages"."id"' in sql
    assert "json_agg(_r) as _v" in sql


@pytest.mark.parametrize("name", ["parent_id", "parent"])
def test_by_the_keys_own_name_or_column_the_row_that_is_referred_to_is_meant(name: str) -> None:
    sql = prepared("GET", "messages", f"select=id,{name}(id)")
    assert '"messages_1"."id" = "messages"."parent_id"' in sql
    assert "row_to_json(_r) as _v" in sql


def test_names_are_quoted_and_values_never_stand_in_the_statement() -> None:
    sql = prepared("GET", 'it\'s "odd"', "id=eq.';drop&or=(id.eq.\"x')\",id.in.(y))")
    assert 'from "public"."it\'s ""odd"""' in sql
    assert "drop" not in sql
    assert "x'" not in sql
    weird = prepared("GET", "faces", "select=name->>k'k&name->a\\b=eq.1")
    assert "->>'k''k'" in weird
    assert "->E'a\\\\b'" in weird


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "error"),
    [
        ("GET", "nothing", "", b"", NoTable),
        ("GET", "faces", "select=profiles(*)", b"", NoRelationship),
        ("GET", "gifts", "select=faces(*)", b"", AmbiguousEmbed),
        ("GET", "faces", "other.id=eq.1", b"", EmbedNotSelected),
        ("GET", "faces", "select=id.max()", b"", AggregatesOff),
        ("POST", "faces", "", b'{"nope": 1}', NoColumn),
        ("PATCH", "faces", "id=eq.1", b'{"nope": 1}', NoColumn),
    ],
)
def test_a_request_that_cannot_be_meant_is_refused_before_the_database(
    method: str, path: str, query: str, body: bytes, error: type[SahneError]
) -> None:
    with pytest.raises(error) as refused:
        prepared(method, path, query, body)
    status, _, answer = render(refused.value, anonymous=True)
    assert status == error.status
    assert refused.value.code.encode() in answer


@pytest.mark.parametrize(
    ("state", "anonymous", "status"),
    [
        ("42501", True, 401), ("42501", False, 403), ("23505", True, 409), ("23503", True, 409), ("42P01", True, 404),
        ("42883", True, 404), ("25006", True, 405), ("P0001", True, 400), ("P0003", True, 500), ("PT402", True, 402),
        ("08006", True, 503), ("53300", True, 503), ("53400", True, 500), ("57P01", True, 503), ("57014", True, 504),
        ("40001", True, 500), ("28P01", True, 403), ("0P000", True, 403), ("22P02", True, 400), ("XX000", True, 500),
    ],
)  # fmt: skip
def test_an_sqlstate_has_one_status(state: str, anonymous: bool, status: int) -> None:
    assert status_of(state, anonymous=anonymous) == status


def test_a_call_is_decided_once_and_filled_with_each_requests_values() -> None:
    def function(name: str, *arguments: Argument) -> Function:
        return Function(
            name=name, volatility="v", arguments=arguments, returns="int4", returns_set=False, returns_row=False
        )

    add = function("add", Argument(name="a", type="int4"), Argument(name="b", type="int4", required=False))
    whole = function("take", Argument(name="", type="json"))
    schema = replace(PUBLIC, functions={"add": (add,), "take": (whole,)})
    catalog = replace(CATALOG, schemas={"public": schema})
    calls, post = Calls(), request_of("POST", "/rest/v1/rpc/add")
    one = calls.prepare(post, "", b'{"a": 1, "b": null}', catalog, "anon")
    two = calls.prepare(post, "", b'{"a": 2, "b": 3}', catalog, "anon")
    assert one.statement is two.statement
    assert (one.words, two.words) == (
        {"argument:a": b"1", "argument:b": None},
        {"argument:a": b"2", "argument:b": b"3"},
    )
    assert calls.prepare(post, "", b'{"a": 1}', catalog, "anon").statement is not one.statement
    get = request_of("GET", "/rest/v1/rpc/add")
    assert calls.prepare(get, "a=1&b=2", b"", catalog, "anon").words == {"argument:a": b"1", "argument:b": b"2"}
    with pytest.raises(NoFunction):
        calls.prepare(post, "", b'{"b": 1}', catalog, "anon")
    body = b'{"any": "keys"}'
    assert calls.prepare(request_of("POST", "/rest/v1/rpc/take"), "", body, catalog, "anon").words == {
        "argument:": body
    }
