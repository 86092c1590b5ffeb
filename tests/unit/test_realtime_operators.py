"""The table of operators: every one that clients may write is in it, and each says what it takes, passes and stops."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sahne.changes.errors import BadFilter
from sahne.changes.filters import bind, parse_filter
from sahne.changes.operators import OPERATORS
from sahne.changes.values import Type
from sahne.repeats import WRITTEN_OUT_MAX, written_out

TYPES = {"name": Type(oid=25, name="text"), "open": Type(oid=16, name="bool")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What an operator is asked: a column's value that passes and one that does not; what NULL does, plain and negated."""

    column: str = "name"
    operand: str
    passes: str
    stops: str
    null: bool = False
    null_negated: bool = False


# as Supabase's documents list them
CASES = {
    "eq": Case(operand="b", passes="b", stops="a"),
    "neq": Case(operand="b", passes="a", stops="b"),
    "lt": Case(operand="b", passes="a", stops="b"),
    "lte": Case(operand="b", passes="b", stops="c"),
    "gt": Case(operand="b", passes="c", stops="b"),
    "gte": Case(operand="b", passes="b", stops="a"),
    "in": Case(operand="(a,b)", passes="b", stops="c"),
    "like": Case(operand="B%", passes="Bo", stops="bo"),
    "ilike": Case(operand="B%", passes="bo", stops="ob"),
    "is": Case(column="open", operand="true", passes="t", stops="f", null_negated=True),
    "isdistinct": Case(operand="b", passes="a", stops="b", null=True),
}
ASKED_OF_POSTGRESQL = {"match", "imatch"}


def test_the_table_has_every_documented_operator_and_no_other() -> None:
    assert set(OPERATORS) == set(CASES) | ASKED_OF_POSTGRESQL
    assert {name for name, each in OPERATORS.items() if each.is_regular} == ASKED_OF_POSTGRESQL
    assert all(name == each.name for name, each in OPERATORS.items())


@pytest.mark.parametrize("name", CASES)
def test_an_operator_passes_and_stops_and_its_negation_does_the_opposite(name: str) -> None:
    case = CASES[name]
    for value, expected in ((case.passes, True), (case.stops, False)):
        assert holds(f"{case.column}={name}.{case.operand}", {case.column: value}) is expected
        assert holds(f"{case.column}=not.{name}.{case.operand}", {case.column: value}) is not expected


@pytest.mark.parametrize("name", CASES)
def test_an_operator_says_what_it_makes_of_null(name: str) -> None:
    case = CASES[name]
    assert holds(f"{case.column}={name}.{case.operand}", {case.column: None}) is case.null
    assert holds(f"{case.column}=not.{name}.{case.operand}", {case.column: None}) is case.null_negated


@pytest.mark.parametrize("name", CASES)
def test_no_operator_passes_a_column_that_the_stream_did_not_send(name: str) -> None:
    case = CASES[name]
    assert not holds(f"{case.column}={name}.{case.operand}", {})
    assert not holds(f"{case.column}=not.{name}.{case.operand}", {})


@pytest.mark.parametrize("name", sorted(ASKED_OF_POSTGRESQL))
def test_a_regular_expression_is_left_to_ask_and_null_is_not_worth_it(name: str) -> None:
    bound = bind(parse_filter(f"name={name}.^B"), TYPES)
    assert [condition.operator.name for condition in bound.regular] == [name]
    assert bound.test({"name": "anything"})
    assert not bound.test({"name": None})


@pytest.mark.parametrize("text", ["name=in.a,b", "name=in.(a", "open=is.maybe", "name=between.a", "name=eq", "=eq.a"])
def test_an_operand_that_its_operator_does_not_take_is_refused(text: str) -> None:
    with pytest.raises(BadFilter):
        parse_filter(text)


def holds(text: str, row: dict[str, str | None]) -> bool:
    return bind(parse_filter(text), TYPES).test(row)


WRITTEN_OUT = {
    "abc": 3, "a*b+c?": 6, "a{2}b{3,5}": 7, "x{2,}": 2, "(x{3}y){10}": 50, "((x?){100}){2}y": 603, "(ab)*{3}": 12,
    r"\{5}": 3, "[{]{3}": 3, "[^]{9}]{4}": 4, r"[\]{9}]{4}": 4, "[[:alpha:]]{2}": 2, r"(?b)\(x\{3\}y\)\{10\}": 53, "){3}": 3,
    "(" + "x?" * 90 + "){8}": 1448,
}  # fmt: skip


@pytest.mark.parametrize("pattern", WRITTEN_OUT)
def test_the_size_of_a_regular_expression_is_that_of_what_it_repeats_written_out(pattern: str) -> None:
    assert written_out(pattern) == WRITTEN_OUT[pattern]


@pytest.mark.parametrize("name", sorted(ASKED_OF_POSTGRESQL))
def test_a_regular_expression_that_repeats_too_much_is_refused(name: str) -> None:
    parse_filter(f"name={name}.(x?){{{WRITTEN_OUT_MAX // 3}}}")
    for pattern in (f"(x?){{{WRITTEN_OUT_MAX // 3}}}y", "((x?){11}){9}", "(x?){60}(x?){60}", f"({'x?' * 90}){{2}}"):
        with pytest.raises(BadFilter):
            parse_filter(f"name={name}.{pattern}")
