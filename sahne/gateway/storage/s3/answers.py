"""Answers in S3's words."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from sahne.errors import SahneError
from sahne.gateway.storage.answers import InvalidRange, in_iso, refusal_of
from sahne.gateway.storage.s3.xml import Value, written

# S3's names for what Storage calls otherwise, and S3's status where it is another
CODES = {
    "ResourceNotEmpty": "BucketNotEmpty",
    "InvalidKey": "InvalidArgument",
    "InvalidParameter": "InvalidArgument",
    "QuotaExceeded": "EntityTooLarge",
    "InternalError": "InternalError",
    "internal": "InternalError",
    "ResourceLocked": "OperationAborted",
    "Aborted": "RequestTimeout",
    "DatabaseTimeout": "ServiceUnavailable",
    "bodies_busy": "SlowDown",
    "Locked": "SlowDown",
}
STATUSES = {"EntityTooLarge": 400, "RequestTimeout": 400, "ServiceUnavailable": 503, "SlowDown": 503}


def answer_xml(root: str, values: dict[str, Value], status: int = 200) -> Response:
    """A document."""
    return Response(written(root, values), status, media_type="application/xml")


def answer_error(request: Request, error: Exception) -> Response:
    """An error as S3's clients read it; to HEAD its status alone."""
    refusal = refusal_of(request, error)
    code = CODES.get(refusal.code, refusal.code)
    status = STATUSES.get(code, refusal.status)
    headers = {"content-range": f"bytes */{refusal.size}"} if isinstance(refusal, InvalidRange) else {}
    if "expect" in request.headers:
        headers["connection"] = (
            "close"  # a client that waited to be told so sends no body now, and its end is not known
        )
    if request.method == "HEAD":
        return Response(None, status, headers)
    values: dict[str, Value] = {
        "Code": code,
        "Message": _message(refusal),
        "Resource": request.url.path,
        "RequestId": str(request.scope.get("request_id", "")),
    }
    return Response(written("Error", values, namespace=None), status, headers, media_type="application/xml")


def moment(value: datetime | None) -> str | None:
    """A moment as S3 writes one in a document."""
    return in_iso(value)


def _message(refusal: SahneError) -> str:
    return f"{refusal.message} ({refusal.hint})" if refusal.hint else refusal.message
