"""The answer of PostgreSQL as an HTTP response: status, headers, body. Pure."""

from __future__ import annotations

from typing import assert_never
from urllib.parse import quote

import orjson

from sahne.gateway.asgi import Header
from sahne.gateway.rest.errors import BadRange, BadResponseHeaders, BadResponseStatus
from sahne.gateway.rest.preferences import OF_WRITES
from sahne.gateway.rest.query.statement import Ready
from sahne.gateway.rest.request import RestRequest
from sahne.gateway.rest.run import Answer

Response = tuple[int, list[Header], bytes]


def respond(request: RestRequest, ready: Ready, answer: Answer) -> Response:
    """What a request is answered with."""
    gives = ready.statement.gives
    if gives == "rows":
        return _rows(request, ready, answer)
    if gives == "written":
        return _change(request, ready, answer)
    if gives == "value":
        return _value(request, ready, answer)
    if gives == "nothing":
        return _nothing(request, ready, answer)
    if gives == "plan":
        return _plan(request, ready, answer)
    assert_never(gives)


def _rows(request: RestRequest, ready: Ready, answer: Answer) -> Response:
    """A table's or function's rows: 200, or 206 where the count says that there are more."""
    query = ready.query
    offset = int(ready.values[query.offsets[()].place]) if () in query.offsets else 0
    total = _total(request, ready, answer, offset)
    headers: list[Header] = [
        (b"content-type", ready.statement.content_type),
        (b"content-range", _content_range(offset, answer.page, total)),
    ]
    _dress(headers, request, ready)
    status = 206 if total is not None and answer.page < total else 200
    return _finish(status, headers, answer, _body(request, answer))


def _body(request: RestRequest, answer: Answer) -> bytes:
    if request.method == "HEAD":
        return b""
    return b"null" if answer.body is None else answer.body


def _total(request: RestRequest, ready: Ready, answer: Answer, offset: int) -> int | None:
    total = answer.total
    if total is None:
        return None
    if request.preferences.count == "exact":
        if offset > total:
            raise _beyond(offset, total)
        return total
    rows_max = ready.statement.rows_max
    is_all = () not in ready.query.limits and (rows_max is None or answer.page < rows_max)
    if request.preferences.count == "estimated" and is_all:
        return offset + answer.page
    return max(total, offset + answer.page)  # an estimate must not deny what is there


def _beyond(offset: int, total: int) -> BadRange:
    return BadRange(details=f"An offset of {offset} was requested, but there are only {total} rows.", total=total)


def _change(request: RestRequest, ready: Ready, answer: Answer) -> Response:
    """An insert, update or delete."""
    preferences = request.preferences
    with_rows = preferences.returns == "representation"
    total = str(answer.page) if preferences.count == "exact" else "*"
    headers: list[Header] = []
    if request.method == "POST":
        status = 200 if answer.inserted == 0 and answer.page else 201
        headers.append((b"content-range", f"*/{total}".encode()))
        if preferences.returns == "headers-only" and answer.page == 1 and answer.body:
            headers.append((b"location", _location(request, answer.body)))
    elif request.method == "PUT":
        status = 201 if answer.inserted else 200 if with_rows else 204
    else:
        status = 200 if with_rows else 204
        pages = f"0-{answer.page - 1}" if answer.page and request.method == "PATCH" else "*"
        headers.append((b"content-range", f"{pages}/{total}".encode()))
    if with_rows:
        headers.append((b"content-type", ready.statement.content_type))
    _dress(headers, request, ready)
    return _finish(status, headers, answer, answer.body or b"" if with_rows else b"")


def _value(request: RestRequest, ready: Ready, answer: Answer) -> Response:
    """What a function gives that returns no rows of columns: one value, or a page of them."""
    query = ready.query
    offset = int(ready.values[query.offsets[()].place]) if () in query.offsets else 0
    total = answer.total
    if total is not None and offset > total:
        raise _beyond(offset, total)
    headers: list[Header] = [
        (b"content-type", ready.statement.content_type),
        (b"content-range", _content_range(offset, answer.page, total)),
    ]
    _dress(headers, request, ready)
    status = 206 if total is not None and answer.page < total else 200
    return _finish(status, headers, answer, _body(request, answer))


def _nothing(request: RestRequest, ready: Ready, answer: Answer) -> Response:
    total = answer.page if request.preferences.count == "exact" else None
    headers: list[Header] = [(b"content-range", _content_range(0, answer.page, total))]
    _dress(headers, request, ready)
    return _finish(204, headers, answer, b"")


def _plan(request: RestRequest, ready: Ready, answer: Answer) -> Response:
    assert request.explain is not None
    headers: list[Header] = [(b"content-type", request.explain.content_type)]
    _dress(headers, request, ready)
    return 200, headers, b"" if request.method == "HEAD" else answer.body or b""


def _dress(headers: list[Header], request: RestRequest, ready: Ready) -> None:
    """What of the request was heeded: its preferences, its schema."""
    applied = request.applied
    if request.preferences.resolution and (request.method == "PUT" or not ready.statement.resolves):
        applied = request.preferences.applied(OF_WRITES - {"resolution"})
    if applied:
        headers.append((b"preference-applied", applied))
    profile = ready.statement.around.profile
    if profile is not None:
        headers.append((b"content-profile", profile))


def _finish(status: int, headers: list[Header], answer: Answer, body: bytes) -> Response:
    """Apply what a function set in `response.status` and `response.headers`."""
    if answer.status:
        if not answer.status.isdigit():
            raise BadResponseStatus()
        status = int(answer.status)
    if answer.headers:
        try:
            pairs = orjson.loads(answer.headers)
            extra = [(k.lower().encode(), v.encode()) for each in pairs for k, v in each.items()]
        except (ValueError, AttributeError, TypeError) as error:
            raise BadResponseHeaders() from error
        names = {name for name, _ in extra}
        headers = [header for header in headers if header[0] not in names] + extra
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
