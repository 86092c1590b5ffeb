"""A join's payload is read leniently: what is odd is its default."""

from __future__ import annotations

import pytest

from sahne.gateway.realtime.joining import read_config


@pytest.mark.parametrize(
    ("options", "milliseconds"),
    [
        ({"wait": True}, 15_000),
        ({"wait": "true", "timeout": 100}, 100),
        ({"wait": True, "timeout": 60_000}, 20_000),
        ({"wait": True, "timeout": 0}, 15_000),
        ({"wait": True, "timeout": "soon"}, 15_000),
        ({"wait": True, "timeout": True}, 15_000),
        ({"wait": False, "timeout": 100}, None),
        ({"timeout": 100}, None),
        ("odd", None),
    ],
)
def test_a_client_waits_for_changes_within_bounds_or_not_at_all(options: object, milliseconds: int | None) -> None:
    assert read_config({"config": {"postgres_changes_options": options}}).wait_milliseconds == milliseconds
