"""The query string's small languages, read without a database: what they mean and what they refuse."""

from __future__ import annotations

import pytest

from sahne.database.catalog import Handler
from sahne.gateway.rest.errors import BadBody, BadPreference, BadRange, NoSuchMediaType, ParseFailed, UnknownPath
from sahne.gateway.rest.grammar import DEPTH_MAX, read_order, read_select, read_tree
from sahne.gateway.rest.media import accepted_in, form_of
from sahne.gateway.rest.operands import array_of, list_items, operand
from sahne.gateway.rest.paging import within
from sahne.gateway.rest.payload import CSV_FIELDS_MAX, ROWS_MAX, payload_of
from sahne.gateway.rest.preferences import preferences_of
from sahne.gateway.rest.request import request_of
from sahne.gateway.rest.shape import KINDS, query_of, split
from sahne.gateway.rest.syntax import Embedded, Field, Filter, Fixed, Order, Placeholder, Selected, Tree


def test_a_select_list_is_read_with_everything_in_it() -> None:
    assert read_select("*, id".replace(" ", "")) == (Selected(Field("*")), Selected(Field("id")))
    assert read_select("n:facts->crew->>camera::text") == (
        Selected(Field("facts", (("->", "crew"), ("->>", "camera"))), "n", "text"),
    )
    assert read_select("facts->list->-1") == (Selected(Field("facts", (("->", "list"), ("->", "-1")))),)
    assert read_select("a:b!hint!inner(c,d(*))") == (
        Embedded(
            name="b",
            children=(Selected(Field("c")), Embedded(name="d", children=(Selected(Field("*")),))),
            alias="a",
            hint="hint",
            inner=True,
        ),
    )
    assert read_select("...b(c)") == (Embedded(name="b", children=(Selected(Field("c")),), spread=True),)
    assert read_select('"odd, name":"a.b"') == (Selected(Field("a.b"), "odd, name"),)
    assert read_select("amount.sum()::int,count()") == (
        Selected(Field("amount"), None, None, "sum", aggregate_cast="int"),
        Selected(Field("*"), None, None, "count"),
    )
    assert read_select("b()") == (Embedded(name="b", children=()),)


@pytest.mark.parametrize("text", ["id,", "(", "a(b", "a)b", "a::", "a!inner", '"open', "a.nope()", "a::int;drop"])
def test_a_broken_select_list_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(ParseFailed) as refused:
        read_select(text)
    assert "failed to parse select parameter" in refused.value.message


def test_depth_is_bounded() -> None:
    with pytest.raises(ParseFailed):
        read_select("a(" * (DEPTH_MAX + 2) + "b" + ")" * (DEPTH_MAX + 2))
    with pytest.raises(ParseFailed):
        read_tree("or", "(and" * (DEPTH_MAX + 2) + "(a.eq.1)" + ")" * (DEPTH_MAX + 2), negated=False)


def test_order_terms_are_read() -> None:
    assert read_order("a.desc.nullslast,b,directors(name).asc,f->>x.nullsfirst") == (
        Order(Field("a"), True, "last"),
        Order(Field("b")),
        Order(Field("name"), relation="directors"),
        Order(Field("f", (("->>", "x"),)), nulls="first"),
    )
    with pytest.raises(ParseFailed):
        read_order("a.sideways")


def test_a_logic_tree_keeps_its_values_apart() -> None:
    tree = read_tree("or", '(a.eq."x,y)",not.and(b.in.(1,"2)"),c.cs.{p,q}),d.not.is.null)', negated=True)
    assert tree == Tree("or", (
        Filter(field=Field("a"), operator="eq", value=Fixed("x,y)")),
        Tree("and", (
            Filter(field=Field("b"), operator="in", value=Fixed('(1,"2)")', "list")),
            Filter(field=Field("c"), operator="cs", value=Fixed("{p,q}")),
        ), True),
        Filter(field=Field("d"), operator="is", value=Fixed("null"), negated=True),
    ), True)  # fmt: skip


def test_values_are_not_part_of_the_shape() -> None:
    one, first = split("id=eq.1&title=like.A*&limit=5&select=id")
    two, second = split("id=eq.2&title=like.B%2A&limit=50&select=id")
    assert one == two
    assert (first, second) == (["1", "A*", "5"], ["2", "B*", "50"])
    assert split("id=gt.1")[0] != split("id=lt.1")[0]
    assert split("done=is.true")[0] != split("done=is.null")[0]


def test_parameters_find_the_embed_they_belong_to() -> None:
    shape, _ = split("select=a(b(c))&a.b.c=eq.1&a.limit=3&a.not.or=(x.eq.1,y.eq.2)&a.b.order=c.desc&f->>k=eq.z")
    query = query_of(shape)
    assert query.filters["a", "b"] == [Filter(field=Field("c"), operator="eq", value=Placeholder(0))]
    assert query.limits["a",] == Placeholder(1, "number")
    tree = query.filters["a",][0]
    assert isinstance(tree, Tree)
    assert tree.negated
    assert query.orders["a", "b"] == (Order(Field("c"), True),)
    assert query.filters[()] == [Filter(field=Field("f", (("->>", "k"),)), operator="eq", value=Placeholder(2))]


@pytest.mark.parametrize("pair", ["a=1", "a=eq", "a=like(one).x", "a=is.3", "a=in(any).{1}", "a=eq(english).x"])
def test_a_filter_without_a_known_operator_is_refused(pair: str) -> None:
    with pytest.raises(ParseFailed):
        query_of(split(pair)[0])


def test_operands_become_what_postgresql_reads() -> None:
    assert list_items('(1,"a,b","q\\"q",)') == ["1", "a,b", 'q"q', ""]
    assert array_of(["null", 'a"b', "c\\d", "{"]) == '{"null","a\\"b","c\\\\d","{"}'
    assert operand("(1,2)", "list") == b'{"1","2"}'
    assert operand("*x*", "like") == b"%x%"
    assert operand("12", "number") == b"12"
    for text, kind in (("x", "number"), ("1,2", "list"), ("(1", "list"), ("9" * 19, "number")):
        with pytest.raises(ParseFailed):
            operand(text, kind)  # type: ignore[arg-type]


def test_a_page_below_nothing_is_not_to_be_had() -> None:
    with pytest.raises(BadRange):
        operand("-1", "number")


def test_preferences_are_understood_and_strictness_is_kept() -> None:
    said = preferences_of("return=representation, count=exact,resolution=merge-duplicates,tx=rollback, max-affected=3")
    assert (said.returns, said.count, said.resolution, said.tx, said.max_affected) == (
        "representation", "exact", "merge-duplicates", "rollback", 3,
    )  # fmt: skip
    assert said.applied({"return", "count"}) == b"return=representation, count=exact"
    assert preferences_of("nonsense, count=some").count is None
    with pytest.raises(BadPreference):
        preferences_of("handling=strict, count=some")


def test_a_body_becomes_one_array_with_known_keys() -> None:
    assert payload_of(b'{"a": 1}', "application/json", None).json == b'[{"a": 1}]'
    assert payload_of(b'[{"a": 1, "b": 2}, {"b": 3, "a": 4}]', "application/json", None).keys == ("a", "b")
    assert payload_of(b"a,b\n1,NULL\n", "text/csv", None).json == b'[{"a":"1","b":null}]'
    assert payload_of(b"a=1&b=x+y", "application/x-www-form-urlencoded", None).json == b'[{"a":"1","b":"x y"}]'
    for body, kind in (
        (b"", "application/json"), (b"3", "application/json"), (b"[{},3]", "application/json"),
        (b'[{"a":1},{"b":1}]', "application/json"), (b"a,b\n1\n", "text/csv"), (b"x", "image/png"),
    ):  # fmt: skip
        with pytest.raises(BadBody):
            payload_of(body, kind, None)


def test_a_body_of_too_many_rows_is_not_read_to_its_end() -> None:
    whole = payload_of(b"a\n" + b"1\n" * ROWS_MAX, "text/csv", None)
    assert (whole.rows, whole.keys) == (ROWS_MAX, ("a",))
    not_looked_at = b"1,2\n"  # it would be refused for another reason
    for body, kind in (
        (b"a\n" + b"1\n" * (ROWS_MAX + 1) + not_looked_at, "text/csv"),
        (b"a,b\n" + b"1,2\n" * (CSV_FIELDS_MAX // 2 + 1), "text/csv"),
        (b"[" + b"{}," * ROWS_MAX + b"{}]", "application/json"),
    ):
        with pytest.raises(BadBody, match="Too many rows"):
            payload_of(body, kind, None)
    for empty in (b"", b"\n", b"a\n1\n\n"):
        with pytest.raises(BadBody):
            payload_of(empty, "text/csv", None)


def test_a_request_is_read_from_its_outside() -> None:
    headers = [
        (b"accept", b"text/html;q=0.9, application/vnd.pgrst.object+json"),
        (b"range", b"5-9"),
        (b"prefer", b"count=exact"),
        (b"prefer", b"tx=commit"),
        (b"cookie", b"a=1; b=2"),
    ]
    request = request_of("GET", "/rest/v1/rpc/f g", headers)
    assert (request.preferences.count, request.preferences.tx) == ("exact", "commit")
    assert (request.facts.path, request.facts.cookies) == (b"/rpc/f g", b'{"a":"1","b":"2"}')
    assert (request.target, request.is_call, request.range) == ("f g", True, (5, 5))
    assert [each.name for each in request.accepted] == ["application/vnd.pgrst.object+json"]
    with pytest.raises(UnknownPath):
        request_of("GET", "/rest/v1/a/b")
    with pytest.raises(NoSuchMediaType):
        form_of(request_of("GET", "/rest/v1/a", [(b"accept", b"image/png")]).accepted)


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_is_taken_out_of_exactly_those_parameters_that_count_it_back_in(kind: str) -> None:
    """Else every value behind it would be another's."""
    said = {"select": "id", "columns": "id", "on_conflict": "id", "order": "id", "and": "(a.eq.1)", "or": "(a.eq.1)"}
    pairs = {"argument": "n=7", "filter": "id=eq.7", "is": "id=is.null", "limit": "limit=7", "offset": "offset=7"}
    shape, values = split(pairs.get(kind) or f"{kind}={said[kind]}", {"n"})
    assert [part[2] for part in shape] == [kind]
    assert values == (["7"] if KINDS[kind].has_value else [])
    query_of(shape)


@pytest.mark.parametrize(
    ("query", "header", "offset", "limit"),
    [
        ("", (0, 2), 0, 2), ("", (3, None), 3, None), ("limit=5", (0, 2), 0, 2), ("limit=1", (0, 2), 0, 1),
        ("offset=1", (0, 4), 1, 3), ("offset=2&limit=9", (3, 2), 3, 2), ("limit=0", (0, 2), 0, 0),
        ("select=*,films(*)&films.limit=5", (0, 2), 0, 2), ("rate_limit=eq.3", (0, 2), 0, 2),
        ("name=eq.limit=3", (0, 2), 0, 2), ("name=eq.offset=9", (1, 2), 1, 2),
    ],
)  # fmt: skip
def test_the_range_header_and_the_roots_page_are_one_page(
    query: str, header: tuple[int, int | None], offset: int, limit: int | None
) -> None:
    shape, values = within(*split(query), header)
    read = query_of(shape)
    page = [values[numbers[()].place] if () in numbers else None for numbers in (read.offsets, read.limits)]
    assert page == [str(offset) if offset else None, None if limit is None else str(limit)]


def test_what_is_asked_of_embedded_rows_stays_beside_the_headers_page() -> None:
    shape, values = within(*split("limit=9&films.limit=5&films.offset=2&year=gt.1960"), (1, 2))
    read = query_of(shape)
    assert (values[read.limits["films",].place], values[read.offsets["films",].place]) == ("5", "2")
    (year,) = read.filters[()]
    assert isinstance(year, Filter)
    assert year.value == Placeholder(values.index("1960"))


def test_pages_without_a_row_in_common_are_refused() -> None:
    with pytest.raises(BadRange):
        within(*split("limit=1"), (1, 2))


def test_media_types_are_taken_by_their_quality_up_to_one_that_every_answer_has() -> None:
    browsers = "text/html,application/xhtml+xml;q=0.9,text/x;q=none,*/*;q=0.8,image/webp;q=0.1"
    assert [each.name for each in accepted_in(browsers)] == ["text/html", "application/xhtml+xml", "*/*"]
    assert accepted_in("application/vnd.pgrst.object+json; nulls=stripped")[0].strips_nulls
    assert not accepted_in("text/csv;nulls=stripped")[0].strips_nulls


def test_a_handler_of_the_database_comes_before_what_is_written_for_everything() -> None:
    page, any_, lines = (Handler(name, is_binary=False) for name in ("text/html", "*/*", "text/lines"))
    browsers = accepted_in("text/html,*/*;q=0.8")
    assert form_of(browsers, {"text/html": page}).content_type == b"text/html"
    assert form_of(browsers, {"text/html": page}, is_whole=False).format == "json"
    assert form_of(browsers, {"*/*": any_}).content_type == b"application/octet-stream"
    assert form_of(accepted_in("application/vnd.pgrst.object+json"), {"*/*": any_}).is_one
    assert form_of(accepted_in("text/lines"), {}, {"text/lines": lines}, is_whole=False).is_handled
    with pytest.raises(NoSuchMediaType):
        form_of(accepted_in("text/lines"), {"text/html": page})
