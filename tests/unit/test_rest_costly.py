"""What costs much is bounded for a whole request: regular expressions, patterns of LIKE and text searches, together."""

from __future__ import annotations

import pytest

from sahne.gateway.rest.costly import (
    LIKE_LETTERS_MAX,
    REGULAR_LETTERS_MAX,
    SEARCH_LETTERS_MAX,
    SEARCHES_MAX,
    check_together,
)
from sahne.gateway.rest.errors import ParseFailed
from sahne.gateway.rest.syntax import Kind
from sahne.repeats import WRITTEN_OUT_MAX

NESTED = "((x?){100}){2}y"


@pytest.mark.parametrize(
    "asked",
    [
        [(NESTED, "regular")],
        [("x{160}", "regular"), ("y{160}", "regular")],
        [("(" + "x?" * 90 + "){2}", "regular")],
        [("x" * 200, "regular"), ("y" * 200, "regular-array")],
        [(f'{{a,"{NESTED}"}}', "regular-array")],
        [(r"{\((x?\)\{100\}\)\{2\}y}", "regular-array")],
        [(r'{"\((x?\)\{1\00\}\)\{2}y"}', "regular-array")],
        [("%a" * 500, "like"), ("{" + "%a," * 500 + "b}", "like-array")],
        [("a" * SEARCH_LETTERS_MAX, "search"), ("b", "search")],
        [("a", "search")] * (SEARCHES_MAX + 1),
        [("!" * 17 + "a", "search")],
    ],
)
def test_too_much_together_is_refused_wherever_it_stands(asked: list[tuple[str, Kind]]) -> None:
    with pytest.raises(ParseFailed):
        check_together(asked)


@pytest.mark.parametrize(
    "asked",
    [
        [("^foo|bar$", "regular")] * 10,
        [(rf"\d{{{WRITTEN_OUT_MAX}}}", "regular")],
        [(r'{"\\d{4}-\\d{2}","[0-9]{3}",a}', "regular-array")],
        [("x" * REGULAR_LETTERS_MAX, "regular")],
        [("%" + "a" * 30 + "%", "like")] * 60,
        [("a" * LIKE_LETTERS_MAX, "like-array")],
        [("a b", "search")] * SEARCHES_MAX,
        [("a" * SEARCH_LETTERS_MAX, "search")],
        [("x{9999}" * 1_000, "text"), ("a" * 10_000, "list")],
    ],
)
def test_what_people_search_for_passes(asked: list[tuple[str, Kind]]) -> None:
    check_together(asked)
