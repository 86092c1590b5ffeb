"""Nothing is written that nobody uses: every named query is asked for by name, every setting is read."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from sahne.settings import Settings

PACKAGE = Path(__file__).parents[2] / "sahne"
QUERY_FILES = sorted(
    path
    for path in PACKAGE.rglob("*.sql")
    if not {"migrations", "functions", "platform"} & set(path.relative_to(PACKAGE).parts)
)
NAME = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)
# The catalog is read by running every query of its file
RUN_WHOLE = {"catalog.sql"}


def names_in(path: Path) -> set[str]:
    """Every string and every attribute of a Python file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
    return found


USED = {path: names_in(path) for path in PACKAGE.rglob("*.py")}


@pytest.mark.parametrize(
    "path", [p for p in QUERY_FILES if p.name not in RUN_WHOLE], ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_every_named_query_is_asked_for_in_its_own_room(path: Path) -> None:
    beside = set().union(*(used for file, used in USED.items() if file.is_relative_to(path.parent)))
    assert set(NAME.findall(path.read_text("utf-8"))) - beside == set()


@pytest.mark.parametrize("path", QUERY_FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_named_query_has_a_sentence(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    after = [lines[number + 1] for number, line in enumerate(lines) if NAME.match(line)]
    assert after
    assert all(line.startswith("-- ") for line in after)


def test_every_setting_is_read_somewhere() -> None:
    read = set().union(*USED.values())
    assert set(Settings.model_fields) - read == set()
