"""The last lines of this server's log, kept in memory for the operator's agents: requests by their door, and facts.

Their sources and attributes have the names that Supabase gives them, so that what asks there asks here too.
"""

from __future__ import annotations

import dataclasses
import re
from collections import deque
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sahne.telemetry import Failed, RequestServed

LINES_MAX = 2_000
SOURCES = {
    "/rest/v1": "edge_logs",
    "/functions/v1": "function_edge_logs",
    "/auth/v1": "auth_logs",
    "/storage/v1": "storage_logs",
    "/realtime/v1": "realtime_logs",
}
OTHER_DOORS, FACTS = "edge_logs", "sahne_logs"

_NOT_IN_TEXT = re.compile("[\\x00\\ud800-\\udfff]")

Line = dict[str, Any]


class LogLines:
    """A subscriber of the telemetry; the oldest line goes when there are too many."""

    def __init__(self) -> None:
        self._lines: deque[Line] = deque(maxlen=LINES_MAX)

    def __call__(self, fact: Any) -> None:
        """One more."""
        self._lines.append(_of_request(fact) if isinstance(fact, RequestServed) else _of_fact(fact))

    def between(self, start: datetime, end: datetime) -> list[Line]:
        """Those of a time, the oldest first."""
        return [line for line in self._lines if start <= line["timestamp"] <= end]


def _of_request(served: RequestServed) -> Line:
    attributes = {
        "identifier": "sahne",
        "request_id": served.request_id,
        "request.method": served.method,
        "request.path": served.path,
        "response.status_code": served.status,
        "execution_time_ms": round(served.seconds * 1000, 3),
        "path": served.path,
        "status": served.status,
    }
    message = f"{served.method} {served.path} {served.status}"
    return _line(
        SOURCES.get(served.door, OTHER_DOORS), "ERROR" if served.status >= 500 else "INFO", message, attributes
    )


def _of_fact(fact: Any) -> Line:
    fields = dataclasses.asdict(fact) if dataclasses.is_dataclass(fact) and not isinstance(fact, type) else {}
    attributes = {name: value if isinstance(value, int | float) else str(value) for name, value in fields.items()}
    if isinstance(fact, Failed):
        return _line(FACTS, "ERROR", f"{fact.what}: {fact.error}", attributes)
    return _line(FACTS, "INFO", type(fact).__name__, attributes)


def _line(source: str, severity: str, message: str, attributes: Line) -> Line:
    return {
        "id": uuid4(),
        "timestamp": datetime.now(UTC),
        "source": source,
        "severity_text": severity,
        "event_message": _keepable(message),
        "log_attributes": {name: _keepable(value) for name, value in attributes.items()},
    }


def _keepable(value: Any) -> Any:
    """As PostgreSQL's text can be: anybody may ask for a path with NUL in it, or with half a surrogate pair."""
    return _NOT_IN_TEXT.sub("\ufffd", value) if isinstance(value, str) else value
