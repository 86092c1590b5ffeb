"""The seed's long rows are written by keyword: each names the columns of a COPY statement, in its order."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import sahne.operations.seed
from sahne.operations.seed.load import QUERIES
from sahne.operations.seed.writing import row

COLUMNS = re.compile(rb"^copy [\w.]+ \(([^)]*)\) from stdin", re.MULTILINE)
FILES = sorted(Path(sahne.operations.seed.__path__[0]).glob("*.py"))


def rows_written() -> list[tuple[str, ...]]:
    calls = [
        node for path in FILES for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)
    ]
    rows = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "row"]
    return [tuple(each.arg or "" for each in call.keywords) for call in rows]


@pytest.mark.parametrize("columns", rows_written(), ids=lambda columns: "-".join(columns[:3]))
def test_a_row_names_the_columns_of_a_copy(columns: tuple[str, ...]) -> None:
    copied = {
        tuple(name.strip() for name in found[1].decode().split(","))
        for text in QUERIES.values()
        if (found := COLUMNS.search(text))
    }
    assert columns in copied


def test_there_are_such_rows() -> None:
    assert len(rows_written()) > 10


def test_what_is_not_there_is_null() -> None:
    assert row(id=1, name=None) == "1\t\\N\n"
