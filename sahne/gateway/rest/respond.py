"""The answer of PostgreSQL as an HTTP response: status, headers, body. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import orjson

from sahne.gateway.rest.errors import BadRange, BadResponseHeaders, BadResponseStatus, Header
from sahne.gateway.rest.query.read import ROWS_MAX
from sahne.gateway.rest.request import CONTENT_TYPES, RestRequest
from sahne.gateway.rest.run import Answer
from sahne.gateway.rest.syntax import Query

Response = tuple[int, list[Header], bytes]


def respond_read(request: RestRequest, answer: Answer, query: Query, values: Sequence[str]) -> Response:
    """A table's or function's rows: 200, or 206 where the count says that there are more."""
    offset = int(values[query.offsets[()].place]) if () in query.offsets else 0
    total = _total(request, answer, offset, limited=() in query.limits)
    headers: list[Header] = [
        (b"content-type", CONTENT_TYPES[request.media_type]),
        (b"content-range", _content_range(offset, answer.page, total)),
    ]
    if request.applied:
        headers.append((b"preference-applied", request.applied))
    status = 206 if total is not None and answer.page < total and request.media_type != "object" else 200
    return finish(status, headers, answer, b"" if request.method == "HEAD" else answer.body or b"")


def _total(request: RestRequest, answer: Answer, offset: int, *, limited: bool) -> int | None:
    total = answer.total
    if total is None:
        return None
    if request.preferences.count == "exact":
        if offset > total:
            raise BadRange(details=f"An offset of {offset} was requested, but there are only {total} rows.")
        return total
    if request.preferences.count == "estimated" and not limited and answer.page < ROWS_MAX:
        return offset + answer.page
    return max(total, offset + answer.page)  # an estimate must not deny what is there


def respond_write(request: RestRequest, answer: Answer, primary_key: Sequence[str]) -> Response:
    """An insert, update or delete."""
    preferences = request.preferences
    with_rows = preferences.returns == "representation"
    total = str(answer.page) if preferences.count == "exact" else "*"
    headers: list[Header] = []
    if request.method == "POST":
        status = 201
        headers.append((b"content-range", f"*/{total}".encode()))
        if preferences.returns == "headers-only" and answer.page == 1 and primary_key:
            headers.append((b"location", _location(request, answer.body or b"[]")))
    elif request.method == "PUT":
        status = 200 if with_rows else 204
    else:
        status = 200 if with_rows else 204
        pages = f"0-{answer.page - 1}" if answer.page and request.method == "PATCH" else "*"
        headers.append((b"content-range", f"{pages}/{total}".encode()))
    if request.applied:
        headers.append((b"preference-applied", request.applied))
    if not with_rows:
        return finish(status, headers, answer, b"")
    headers.append((b"content-type", CONTENT_TYPES[request.media_type]))
    return finish(status, headers, answer, answer.body or b"")


def respond_scalar(request: RestRequest, answer: Answer, *, void: bool) -> Response:
    """A function that returns a value, or nothing at all (204)."""
    if void:
        return finish(204, [], answer, b"")
    headers: list[Header] = [(b"content-type", CONTENT_TYPES["json"])]
    return finish(200, headers, answer, b"" if request.method == "HEAD" else answer.body or b"null")


def finish(status: int, headers: list[Header], answer: Answer, body: bytes) -> Response:
    """Apply what a function set in `response.status` and `response.headers`."""
    if answer.status:
        if not answer.status.isdigit():
            raise BadResponseStatus()
        status = int(answer.status)
    if answer.headers:
        try:
            given = orjson.loads(answer.headers)
            added = [(k.lower().encode(), v.encode()) for each in given for k, v in each.items()]
        except (ValueError, AttributeError, TypeError) as error:
            raise BadResponseHeaders() from error
        names = {name for name, _ in added}
        headers = [header for header in headers if header[0] not in names] + added
    return status, headers, body


def _content_range(offset: int, page: int, total: int | None) -> bytes:
    whole = "*" if total is None else str(total)
    return f"{offset}-{offset + page - 1}/{whole}".encode() if page else f"*/{whole}".encode()


def _location(request: RestRequest, body: bytes) -> bytes:
    rows = orjson.loads(body)
    key = rows[0] if isinstance(rows, list) else rows
    return (
        "/" + quote(request.target) + "?" + "&".join(f"{quote(k)}=eq.{quote(str(v))}" for k, v in key.items())
    ).encode()
