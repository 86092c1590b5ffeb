"""Nothing is written that nobody uses: every named query is asked for by name, every setting is read, and every public
function, method and class is used by the product itself; tests and benchmarks do not count.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path

import pytest

from sahne.cli.app import COMMANDS
from sahne.settings import Settings

PACKAGE = Path(__file__).parents[2] / "sahne"
QUERY_FILES = sorted(
    path
    for path in PACKAGE.rglob("*.sql")
    if not {"migrations", "functions", "platform", "stand_ins"} & set(path.relative_to(PACKAGE).parts)
)
NAME = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)
# Files whose every query is run: the catalog is read so, and the copy of an account
RUN_WHOLE = {"catalog.sql", "exported_rows.sql"}


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
    assert {each.name for each in fields(Settings)} - read == set()


def test_every_constant_is_read_somewhere() -> None:
    text = {path: path.read_text("utf-8") for path in USED}
    constants = {
        (str(path.relative_to(PACKAGE)), target.id)
        for path, source in text.items()
        for node in ast.parse(source).body
        for target in (node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)])
        if isinstance(target, ast.Name) and target.id.isupper()
    }
    words = Counter(word for source in text.values() for word in re.findall(r"\w+", source))
    assert {(file, name) for file, name in constants if words[name] == 1} == set()


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Defined:
    """One public definition of a module, `within` a class or not."""

    module: str
    node: Definition
    within: str | None

    @property
    def name(self) -> str:
        return ".".join(filter(None, (self.module, self.within, self.node.name)))


def test_every_public_name_is_used_by_the_product() -> None:
    modules = {module_name(path): ast.parse(path.read_text("utf-8")) for path in USED if not is_twin(path)}
    uses = Counter(name for tree in modules.values() for name in names_used(tree))
    idle = {each.name for module, tree in modules.items() for each in definitions(module, tree) if is_idle(each, uses)}
    assert idle - started_from_outside() == set()


def test_a_use_within_the_definition_itself_is_none() -> None:
    tree = ast.parse("def again():\n    again()\ndef once():\n    pass\nonce()")
    uses = Counter(names_used(tree))
    assert [is_idle(each, uses) for each in definitions("sahne.x", tree)] == [True, False]


def is_twin(path: Path) -> bool:
    """Whether it is a twin in memory, which ships for tests: theirs and those of who builds on Sahne."""
    rooms = (PACKAGE / "providers", PACKAGE / "bus")
    return path.name in ("memory.py", "lies.py") and any(map(path.is_relative_to, rooms))


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def names_used(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def definitions(module: str, tree: ast.Module) -> Iterator[Defined]:
    """The public functions and classes of a module, and the public methods of all its classes."""
    for node in tree.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield Defined(module, node, None)
        if isinstance(node, ast.ClassDef):
            methods = (each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
            yield from (Defined(module, each, node.name) for each in methods if not each.name.startswith("_"))


def is_idle(defined: Defined, uses: Counter[str]) -> bool:
    """Whether nobody names it but itself, no decorator hands it to a router or an app, and no library calls it."""
    elsewhere = uses[defined.node.name] - Counter(names_used(defined.node))[defined.node.name]
    return elsewhere <= 0 and not is_registered(defined.node) and not is_a_librarys(defined)


def is_registered(node: Definition) -> bool:
    """`@router.get("/…")`, `@app.command()`: the decorator is a method that keeps what it is given."""
    return any(isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) for each in node.decorator_list)


def is_a_librarys(defined: Defined) -> bool:
    """Whether the method answers to a class from outside, which calls it."""
    if defined.within is None:
        return False
    kind = getattr(import_module(defined.module), defined.within)
    return any(defined.node.name in vars(base) for base in kind.__mro__[1:] if not base.__module__.startswith("sahne."))


def started_from_outside() -> set[str]:
    """What `pyproject.toml` names as commands, and the functions of the command line that are found by their name."""
    scripts = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    return {entry.replace(":", ".") for entry in scripts.values()} | {f"sahne.cli.{name}.{name}" for name in COMMANDS}
