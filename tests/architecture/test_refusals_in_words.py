"""What a client or a person at the command line reads is in words they know, and tells them what to do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "sahne"
TREES = {
    path: ast.parse(path.read_text("utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
    if "web" not in path.relative_to(PACKAGE).parts
}
DOOR = re.compile(r"\bdoors?\b", re.IGNORECASE)
LABEL = "door"  # of a metric, for operators
# Behind the commands: whoever meets a refusal there has nothing but its words
CAUGHT = {"BlobMissing"}  # and counted
COMMANDS = ("cli", "up", "operations")


def error_classes() -> dict[str, ast.ClassDef]:
    """Every class that is a `SahneError` by its bases' names."""
    classes = [node for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    found: dict[str, ast.ClassDef] = {}
    names = {"SahneError"}
    while more := [each for each in classes if each.name not in found and names & {*map(ast.unparse, each.bases)}]:
        found |= {each.name: each for each in more}
        names |= found.keys()
    return found


ERRORS = error_classes()


def texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """The strings of a file that are no docstrings."""
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node


def test_door_is_a_word_of_the_house_and_nobody_else_reads_it() -> None:
    said = {
        f"{path.relative_to(PACKAGE)}:{text.lineno}"
        for path, tree in TREES.items()
        for text in texts(tree)
        if DOOR.search(str(text.value)) and text.value != LABEL
    }
    said |= {name for name, each in ERRORS.items() if DOOR.search(ast.get_docstring(each) or "")}
    assert said == set()


def test_what_a_command_refuses_says_what_to_do() -> None:
    silent = {
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path, tree in TREES.items()
        if path.relative_to(PACKAGE).parts[0] in COMMANDS
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
        if ast.unparse(node.exc.func) in ERRORS.keys() - CAUGHT
        and "hint" not in {each.arg for each in node.exc.keywords}
    }
    assert silent == set()
