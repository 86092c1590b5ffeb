"""Sentry's wire, which GlitchTip and others speak too: one event in an envelope, posted to the project's address.

Source: develop.sentry.dev, "Envelopes", "Event Payloads", "Rate Limiting": lines of JSON, `X-Sentry-Auth`; 429 and
`X-Sentry-Rate-Limits` say how long no more are wanted.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import uuid4

import orjson

from sahne import __version__
from sahne.providers.error_reports import Report
from sahne.providers.exchange import Answer, ProviderFault, ask
from sahne.telemetry import Frame
from sahne.watching_rules import Dsn

SEND_SECONDS_MAX = 5.0
TOO_MANY = 429
REST_SECONDS = 60.0  # when it is not said how long
REST_SECONDS_MAX = 3_600.0
CLIENT = f"sahne/{__version__}"
A_LIMIT = re.compile(r"(\d{1,6}):([a-z_;]*):")


class Sentry:
    """`ErrorReports` kept by a project of Sentry's, as parts of a program: `server`, `worker`."""

    def __init__(self, dsn: Dsn, program: str) -> None:
        self._url = dsn.envelopes_url
        self._program = program
        auth = f"Sentry sentry_version=7, sentry_client={CLIENT}, sentry_key={dsn.key}"
        self._headers = {
            "X-Sentry-Auth": auth,
            "User-Agent": CLIENT,
            "Content-Type": "application/x-sentry-envelope",
        }

    async def send(self, report: Report) -> float:
        """See `ErrorReports`. One that is not taken is lost: the log has it."""
        try:
            answer = await ask(
                "POST", self._url, self._headers, body=envelope_of(report, self._program), seconds_max=SEND_SECONDS_MAX
            )
        except ProviderFault:
            return 0.0
        return min(_rest_seconds(answer), REST_SECONDS_MAX)


def envelope_of(report: Report, program: str) -> bytes:
    """The event with its two heads, a line each."""
    id = uuid4().hex
    event = orjson.dumps(_event_of(report, id, program))
    heads = {"event_id": id}, {"type": "event", "length": len(event), "content_type": "application/json"}
    return b"\n".join((*map(orjson.dumps, heads), event)) + b"\n"


def _event_of(report: Report, id: str, program: str) -> dict[str, object]:
    return {
        "event_id": id,
        "timestamp": datetime.fromtimestamp(report.happened_at, UTC).isoformat(),
        "platform": "python",
        "level": "error",
        "logger": "sahne",
        "release": f"sahne@{__version__}",
        "transaction": report.doing,
        "tags": {"program": program, **({"request_id": report.request_id} if report.request_id else {})},
        "exception": {
            "values": [{"type": report.kind, "stacktrace": {"frames": [_frame_of(each) for each in report.frames]}}]
        },
    }


def _frame_of(frame: Frame) -> dict[str, object]:
    return {
        "module": frame.module,
        "filename": frame.module.replace(".", "/") + ".py",
        "function": frame.function,
        "lineno": frame.line,
        "in_app": frame.module.partition(".")[0] == "sahne",
    }


def _rest_seconds(answer: Answer) -> float:
    for limit in A_LIMIT.finditer(answer.headers.get("x-sentry-rate-limits", "")):
        if not limit[2] or {"error", "default"} & set(limit[2].split(";")):
            return float(limit[1])
    if answer.status == TOO_MANY:
        return answer.retry_after_seconds or REST_SECONDS
    return 0.0
