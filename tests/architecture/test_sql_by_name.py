"""SQL names its columns: a column that is added later is left out until somebody says so, and keeps its default."""

from __future__ import annotations

import re
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "sahne"

# `insert into t values (…)`, `insert into t select r.*`, `to_jsonb(row) - '{a,b}'`
WITHOUT_COLUMNS = re.compile(r"\binsert\s+into\s+[\w.\"]+(?:\s+as\s+\w+)?\s+(?:values\b|select\b|overriding\b)", re.I)
WHOLE_ROW = re.compile(r"\bvalues\s*\(\s*\(?\w+\)?\.\*\s*\)", re.I)
ALL_BUT = re.compile(r"\b(?:to_jsonb?|row_to_json)\s*\([^()]*\)\s*-\s*(?!>)", re.I)


def test_no_row_is_inserted_without_the_names_of_its_columns() -> None:
    assert places_of(WITHOUT_COLUMNS) | places_of(WHOLE_ROW) == set()


def test_no_row_is_shown_as_all_of_its_columns_but_some() -> None:
    assert places_of(ALL_BUT) == set()


def test_the_rules_see_what_they_forbid() -> None:
    for text in ("insert into a.b values (1)", "insert into b as x\n select x.*"):
        assert WITHOUT_COLUMNS.search(text), text
    assert WITHOUT_COLUMNS.search("insert into a.b (c) values (1)") is None
    assert WHOLE_ROW.search("values (_sent.*)")
    assert ALL_BUT.search("to_jsonb(_row) - '{a,b}'::text[]")
    assert ALL_BUT.search("to_jsonb(_row) ->> 'a'") is None


def places_of(pattern: re.Pattern[str]) -> set[str]:
    """Where a pattern is found in the product's SQL; comments do not count."""
    found = set()
    for path in sorted(PACKAGE.rglob("*.sql")):
        text = re.sub(r"--[^\n]*", "", path.read_text("utf-8"))
        found |= {
            f"{path.relative_to(PACKAGE)}:{text.count(chr(10), 0, hit.start()) + 1}" for hit in pattern.finditer(text)
        }
    return found
