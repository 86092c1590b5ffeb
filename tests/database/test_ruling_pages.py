"""The page of rulings is whole and true: every ruling has its row, every test it names is there, no pair is left out."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.database.conformance.catalog import HERE

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "reference" / "seed-rulings.md"
_RANGES = (("R", 1, 9), ("R", 11, 14), ("S", 1, 23), ("L", 1, 20))
RULINGS = [f"{letter}{number}" for letter, first, last in _RANGES for number in range(first, last + 1)]

_ROW = re.compile(r"^\| ([RSL]\d+) \| ([a-z, ]+) \| (.*) \| ([^|]*) \|$", re.MULTILINE)
_NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
_TEST = re.compile(r"^(?:async )?def (test_(\w+?)_\w+)\(", re.MULTILINE)

ROWS = {
    ruling: (set(kind.split(", ")), _NAMED.findall(tests))
    for ruling, kind, _, tests in _ROW.findall(PAGE.read_text("utf-8"))
}


def test_every_ruling_has_one_row() -> None:
    assert [row[0] for row in _ROW.findall(PAGE.read_text("utf-8"))] == RULINGS


def test_a_ruling_is_of_the_catalog_when_the_catalog_differs_by_it() -> None:
    differing = tomllib.loads((HERE / "differences.toml").read_text("utf-8"))
    assert {ruling for ruling, (kind, _) in ROWS.items() if "catalog" in kind} == differing.keys()
    assert {word for kind, _ in ROWS.values() for word in kind} == {"catalog", "behaviour", "product"}


def test_a_ruling_on_behaviour_names_its_tests() -> None:
    assert [ruling for ruling, (kind, tests) in ROWS.items() if "behaviour" in kind and not tests] == []


def test_what_the_seeds_do_not_speak_of_is_no_departure_from_them() -> None:
    for kind, tests in ROWS.values():
        assert "product" not in kind or (kind == {"product"} and tests)


def test_a_behaviour_has_the_seeds_half_too() -> None:
    paired = {ruling for ruling, (_, tests) in ROWS.items() if any("/rulings/" in file for file, _ in tests)}
    assert {ruling for ruling, (kind, _) in ROWS.items() if "behaviour" in kind} - paired == set()


@pytest.mark.parametrize("ruling", RULINGS)
def test_the_tests_a_ruling_names_are_there(ruling: str) -> None:
    for file, name in ROWS[ruling][1]:
        assert re.search(rf"^(async )?def {name}\(", (TESTS / file).read_text("utf-8"), re.MULTILINE), f"{file}::{name}"


def test_no_pair_is_left_out() -> None:
    pairs = {
        (f"database/rulings/{path.name}", name, ruling.upper())
        for path in (TESTS / "database" / "rulings").glob("test_*.py")
        for name, ruling in _TEST.findall(path.read_text("utf-8"))
    }
    named = {(file, name, ruling) for ruling, (_, tests) in ROWS.items() for file, name in tests if "/rulings/" in file}
    assert named == pairs
