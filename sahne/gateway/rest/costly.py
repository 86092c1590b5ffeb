"""What one request may ask of patterns and text searches, all of them together, wherever they stand in it. Pure.

PostgreSQL compiles a regular expression without heeding a cancel, compares every letter of a pattern with every row,
and takes a text to words for each search in it. One of each is cheap; sixty of them are an outage by one caller.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from sahne.gateway.rest.errors import ParseFailed
from sahne.gateway.rest.syntax import Kind
from sahne.repeats import WRITTEN_OUT_MAX, written_out

REGULAR_LETTERS_MAX = 300
LIKE_LETTERS_MAX = 2_000
SEARCH_LETTERS_MAX = 500
SEARCHES_MAX = 20
DENIALS_MAX = 16
_DENIALS = re.compile(rf"(?:[!-]\s*){{{DENIALS_MAX + 1}}}")
_OF_AN_ARRAY = re.compile(r"\\(.)|(\")|([{},])|(.)", re.DOTALL)

REGULAR: frozenset[Kind] = frozenset({"regular", "regular-array"})
LIKE: frozenset[Kind] = frozenset({"like", "like-array"})
COSTLY = REGULAR | LIKE | {"search"}


def check_together(operands: Collection[tuple[str, Kind]]) -> None:
    """Refuse costly operands that are too much in sum.

    Raises:
        ParseFailed
    """
    _check_regular([each for text, kind in operands if kind in REGULAR for each in _patterns(text, kind)])
    letters = sum(len(text) for text, kind in operands if kind in LIKE)
    if letters > LIKE_LETTERS_MAX:
        raise ParseFailed("Too long patterns", details=f"{LIKE_LETTERS_MAX} letters in all of them are the limit")
    _check_searches([text for text, kind in operands if kind == "search"])


def _check_regular(patterns: list[str]) -> None:
    if sum(map(len, patterns)) > REGULAR_LETTERS_MAX or sum(map(written_out, patterns)) > WRITTEN_OUT_MAX:
        raise ParseFailed(
            "Too long regular expressions",
            details=f"{REGULAR_LETTERS_MAX} letters in all of them are the limit, with what {{…}} repeats written out"
            f" {WRITTEN_OUT_MAX} parts",
        )


def _check_searches(searches: list[str]) -> None:
    """PostgreSQL looks for each word, and denies no deeper than its stack is."""
    if len(searches) > SEARCHES_MAX:
        raise ParseFailed("Too many text searches", details=f"{SEARCHES_MAX} are the limit")
    if sum(map(len, searches)) > SEARCH_LETTERS_MAX or any(map(_DENIALS.search, searches)):
        raise ParseFailed(
            "Too long a text search",
            details=f"{SEARCH_LETTERS_MAX} letters in all of them and {DENIALS_MAX} denials on end are the limit",
        )


def _patterns(text: str, kind: Kind) -> list[str]:
    """One, or those of `{a,"b{2}"}` as PostgreSQL reads an array."""
    if kind == "regular":
        return [text]
    patterns = [""]
    is_quoted = False
    for escaped, quote, mark, letter in _OF_AN_ARRAY.findall(text):
        if quote:
            is_quoted = not is_quoted
        elif mark and not is_quoted:
            patterns.append("")
        else:
            patterns[-1] += escaped or mark or letter
    return patterns
