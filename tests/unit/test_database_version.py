"""Which PostgreSQL is too old, by the number its library tells."""

from __future__ import annotations

import pytest

from sahne.database.migrate import DatabaseTooOld, refuse_too_old


@pytest.mark.parametrize("version", [90624, 130011, 140099])
def test_a_postgresql_before_15_is_refused_in_words(version: int) -> None:
    with pytest.raises(DatabaseTooOld) as refused:
        refuse_too_old(version)
    assert refused.value.body() == {
        "code": "database_too_old",
        "message": "This PostgreSQL is too old.",
        "details": f"it is {version // 10_000}",
        "hint": "Use 15 or newer.",
    }


@pytest.mark.parametrize("version", [150000, 150017, 180001])
def test_15_and_newer_are_good_enough(version: int) -> None:
    refuse_too_old(version)
