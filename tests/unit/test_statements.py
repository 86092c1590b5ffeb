"""Cutting SQL files: what looks like an end of a statement and is none."""

from __future__ import annotations

import pytest

from sahne.database.statements import split_statements


def texts(source: str) -> list[str]:
    return [statement.text for statement in split_statements(source)]


@pytest.mark.parametrize(
    "statement",
    [
        "select 'a;b'",
        "select 'it''s;'",
        r"select E'it\';s'",
        'select 1 as "a;b"',
        "do $$ begin; end $$",
        "do $body$ select '$$;' $body$",
        "select 1 /* ; /* ; */ ; */ + 1",
        "select 1 -- ;\n + 1",
        "select $1 + 1",
    ],
)
def test_a_semicolon_inside_something_ends_nothing(statement: str) -> None:
    assert texts(f"{statement}; select 2;") == [statement, "select 2"]


def test_comments_before_a_statement_do_not_count_for_its_line() -> None:
    found = split_statements("-- why\n\nselect 1;\n\n-- and\nselect\n  2")
    assert [(statement.text, statement.line) for statement in found] == [("select 1", 3), ("select\n  2", 6)]


def test_a_file_of_comments_has_no_statements() -> None:
    assert texts("-- nothing\n;;\n  ") == []
