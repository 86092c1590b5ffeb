"""What the lists of invariants and of incidents name is there to try them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
REFERENCE = TESTS.parent / "docs" / "reference"
PAGES = [REFERENCE / "invariants.md", REFERENCE / "incidents.md"]
A_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
A_ROW = re.compile(r"^\| ([A-Z]\d+) \|", re.MULTILINE)


def named_in(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_test_that_they_name_exists(page: Path) -> None:
    named = A_TEST.findall(page.read_text("utf-8"))
    assert [f"{file}::{name}" for file, name in named if name not in named_in(file)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_has_a_line_of_its_own_and_a_test(page: Path) -> None:
    text = page.read_text("utf-8")
    names = A_ROW.findall(text)
    assert len(names) == len(set(names))
    lines = [line for line in text.splitlines() if A_ROW.match(line)]
    assert [line[:6] for line in lines if not (A_TEST.search(line) or "as W4 and L1" in line)] == []
