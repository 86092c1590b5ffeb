"""One event of an app at a time: what is right goes on, what is wrong is named by its place, and spoils no other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from sahne.analytics.events import OBJECT_BYTES_MAX, read_events

ID = "3f0c9d1e-5b7a-4c26-9a53-1f9a3f6f0a11"
GOOD: dict[str, Any] = {"id": ID, "event_name": "opened", "created_at": "2026-05-01T18:00:00+03:00"}


def test_an_event_goes_on_with_its_moment_in_utc() -> None:
    (event,) = read_events([GOOD | {"event_properties": {"a": [1, "ş"]}, "platform": "ios"}]).events
    assert event["created_at"] == datetime(2026, 5, 1, 15, tzinfo=UTC)
    assert orjson.loads(orjson.dumps(event["event_properties"])) == {"a": [1, "ş"]}
    assert event["session_id"] is None


WRONG = {
    "no object": ("text", "invalid_event"),
    "a field that is not known": (GOOD | {"user_id": ID}, "invalid_event"),
    "no id": ({**GOOD, "id": None}, "invalid_id"),
    "an id without dashes": (GOOD | {"id": ID.replace("-", "")}, "invalid_id"),
    "a number as id": (GOOD | {"id": 7}, "invalid_id"),
    "no moment": ({**GOOD, "created_at": None}, "invalid_created_at"),
    "a moment without a zone": (GOOD | {"created_at": "2026-05-01T18:00:00"}, "invalid_created_at"),
    "seconds": (GOOD | {"created_at": 1_770_000_000}, "invalid_created_at"),
    "before all time": (GOOD | {"created_at": "0001-01-01T00:00:00+10:00"}, "invalid_created_at"),
    "no name": ({"id": ID, "created_at": GOOD["created_at"]}, "invalid_event_name"),
    "a long name": (GOOD | {"event_name": "n" * 101}, "invalid_event_name"),
    "a name of two lines": (GOOD | {"event_name": "a\nb"}, "invalid_event_name"),
    "another platform": (GOOD | {"platform": "amiga"}, "invalid_platform"),
    "a long version": (GOOD | {"app_version": "1" * 101}, "invalid_app_version"),
    "a session that is a number": (GOOD | {"session_id": 5}, "invalid_session_id"),
    "properties in a list": (GOOD | {"event_properties": []}, "invalid_event_properties"),
    "large properties": (GOOD | {"event_properties": {"a": "x" * OBJECT_BYTES_MAX}}, "invalid_event_properties"),
    "a NUL": (GOOD | {"event_properties": {"a": ["\0"]}}, "invalid_event_properties"),
    "a NUL in a name": (GOOD | {"device_info": {"\0": 1}}, "invalid_device_info"),
    "a number beyond all": (GOOD | {"event_properties": {"a": 2**70}}, "invalid_event_properties"),
}


@pytest.mark.parametrize(("event", "code"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_named_and_its_neighbours_go_on(event: Any, code: str) -> None:
    reported = read_events([GOOD, event, GOOD])
    assert [(fault.index, fault.code) for fault in reported.faults] == [(1, code)]
    assert reported.places == [0, 2]
    assert len(reported.events) == 2


def test_what_only_looks_like_a_nul_is_taken() -> None:
    assert not read_events([GOOD | {"event_properties": {"a": "\\u0000"}}]).faults
