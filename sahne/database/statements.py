"""Cutting an SQL file into its statements, each with the line it begins on.

Knows what PostgreSQL's own scanner knows of quoting: 'text', E'text', "names", $tag$ bodies $tag$, comments
that run to the end of the line and comments that nest. Bodies in `begin atomic … end` are not used here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      --[^\n]*                                      # a comment to the end of the line
    | /\*                                           # a comment that nests
    | (?<![\w$])[eE]'(?:[^'\\]|\\.|'')*'            # text with backslash escapes
    | '(?:[^']|'')*'
    | "(?:[^"]|"")*"
    | (?<![\w$])\$(?P<tag>(?:[^\W\d]\w*)?)\$        # the opening of a dollar-quoted body
    | ;
    """,
    re.VERBOSE | re.DOTALL,
)
_NESTING = re.compile(r"/\*|\*/")
_LEADING = re.compile(r"(?:\s+|--[^\n]*(?:\n|$))*(?P<nested>/\*)?")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement without its semicolon; `line` (from 1) is where its first word stands."""

    text: str
    line: int


def split_statements(source: str) -> list[Statement]:
    """The statements of `source` in order; comments before a statement's first word are left out."""
    statements: list[Statement] = []
    start = at = 0
    while token := _TOKEN.search(source, at):
        at = _end_of(source, token)
        if token[0] == ";":
            statements += _statement(source, start, token.start())
            start = at
    return statements + _statement(source, start, len(source))


def _end_of(source: str, token: re.Match[str]) -> int:
    if token[0] == "/*":
        return _end_of_nested_comment(source, token.end())
    if token["tag"] is not None:
        closing = source.find(f"${token['tag']}$", token.end())
        return len(source) if closing < 0 else closing + len(token[0])
    return token.end()


def _end_of_nested_comment(source: str, at: int) -> int:
    depth = 1
    while depth and (mark := _NESTING.search(source, at)):
        depth += 1 if mark[0] == "/*" else -1
        at = mark.end()
    return len(source) if depth else at


def _statement(source: str, start: int, end: int) -> list[Statement]:
    first = start
    while (leading := _LEADING.match(source, first, end)) and leading["nested"]:
        first = min(_end_of_nested_comment(source, leading.end()), end)
    first = leading.end() if leading else first
    text = source[first:end].rstrip()
    return [Statement(text, source.count("\n", 0, first) + 1)] if text else []
