"""The values of a filter, read from left to right: a quoted one to its closing quote, a plain one to a comma."""

from __future__ import annotations

import re

from sahne.changes.errors import BadFilter

_QUOTED = re.compile(r'\s*"(?P<value>(?:[^"\\]|\\.)*)"\s*', re.DOTALL)
_QUOTE = re.compile(r'\s*"')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def read_value(text: str, at: int, ends: str = ",") -> tuple[str, int]:
    """The value that begins at `at`, and where it ends: at one of `ends` outside parentheses, or with the text.

    Raises:
        BadFilter: it begins with a quote and does not end with one.
    """
    if _QUOTE.match(text, at) is None:
        return _read_plain(text, at, ends)
    quoted = _QUOTED.match(text, at)
    if quoted is None or text[quoted.end() : quoted.end() + 1] not in ("", *ends):
        raise BadFilter(details=text[at:], hint='A value that begins with " ends with it; write \\" for one inside.')
    return _ESCAPED.sub(r"\1", quoted["value"]), quoted.end()


def read_list(text: str, at: int) -> tuple[tuple[str, ...], int]:
    """The values of `(one,"two, quoted")`, none for `()`, and where the list ends.

    Raises:
        BadFilter: it has no parentheses around it, or something behind them.
    """
    if not text.startswith("(", at):
        raise BadFilter(details=text[at:], hint="Write column=in.(one,two).")
    at += 1
    values: tuple[str, ...] = ()
    if not text.startswith(")", at):
        values, at = _read_values(text, at)
    if not text.startswith(")", at) or text[at + 1 : at + 2] not in ("", ","):
        raise BadFilter(details=text[at:], hint="Write column=in.(one,two).")
    return values, at + 1


def _read_values(text: str, at: int) -> tuple[tuple[str, ...], int]:
    values: list[str] = []
    while True:
        value, at = read_value(text, at, ends=",)")
        values.append(value)
        if not text.startswith(",", at):
            return tuple(values), at
        at += 1


def _read_plain(text: str, start: int, ends: str) -> tuple[str, int]:
    depth = 0
    for at in range(start, len(text)):
        letter = text[at]
        if depth <= 0 and letter in ends:
            return text[start:at], at
        depth += (letter == "(") - (letter == ")")
    return text[start:], len(text)
