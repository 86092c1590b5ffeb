"""Answers in Storage's words: almost every error is HTTP 400 with the real status inside, as its clients expect."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from psycopg import DataError
from psycopg.errors import QueryCanceled
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from sahne.errors import SahneError, Unavailable
from sahne.objects.errors import AccessDenied, InvalidParameter, ServiceRoleNeeded
from sahne.telemetry import Failed, current_request_id, observe

# What stands in `error` where it is not the code itself
ERROR_NAMES = {
    "NoSuchBucket": "Bucket not found",
    "NoSuchKey": "not_found",
    "KeyAlreadyExists": "Duplicate",
    "BucketAlreadyExists": "Duplicate",
    "AccessDenied": "Unauthorized",
    "EntityTooLarge": "Payload too large",
    "QuotaExceeded": "Payload too large",
    "InvalidMimeType": "invalid_mime_type",
    "InvalidRange": "invalid_range",
    "InvalidBucketName": "Invalid Input",
}
STATUS_DATABASE_TIMEOUT = 544


class InvalidRange(InvalidParameter):
    """invalid range provided"""

    code = "InvalidRange"
    status = 416

    def __init__(self, asked: str, size: int) -> None:
        super().__init__(details=asked, hint=f"The object has {size} bytes.")
        self.size = size


class FeatureNotEnabled(InvalidParameter):
    """The feature is not enabled for this resource"""

    code = "FeatureNotEnabled"
    status = 409


class DatabaseTimeout(SahneError):
    """The connection to the database timed out"""

    code = "DatabaseTimeout"
    status = STATUS_DATABASE_TIMEOUT


class SlowBody(SahneError):
    """The body did not come in time."""

    code = "Aborted"
    status = 408


def answer_json(value: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(value, default=str), status, media_type="application/json")


def answer_error(request: Request, error: Exception) -> Response:
    """An error as Storage's clients read it."""
    refusal = refusal_of(request, error)
    code = "InternalError" if refusal.code == "internal" else refusal.code
    body: dict[str, Any] = {
        "statusCode": str(refusal.status),
        "error": ERROR_NAMES.get(code, code),
        "message": refusal.message,
        "code": code,
    }
    if refusal.hint:
        body["hint"] = refusal.hint
    answer = answer_json(body, refusal.status if _is_said_outside(refusal) else 400)
    answer.headers["cache-control"] = "no-store"
    if refusal.status in (503, 504):
        answer.headers["retry-after"] = "1"
    if isinstance(refusal, InvalidRange):
        answer.headers["content-range"] = f"bytes */{refusal.size}"
    return answer


def refusal_of(request: Request, error: Exception) -> SahneError:
    """What a client is told of an error; of what is our own fault, nothing: that is told to telemetry."""
    refusal = _refusal(error)
    if refusal is None:
        what = f"{request.method} {request.url.path}"
        observe(Failed.of(what, error))
        hint = f"The fault is ours; request id {current_request_id()} finds it in the log."
        refusal = SahneError("Internal server error", hint=hint)
    return refusal


def no_such_route(request: Request) -> Response:
    """What is not a route of this door."""
    message = f"Route {request.method}:{request.url.path} not found"
    return answer_json({"message": message, "error": "Not Found", "statusCode": "404", "code": "NotFound"}, 404)


def _is_said_outside(refusal: SahneError) -> bool:
    """Whether the answer's own status says it too."""
    return refusal.status in (416, 500, 503, 504) or isinstance(refusal, ServiceRoleNeeded)


def _refusal(error: Exception) -> SahneError | None:
    if isinstance(error, Unavailable):
        return error
    if isinstance(error, SahneError):
        return error if error.status != 500 else None
    if isinstance(error, QueryCanceled):
        return DatabaseTimeout()
    if isinstance(error, DataError):
        return InvalidParameter("A value cannot be stored.", hint="NUL characters cannot.")
    if isinstance(error, TimeoutError):
        return SlowBody()
    if isinstance(error, ClientDisconnect):
        return AccessDenied("The client went away.")
    return None


def in_iso(moment: datetime | None) -> str | None:
    """A moment as JavaScript writes one: UTC, milliseconds, Z."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
