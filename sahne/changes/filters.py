"""The filters of a subscription, parsed: `room_id=eq.7,kind=not.in.(a,"b,c")`; a comma is AND.

They narrow what a subscriber asked for and protect nothing: who may see a row is PostgreSQL's answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sahne.errors import InvalidRequest

FILTER_CHARACTERS_MAX = 4096
CONDITIONS_MAX = 20
LIST_ITEMS_MAX = 100
# their product bounds what one comparison may cost the event loop
LIKE_PATTERN_CHARACTERS_MAX = 200
LIKE_VALUE_CHARACTERS_MAX = 8 * 1024

REGULAR = frozenset({"match", "imatch"})
OPERATORS = REGULAR | {"eq", "neq", "lt", "lte", "gt", "gte", "in", "like", "ilike", "is", "isdistinct"}
_CONDITION = re.compile(r"^(?P<column>[^=]+)=(?P<not>not\.)?(?P<operator>[a-z]+)\.(?P<operand>.*)$", re.DOTALL)


class BadFilter(InvalidRequest):
    """The filter of a subscription cannot be understood."""

    code = "bad_filter"


@dataclass(frozen=True, slots=True)
class Condition:
    """`column` is compared with `operands` (one, or several for `in`) by `operator`; `negated` turns it round."""

    column: str
    operator: str
    operands: tuple[str, ...]
    negated: bool = False


def parse_filter(text: str | None) -> tuple[Condition, ...]:
    """The conditions of a filter, all of which must hold; none for an empty one.

    Raises:
        BadFilter: an unknown operator, no operator, or beyond the bounds.
    """
    if not text:
        return ()
    if len(text) > FILTER_CHARACTERS_MAX:
        raise BadFilter(hint=f"A filter is at most {FILTER_CHARACTERS_MAX} characters.")
    parts = _split(text)
    if len(parts) > CONDITIONS_MAX:
        raise BadFilter(hint=f"A filter has at most {CONDITIONS_MAX} conditions.")
    return tuple(_condition(part) for part in parts)


def _condition(text: str) -> Condition:
    found = _CONDITION.match(text)
    if found is None or found["operator"] not in OPERATORS:
        raise BadFilter(details=text, hint="Write column=operator.value, such as room_id=eq.7.")
    operator, operand = found["operator"], found["operand"]
    if operator == "in":
        if not (operand.startswith("(") and operand.endswith(")")):
            raise BadFilter(details=text, hint="Write column=in.(one,two).")
        operands = tuple(_unquoted(item) for item in _split(operand[1:-1]))
        if len(operands) > LIST_ITEMS_MAX:
            raise BadFilter(hint=f"`in` takes at most {LIST_ITEMS_MAX} values.")
    elif operator == "is":
        if operand.lower() not in ("null", "true", "false", "unknown"):
            raise BadFilter(details=text, hint="`is` takes null, true, false or unknown.")
        operands = (operand.lower(),)
    else:
        operands = (_unquoted(operand),)
        if operator in ("like", "ilike") and len(operands[0]) > LIKE_PATTERN_CHARACTERS_MAX:
            raise BadFilter(hint=f"A pattern is at most {LIKE_PATTERN_CHARACTERS_MAX} characters.")
    return Condition(found["column"].strip(), operator, operands, bool(found["not"]))


def _split(text: str) -> list[str]:
    """At commas outside quotes and parentheses. A comma that begins no condition belongs to the value before it."""
    parts, start, depth, quoted, at = [], 0, 0, False, 0
    while at < len(text):
        letter = text[at]
        if quoted and letter == "\\":
            at += 1
        elif letter == '"':
            quoted = not quoted
        elif not quoted and letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == "," and not quoted and depth <= 0:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    return [*parts, text[start:]]


def _unquoted(text: str) -> str:
    text = text.strip() if text.strip().startswith('"') else text
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text
