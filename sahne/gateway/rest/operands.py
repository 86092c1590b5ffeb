"""A filter's operand on its way to PostgreSQL: `(1,"a,b")` becomes an array, `*` becomes `%`."""

from __future__ import annotations

import re

from sahne.gateway.rest.errors import BadRange, ParseFailed
from sahne.gateway.rest.grammar import Reader
from sahne.gateway.rest.syntax import Kind

NUMBER_DIGITS_MAX = 18  # a bigint holds them all
_NEGATIVE = re.compile(r"-[0-9]+")


def operand(text: str, kind: Kind) -> bytes:
    """The parameter's text."""
    if kind in ("like", "like-array"):
        return text.replace("*", "%").encode()
    if kind == "list":
        return array_of(list_items(text)).encode()
    if kind == "number":
        return b"%d" % whole_number(text)
    return text.encode()


def whole_number(text: str) -> int:
    """The number of a limit or an offset.

    Raises:
        BadRange: it is below 0.
        ParseFailed: it is none.
    """
    if _NEGATIVE.fullmatch(text):
        raise BadRange(details="Limit should be greater than or equal to zero.")
    if not (text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS_MAX):
        raise ParseFailed(f'"failed to parse number ({text})"', details="a whole number from 0 is expected")
    return int(text)


def list_items(text: str) -> list[str]:
    """The items of `(a,"b,c",d)`; quotes keep commas and parentheses."""
    reader = Reader(text, "filter")
    reader.need("(")
    items: list[str] = []
    if reader.take(")"):
        reader.end()
        return items
    while True:
        if reader.text.startswith('"', reader.at):
            items.append(reader.quoted())
        else:
            start = reader.at
            while reader.at < len(text) and text[reader.at] not in ",)":
                reader.at += 1
            items.append(text[start : reader.at])
        if reader.take(","):
            continue
        reader.need(")")
        reader.end()
        return items


def array_of(items: list[str]) -> str:
    """An array literal; every item quoted, so that `null` is a word and a brace is a brace."""
    return "{" + ",".join('"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"' for item in items) + "}"
