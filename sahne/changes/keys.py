"""What makes two texts of one type equal and ordered: `01` and `1` are one int8. Text is ordered by code point."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from sahne.changes.errors import BadFilter
from sahne.changes.values import Type

_NUMBERS = frozenset({"int2", "int4", "int8", "numeric", "float4", "float8", "oid"})
_MOMENTS = frozenset({"timestamptz", "timestamp"})
_TEXTS_IN_ORDER = frozenset({"text", "varchar", "bpchar", "char", "name", "uuid", "date", "time", "bytea"})
ORDERED = _NUMBERS | _MOMENTS | _TEXTS_IN_ORDER | {"bool"}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Key = str | bool | Decimal
KeyOf = Callable[[str], Key]


def key_of(of: Type) -> KeyOf:
    """The function from a type's texts to keys.

    Raises (the function): BadFilter when the text is not of the type.
    """
    if of.name in _NUMBERS:
        return _number
    if of.name == "bool":
        return _boolean
    if of.name in _MOMENTS:
        return _moment
    if of.name == "uuid":
        return str.lower
    if of.name == "bpchar":
        return _unpadded
    return str


def _unpadded(text: str) -> str:
    return text.rstrip(" ")


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
