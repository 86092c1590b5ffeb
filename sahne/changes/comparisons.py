"""The filters of a subscription, tried on rows: by the column's type, text by code point, and NULL never passes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from sahne.changes.filters import REGULAR, BadFilter, Condition
from sahne.changes.values import Type

LIKE_VALUE_CHARACTERS_MAX = 64 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Row = Mapping[str, str | None]
Key = str | bool | Decimal
Test = Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Bound:
    """Conditions bound to a table's columns: `test` is decided here, `regular` ones are asked of PostgreSQL.

    A subscriber's regular expression would run on our event loop for as long as it likes; PostgreSQL bounds it.
    """

    test: Test
    regular: tuple[Condition, ...] = ()


def bind(conditions: tuple[Condition, ...], types: Mapping[str, Type]) -> Bound:
    """Conditions over a row's text values.

    Raises:
        BadFilter: a column that is not there, or a value that its type cannot hold.
    """
    tests = [_bind(condition, types) for condition in conditions]
    regular = tuple(condition for condition in conditions if condition.operator in REGULAR)
    return Bound(tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests), regular)


def _bind(condition: Condition, types: Mapping[str, Type]) -> Test:
    column, negated = condition.column, condition.negated
    of = types.get(column)
    if of is None:
        raise BadFilter(f"There is no column {column!r}.", details=column)
    if condition.operator in REGULAR:
        return lambda row: row.get(column) is not None
    compare = _comparison(condition, key_of(of))
    nulls_pass = _nulls_pass(condition)

    def test(row: Row) -> bool:
        value = row.get(column)
        if value is None:
            return nulls_pass and column in row
        try:
            return compare(value) is not negated
        except BadFilter:  # a value Python cannot hold (a date before Christ): fail closed
            return False

    return test


def _nulls_pass(condition: Condition) -> bool:
    if condition.operator == "is" and condition.operands[0] in ("null", "unknown"):
        return not condition.negated
    if condition.operator == "is":  # `not.is.true` holds for NULL, as in SQL
        return condition.negated
    return condition.operator == "isdistinct" and not condition.negated


def key_of(of: Type) -> Callable[[str], Key]:
    """What makes two texts of one type equal and ordered: `01` and `1` are one int8.

    Raises (the function): BadFilter when the text is not of the type.
    """
    if of.name in ("int2", "int4", "int8", "numeric", "float4", "float8", "oid"):
        return _number
    if of.name == "bool":
        return _boolean
    if of.name in ("timestamptz", "timestamp"):
        return _moment
    if of.name == "uuid":
        return lambda text: text.lower()
    return str


def _comparison(condition: Condition, key: Callable[[str], Key]) -> Callable[[str], bool]:
    operator, operands = condition.operator, condition.operands
    if operator == "is":
        return _BOOLEANS.get(operands[0], lambda _: False)
    if operator == "in":
        keys = frozenset(key(operand) for operand in operands)
        return lambda value: key(value) in keys
    if operator in ("like", "ilike"):
        return like(operands[0], ignore_case=operator == "ilike")
    if operator == "isdistinct" and operands[0].lower() == "null":
        return lambda _: True
    wanted = key(operands[0])
    order: dict[str, Callable[[str], bool]] = {
        "eq": lambda value: key(value) == wanted,
        "neq": lambda value: key(value) != wanted,
        "isdistinct": lambda value: key(value) != wanted,
        "lt": lambda value: key(value) < wanted,  # type: ignore[operator]
        "lte": lambda value: key(value) <= wanted,  # type: ignore[operator]
        "gt": lambda value: key(value) > wanted,  # type: ignore[operator]
        "gte": lambda value: key(value) >= wanted,  # type: ignore[operator]
    }
    return order[operator]


_BOOLEANS: dict[str, Callable[[str], bool]] = {
    "true": lambda value: value == "t",
    "false": lambda value: value == "f",
}


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise BadFilter(f"{text!r} is not a number.") from error
    # PostgreSQL's NaN equals itself and is above everything; Decimal's is neither
    return number if not number.is_nan() else Decimal("Infinity")


def _boolean(text: str) -> bool:
    lowered = text.lower()
    if lowered in ("t", "true", "1", "yes", "on"):
        return True
    if lowered in ("f", "false", "0", "no", "off"):
        return False
    raise BadFilter(f"{text!r} is not true or false.")


def _moment(text: str) -> Key:
    """A moment in UTC microseconds, the infinities at the ends; years outside 1 to 9999 cannot be compared."""
    if text in ("infinity", "-infinity"):
        return Decimal(text)
    padded = re.sub(r"([+-]\d\d)$", r"\1:00", text.replace("Z", "+00:00"))
    try:
        moment = datetime.fromisoformat(padded)
    except ValueError as error:
        raise BadFilter(f"{text!r} is not a timestamp.") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return Decimal((moment - _EPOCH) // timedelta(microseconds=1))


def like(pattern: str, *, ignore_case: bool) -> Callable[[str], bool]:
    """SQL's LIKE with `%`, `_` and `\\`; each stretch between two `%` is searched once, so no value makes it slow."""
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    stretches = _stretches(pattern)
    first, *rest = [re.compile("".join(places), flags) for places in stretches]
    last_length = len(stretches[-1])

    def matches(value: str) -> bool:
        if len(value) > LIKE_VALUE_CHARACTERS_MAX:
            return False
        if not rest:
            return first.fullmatch(value) is not None
        found = first.match(value)
        for stretch in rest[:-1]:
            if found is None:
                return False
            found = stretch.search(value, found.end())
        if found is None:
            return False
        tail = len(value) - last_length
        return tail >= found.end() and rest[-1].fullmatch(value, tail) is not None

    return matches


def _stretches(pattern: str) -> list[list[str]]:
    """What stands between the `%`: one regular expression for each character's place."""
    stretches: list[list[str]] = [[]]
    letters = iter(pattern)
    for letter in letters:
        if letter == "%":
            stretches.append([])
        elif letter == "_":
            stretches[-1].append(".")
        else:
            stretches[-1].append(re.escape(next(letters, letter) if letter == "\\" else letter))
    return stretches
