"""The filters of a subscription: `room_id=eq.7,kind=not.in.(a,"b,c")`, read, and bound to a table's columns.

A comma is AND. They narrow what a subscriber asked for and protect nothing: who may see a row is PostgreSQL's answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sahne.changes.errors import BadFilter
from sahne.changes.keys import ORDERED, key_of
from sahne.changes.operators import OPERATORS, Operator
from sahne.changes.values import Type

FILTER_CHARACTERS_MAX = 4096
CONDITIONS_MAX = 20

_HEAD = re.compile(r"(?P<column>[^=,]+)=(?P<not>not\.)?(?P<operator>[a-z]+)\.")

Row = Mapping[str, str | None]
RowTest = Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """`column` is compared with `operands` (one, or several for `in`) by `operator`; `negated` turns it round."""

    column: str
    operator: Operator
    operands: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """Conditions bound to a table's columns: `test` is decided here, `regular` ones are asked of PostgreSQL."""

    test: RowTest
    regular: tuple[Condition, ...] = ()


def parse_filter(text: str | None) -> tuple[Condition, ...]:
    """The conditions of a filter, all of which must hold; none for an empty one.

    Raises:
        BadFilter: an unknown operator, no operator, or beyond the bounds.
    """
    if not text or text.isspace():
        return ()
    if len(text) > FILTER_CHARACTERS_MAX:
        raise BadFilter(hint=f"A filter is at most {FILTER_CHARACTERS_MAX} characters.")
    conditions: list[Condition] = []
    at = -1  # each condition begins behind a comma
    while at < len(text):
        if len(conditions) == CONDITIONS_MAX:
            raise BadFilter(hint=f"A filter has at most {CONDITIONS_MAX} conditions.")
        condition, at = _read_condition(text, at + 1)
        conditions.append(condition)
    return tuple(conditions)


def _read_condition(text: str, at: int) -> tuple[Condition, int]:
    head = _HEAD.match(text, at)
    operator = OPERATORS.get(head["operator"]) if head else None
    if head is None or operator is None:
        raise BadFilter(details=text[at:], hint="Write column=operator.value, such as room_id=eq.7.")
    operands, end = operator.read(text, head.end())
    return Condition(head["column"].strip(), operator, operands, bool(head["not"])), end


def bind(conditions: tuple[Condition, ...], types: Mapping[str, Type]) -> Bound:
    """Conditions over a row's text values.

    Raises:
        BadFilter: a column that is not there, or a value that its type cannot hold.
    """
    tests = [_bind(condition, types) for condition in conditions]
    regular = tuple(condition for condition in conditions if condition.operator.is_regular)
    return Bound(tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests), regular)


def _bind(condition: Condition, types: Mapping[str, Type]) -> RowTest:
    column, operator, negated = condition.column, condition.operator, condition.negated
    of = types.get(column)
    if of is None:
        raise BadFilter(f"There is no column {column!r}.", details=column)
    if operator.orders and of.name not in ORDERED:
        raise BadFilter(f"Changes cannot be filtered by the order of {of.name}, the type of {column!r}.")
    if operator.compare is None:
        return lambda row: row.get(column) is not None
    holds = operator.compare(condition.operands, key_of(of))
    of_null = operator.of_null(condition.operands)
    null_passes = of_null is not None and of_null is not negated

    def test(row: Row) -> bool:
        value = row.get(column)
        if value is None:
            return null_passes and column in row
        try:
            return holds(value) is not negated
        except BadFilter:  # a value Python cannot hold (a date before Christ): fail closed
            return False

    return test
