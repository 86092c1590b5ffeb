"""The operators of a subscription's filter in one table: what each takes, what it says of NULL, how it compares."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

from sahne.changes.errors import BadFilter
from sahne.changes.keys import Key, KeyOf
from sahne.changes.patterns import PATTERN_CHARACTERS_MAX, like
from sahne.changes.reading import read_list, read_value
from sahne.repeats import WRITTEN_OUT_MAX, written_out

LIST_ITEMS_MAX = 100

Operands = tuple[str, ...]
Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operator:
    """One operator.

    `read` makes operands of the text from a place on and says where they end (raising BadFilter). `of_null` is its
    verdict on NULL; None: neither it nor its opposite holds. `compare` makes of operands and a type's keys the test of
    a value; None: PostgreSQL tries it, for a subscriber's regular expression would run on our event loop for as long as
    it likes. `sign` is PostgreSQL's own for operands of the column's type; None: they are patterns or words.
    """

    name: str
    sign: str | None = None
    read: Callable[[str, int], tuple[Operands, int]]
    compare: Callable[[Operands, KeyOf], Test] | None
    of_null: Callable[[Operands], bool | None] = lambda _: None

    @property
    def is_regular(self) -> bool:
        """Whether its operand is a regular expression, which PostgreSQL tries."""
        return self.compare is None

    @property
    def orders(self) -> bool:
        """Whether it asks which of two values comes first."""
        return self.sign in ("<", "<=", ">", ">=")


def _one(text: str, at: int) -> tuple[Operands, int]:
    value, at = read_value(text, at)
    return (value,), at


def _one_or_null(text: str, at: int) -> tuple[Operands, int]:
    """No operand for NULL; `"null"` in quotes is text."""
    value, end = read_value(text, at)
    return () if text[at:end].lower() == "null" else (value,), end


def _pattern(text: str, at: int) -> tuple[Operands, int]:
    pattern, at = read_value(text, at)
    if len(pattern) > PATTERN_CHARACTERS_MAX:
        raise BadFilter(hint=f"A pattern is at most {PATTERN_CHARACTERS_MAX} characters.")
    return (pattern,), at


def _regular(text: str, at: int) -> tuple[Operands, int]:
    (pattern,), at = _pattern(text, at)
    if written_out(pattern) > WRITTEN_OUT_MAX:
        raise BadFilter(hint=f"A pattern has at most {WRITTEN_OUT_MAX} parts when its {{…}} are written out.")
    return (pattern,), at


def _list(text: str, at: int) -> tuple[Operands, int]:
    values, at = read_list(text, at)
    if len(values) > LIST_ITEMS_MAX:
        raise BadFilter(hint=f"`in` takes at most {LIST_ITEMS_MAX} values.")
    return values, at


def _truth(text: str, at: int) -> tuple[Operands, int]:
    word, at = read_value(text, at)
    if word.lower() not in ("null", "true", "false", "unknown"):
        raise BadFilter(details=word, hint="`is` takes null, true, false or unknown.")
    return (word.lower(),), at


def _by(holds: Callable[[Key, Key], bool]) -> Callable[[Operands, KeyOf], Test]:
    """Each value against the one operand, by the keys of their type."""

    def compare(operands: Operands, key: KeyOf) -> Test:
        other = key(operands[0])
        return lambda value: holds(key(value), other)

    return compare


def _among(operands: Operands, key: KeyOf) -> Test:
    keys = frozenset(key(operand) for operand in operands)
    return lambda value: key(value) in keys


def _like(operands: Operands, _: KeyOf) -> Test:
    return like(operands[0], ignore_case=False)


def _ilike(operands: Operands, _: KeyOf) -> Test:
    return like(operands[0], ignore_case=True)


def _is(operands: Operands, _: KeyOf) -> Test:
    written = {"true": "t", "false": "f"}.get(operands[0])
    return lambda value: value == written


def _is_distinct(operands: Operands, key: KeyOf) -> Test:
    return _by(operator.ne)(operands, key) if operands else lambda _: True


EQUAL = Operator(name="eq", sign="=", read=_one, compare=_by(operator.eq))

OPERATORS = {
    each.name: each
    for each in (
        EQUAL,
        Operator(name="neq", sign="<>", read=_one, compare=_by(operator.ne)),
        Operator(name="lt", sign="<", read=_one, compare=_by(operator.lt)),
        Operator(name="lte", sign="<=", read=_one, compare=_by(operator.le)),
        Operator(name="gt", sign=">", read=_one, compare=_by(operator.gt)),
        Operator(name="gte", sign=">=", read=_one, compare=_by(operator.ge)),
        Operator(name="in", sign="=", read=_list, compare=_among),
        Operator(name="like", read=_pattern, compare=_like),
        Operator(name="ilike", read=_pattern, compare=_ilike),
        Operator(name="match", read=_regular, compare=None),
        Operator(name="imatch", read=_regular, compare=None),
        Operator(name="is", read=_truth, compare=_is, of_null=lambda operands: operands[0] in ("null", "unknown")),
        Operator(name="isdistinct", sign="=", read=_one_or_null, compare=_is_distinct, of_null=bool),
    )
}
