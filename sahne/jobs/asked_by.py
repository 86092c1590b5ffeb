"""Whom a job is done for: the request's id and its span travel with the job's arguments, and are taken out again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sahne import tracing
from sahne.telemetry import current_request_id

ASKED_BY = "asked_by"
OF_THE_SCHEDULE = "timestamp"  # what the library adds


@dataclass(frozen=True, slots=True)
class AskedBy:
    """The request that asked for a job, and the span of it; None for what the clock asks for."""

    request_id: str | None = None
    traceparent: str | None = None


def asked_by() -> dict[str, Any]:
    """What a job that is deferred now has to know of that, as arguments of its own."""
    request_id, span = current_request_id(), tracing.current()
    if request_id is None:
        return {}
    return {ASKED_BY: {"request_id": request_id, "traceparent": span.traceparent if span else None}}


def told_apart(args: Mapping[str, Any]) -> tuple[dict[str, Any], AskedBy]:
    """A task's own arguments, and whom it is done for."""
    given = {name: value for name, value in args.items() if name not in (ASKED_BY, OF_THE_SCHEDULE)}
    return given, AskedBy(**args.get(ASKED_BY, {}))
