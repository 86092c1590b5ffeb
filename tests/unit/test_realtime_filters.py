"""The filters of a subscription: what passes, what does not, what is refused."""

from __future__ import annotations

import pytest

from sahne.changes.errors import BadFilter
from sahne.changes.filters import bind, parse_filter
from sahne.changes.patterns import LIKE_VALUE_CHARACTERS_MAX, PATTERN_CHARACTERS_MAX, like
from sahne.changes.subscriptions import fold
from sahne.changes.values import Type

TYPES = {
    "id": Type(oid=20, name="int8"), "price": Type(oid=1700, name="numeric"), "name": Type(oid=25, name="text"), "open": Type(oid=16, name="bool"),
    "at": Type(oid=1184, name="timestamptz"), "owner": Type(oid=2950, name="uuid"),
}  # fmt: skip
ROW: dict[str, str | None] = {
    "id": "7", "price": "7.50", "name": "a,b", "open": "t", "at": "2026-01-02 03:04:05.5+00",
    "owner": "8d1d9ae4-0000-4000-8000-00000000abcd", "gone": None,
}  # fmt: skip


def passes(text: str, row: dict[str, str | None] | None = None) -> bool:
    return bind(parse_filter(text), TYPES).test(row or ROW)


@pytest.mark.parametrize(
    "text",
    [
        "id=eq.7", "id=eq.07", "id=neq.8", "id=lt.10", "id=lte.7", "id=gt.6", "id=gte.7", "id=in.(1,7)",
        "id=not.eq.8", "id=not.in.(1,2)", "price=eq.7.5", "price=gt.7.49", 'name=eq."a,b"', 'name=in.("a,b",c)',
        "name=like.a%", "name=ilike.A_B", "name=not.like.b%", "open=is.true", "open=eq.true", "open=not.is.null",
        "at=gt.2026-01-02T03:04:05Z", "at=lt.2026-01-02T04:04:06+01:00",
        "owner=eq.8D1D9AE4-0000-4000-8000-00000000ABCD",
        "id=eq.7,open=is.true", "id=isdistinct.8", "name=isdistinct.null", "",
    ],
)  # fmt: skip
def test_a_condition_that_holds_passes(text: str) -> None:
    assert passes(text)


@pytest.mark.parametrize(
    "text",
    [
        "id=eq.8", "id=neq.7", "id=lt.7", "id=in.(1,2)", "id=not.eq.7", "price=eq.7", "name=eq.a", "name=like.b%",
        "name=like.a", "open=is.false", "open=is.null", "id=eq.7,open=is.false", "id=isdistinct.7",
    ],
)  # fmt: skip
def test_a_condition_that_does_not_hold_stops_the_row(text: str) -> None:
    assert not passes(text)


@pytest.mark.parametrize("text", ["id=eq.7", "id=neq.7", "id=not.eq.7", "id=lt.7", "id=in.(7)", "id=is.true"])
def test_null_never_passes(text: str) -> None:
    assert not passes(text, {"id": None})
    assert not passes(text, {"name": "the column is not in the stream"})


def test_only_the_operators_made_for_null_let_it_pass() -> None:
    assert passes("id=is.null", {"id": None})
    assert passes("id=isdistinct.7", {"id": None})
    assert not passes("id=is.null", {"name": "unknown is not null"})


@pytest.mark.parametrize(
    "text",
    ["id", "id=7", "id=between.1", "id=in.1,2", "id=is.maybe", "=eq.1", "a" * 5000, ",".join(["id=eq.1"] * 21),
     f"id=in.({','.join(map(str, range(101)))})"],
)  # fmt: skip
def test_what_cannot_be_understood_or_is_too_much_is_refused(text: str) -> None:
    with pytest.raises(BadFilter):
        parse_filter(text)


@pytest.mark.parametrize(("text", "name"), [("name=in.()", ""), ("name=in.()", "()"), ("id=in.()", "a")])
def test_an_empty_list_has_nobody_in_it_and_its_opposite_everybody(text: str, name: str) -> None:
    assert not passes(text, {"id": "7", "name": name})
    assert passes(text.replace("in.", "not.in."), {"id": "7", "name": name})
    assert not passes(text.replace("in.", "not.in."), {"id": None, "name": None})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('name=in.("")', ""),
        ("name=in.(,)", ""),
        ("name=eq.", ""),
        ('name=eq.""', ""),
        ('name=in.("a,b","c)")', "c)"),
        ('name=in.("a,b", "c")', "c"),
        (r'name=in.("say \"hi\"",b)', 'say "hi"'),
        (r'name=in.("back\\slash")', "back\\slash"),
        ("name=in.(f(1,2),b)", "f(1,2)"),
        ('name=in.(5" pipe,b)', '5" pipe'),
        ('name=eq.5" pipe', '5" pipe'),
        ('name=eq.5" pipe,name=neq.other', '5" pipe'),
        ('name=eq."null"', "null"),
        ('name=isdistinct."null"', "other"),
    ],
)
def test_a_value_is_what_stands_there(text: str, value: str) -> None:
    assert passes(text, {"name": value})
    assert not passes(text, {"name": value + "!"}) or text.startswith("name=isdistinct")


@pytest.mark.parametrize(
    "text",
    [
        'name=eq."a',
        'name=eq."a"b',
        'name=in.("a)',
        'name=in.("a"b)',
        "name=in.(a",
        "name=in.(a)b",
        "name=in.",
        "id=eq.1,",
        ",id=eq.1",
        "id=eq.1,,open=is.true",
        "open=is.",
        "id=not.7",
    ],
)
def test_a_value_that_begins_and_does_not_end_is_refused(text: str) -> None:
    with pytest.raises(BadFilter):
        parse_filter(text)


def test_null_is_not_distinct_from_null_but_from_the_text_of_that_name() -> None:
    assert not passes("name=isdistinct.null", {"name": None})
    assert passes("name=not.isdistinct.null", {"name": None})
    assert passes('name=isdistinct."null"', {"name": None})
    assert not passes('name=isdistinct."null"', {"name": "null"})


@pytest.mark.parametrize("text", ["nothing=eq.1", "id=eq.seven", "open=eq.maybe", "at=gt.soon"])
def test_a_filter_that_does_not_fit_the_table_is_refused(text: str) -> None:
    with pytest.raises(BadFilter):
        bind(parse_filter(text), TYPES)


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("%", "", True), ("a%b%c", "axbxc", True), ("a%b%c", "acb", False), ("_", "é", True), ("_", "", False),
        (r"100\%", "100%", True), (r"100\%", "1000", False), ("%ana", "banana", True), ("%an", "banana", False),
        ("a%a", "a", False), ("[a]", "[a]", True), ("^", "^", True), ("%\n%", "a\nb", True),
    ],
)  # fmt: skip
def test_like_is_sqls_like(pattern: str, value: str, matches: bool) -> None:
    assert like(pattern, ignore_case=False)(value) is matches


def test_a_value_of_any_length_we_try_may_match_and_a_longer_one_never_does() -> None:
    ends_so = like("%z", ignore_case=False)
    assert ends_so("a" * (LIKE_VALUE_CHARACTERS_MAX - 1) + "z")
    assert not ends_so("a" * LIKE_VALUE_CHARACTERS_MAX + "z")


def test_a_hostile_pattern_takes_no_time_to_speak_of() -> None:
    assert not like("%a" * 500 + "b", ignore_case=False)("a" * 60_000)


@pytest.mark.parametrize(("one", "other"), [("7", "07"), ("7.50", "7.5"), ("TRUE", "t"), ("1e3", "1000"), ("AB", "ab")])
def test_what_a_type_may_hold_equal_folds_to_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_a_number_beyond_any_exponent_is_folded_like_any_other_text() -> None:
    assert fold("1e9999999") == fold("1E+9999999")


@pytest.mark.parametrize("operator", ["like", "ilike", "match", "imatch"])
def test_a_pattern_that_would_hold_up_everybody_is_refused(operator: str) -> None:
    parse_filter(f"name={operator}.{'_' * PATTERN_CHARACTERS_MAX}")
    with pytest.raises(BadFilter):
        parse_filter(f"name={operator}.{'_' * (PATTERN_CHARACTERS_MAX + 1)}")
