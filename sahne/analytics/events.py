"""One event as an app reports it: looked at by itself, so that a bad one spoils no other.

A field that is wrong has a code, `invalid_<field>`, and a sentence. What is right becomes the text that goes to the
database: an object of JSON with the columns' names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from sahne.wrong_values import ID, MISSING, MOMENT, OBJECT, ZONED, one_of

EVENTS_OF_A_REQUEST_MAX = 1_000
NAME_CHARACTERS_MAX = 100
VERSION_CHARACTERS_MAX = 100
SESSION_CHARACTERS_MAX = 200
# as text; the table bounds what PostgreSQL makes of it, which is told as well
OBJECT_BYTES_MAX = 16 * 1024
PLATFORMS = ("ios", "android", "web")

FIELDS = frozenset(
    {"id", "event_name", "created_at", "event_properties", "platform", "app_version", "device_info", "session_id"}
)
NUL = b"\\u0000"
ID_CHARACTERS = 36


@dataclass(frozen=True, slots=True)
class EventFault:
    """What is wrong with the event that stands at `index`."""

    index: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Reported:
    """The events of one request: those that can be taken, by their places in it, and what is wrong with the others."""

    events: Sequence[Mapping[str, Any]]
    places: Sequence[int]
    faults: Sequence[EventFault]


class _WrongFieldError(Exception):
    def __init__(self, field: str, what: str) -> None:
        self.field, self.what = field, what


def read_events(given: Sequence[Any]) -> Reported:
    """What an app sent, each looked at."""
    events: list[Mapping[str, Any]] = []
    places: list[int] = []
    faults: list[EventFault] = []
    for index, each in enumerate(given):
        try:
            events.append(_read(each))
            places.append(index)
        except _WrongFieldError as wrong:
            faults.append(EventFault(index, f"invalid_{wrong.field}", f"{wrong.field} {wrong.what}"))
    return Reported(events, places, faults)


def _read(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise _WrongFieldError("event", OBJECT)
    if not given.keys() <= FIELDS:
        raise _WrongFieldError("event", f"has no field {min(given.keys() - FIELDS)[:NAME_CHARACTERS_MAX]!a}")
    find = given.get
    return {
        "id": _id(find("id")),
        "created_at": _moment(find("created_at")),
        "event_name": _text("event_name", find("event_name", ""), NAME_CHARACTERS_MAX),
        "platform": _platform(find("platform")),
        "app_version": _maybe_text("app_version", find("app_version"), VERSION_CHARACTERS_MAX),
        "session_id": _maybe_text("session_id", find("session_id"), SESSION_CHARACTERS_MAX),
        "event_properties": _object("event_properties", find("event_properties")),
        "device_info": _object("device_info", find("device_info")),
    }


def _id(value: Any) -> UUID:
    if value is None:
        raise _WrongFieldError("id", MISSING)
    try:
        if len(value) != ID_CHARACTERS:
            raise ValueError
        return UUID(value)
    except (AttributeError, TypeError, ValueError):
        raise _WrongFieldError("id", ID) from None


def _moment(value: Any) -> datetime:
    """In UTC. Whether it can be believed the database says, whose clock it is."""
    if value is None:
        raise _WrongFieldError("created_at", MISSING)
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise _WrongFieldError("created_at", ZONED)
        return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise _WrongFieldError("created_at", MOMENT) from None


def _text(field: str, value: Any, characters_max: int) -> str:
    if isinstance(value, str) and 0 < len(value) <= characters_max and value.isprintable():
        return value
    raise _WrongFieldError(field, f"must be one line of 1 to {characters_max} characters")


def _maybe_text(field: str, value: Any, characters_max: int) -> str | None:
    return None if value is None else _text(field, value, characters_max)


def _platform(value: Any) -> str | None:
    if value is None or value in PLATFORMS:
        return value  # type: ignore[no-any-return]
    raise _WrongFieldError("platform", one_of(PLATFORMS))


def _object(field: str, value: Any) -> orjson.Fragment | None:
    """Its text, once and for all."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _WrongFieldError(field, OBJECT)
    try:
        text = orjson.dumps(value)
    except (TypeError, RecursionError) as error:
        raise _WrongFieldError(field, "holds a number or a depth that cannot be kept") from error
    if len(text) > OBJECT_BYTES_MAX:
        raise _WrongFieldError(field, f"holds at most {OBJECT_BYTES_MAX} bytes")
    if NUL in text and _holds_nul(value):
        raise _WrongFieldError(field, "holds a NUL, which cannot be kept")
    return orjson.Fragment(text)


def _holds_nul(value: Any) -> bool:
    """The text alone does not say: an escaped backslash may stand before what looks like one."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(each) for pair in value.items() for each in pair)
    return isinstance(value, list) and any(map(_holds_nul, value))
