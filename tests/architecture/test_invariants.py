"""What the list of invariants names is there to try them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "reference" / "invariants.md"
A_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
A_ROW = re.compile(r"^\| ([A-Z]\d+) \|", re.MULTILINE)


def named_in(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_that_the_invariants_name_exists() -> None:
    named = A_TEST.findall(PAGE.read_text("utf-8"))
    assert [f"{file}::{name}" for file, name in named if name not in named_in(file)] == []


def test_every_invariant_has_a_line_of_its_own_and_a_test() -> None:
    text = PAGE.read_text("utf-8")
    names = A_ROW.findall(text)
    assert len(names) == len(set(names))
    lines = [line for line in text.splitlines() if A_ROW.match(line)]
    assert [line[:6] for line in lines if not (A_TEST.search(line) or "as W4 and L1" in line)] == []
