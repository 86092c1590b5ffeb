"""Which minor version of PostgreSQL has a known hole."""

from __future__ import annotations

import pytest

from sahne.database.floor import FLOORS, PostgresVersion


@pytest.mark.parametrize(("number", "said"), [(180006, "18.6"), (170011, "17.11"), (160000, "16.0"), (150019, "15.19")])
def test_a_version_below_its_floor_is_told_with_what_to_do(number: int, said: str) -> None:
    outdated = PostgresVersion(number).outdated()
    assert outdated is not None
    assert f"PostgreSQL {said};" in str(outdated.details)
    assert f"{number // 10_000}.{FLOORS[number // 10_000]} or newer" in (outdated.hint or "")


@pytest.mark.parametrize("number", [180007, 170012, 170013, 160016, 150020, 190000, 190001])
def test_the_floor_itself_and_what_nobody_knows_a_hole_of_are_new_enough(number: int) -> None:
    assert PostgresVersion(number).outdated() is None


@pytest.mark.parametrize(("number", "floor"), [(180006, "18.7"), (150021, "15.20"), (190000, None)])
def test_a_version_knows_its_floor(number: int, floor: str | None) -> None:
    assert PostgresVersion(number).floor == floor
