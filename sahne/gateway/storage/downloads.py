"""Downloading: the bytes of an object, whole or in part, or what is known of it. Also HEAD, by the same way.

Objects are other people's files on our own origin, so no answer lets a browser run one: HTML is sent as text, types
are not guessed, and a sandbox holds what is left (an SVG may draw and do nothing else).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sahne.gateway.file_answers import OBJECT_POLICY, ZERO_COPY
from sahne.gateway.storage.answers import answer_json, in_iso
from sahne.gateway.storage.calls import Call
from sahne.gateway.storage.ranges import Span, is_fresh, requested_span
from sahne.objects.read import find_object, find_public_object, open_object
from sahne.objects.rows import StoredObject

# Types that no browser takes for a page, whatever is in them
_RUNS_NOWHERE = re.compile(
    r"image/(avif|gif|jpeg|png|webp)|(video|audio)/[a-z0-9.+-]+|application/octet-stream|text/plain"
)


async def authenticated(call: Call) -> Response:
    """GET /object/{bucket}/{name} and /object/authenticated/…"""
    place = call.place
    return await send_object(
        call, lambda: find_object(call.parts.database, call.actor, place, signed_in=call.signed_in)
    )


async def public(call: Call) -> Response:
    """GET /object/public/{bucket}/{name}"""
    return await send_object(call, lambda: public_row(call))


async def info(call: Call) -> Response:
    """GET /object/info/{bucket}/{name} and /object/info/authenticated/…"""
    row = await find_object(
        call.parts.database,
        call.actor,
        call.place,
        operation="storage.object.info_authenticated",
        signed_in=call.signed_in,
    )
    return _described(row)


async def public_info(call: Call) -> Response:
    """GET /object/info/public/{bucket}/{name}"""
    return _described(await public_row(call))


async def send_object(
    call: Call, find: Callable[[], Awaitable[StoredObject]], *, expires: int | None = None, may_hand_off: bool = True
) -> Response:
    """The object that `find` finds, as the request wants it. `expires` is a signed URL's end in Unix seconds.

    Where the store hands off, who may have it is sent there, unless their client would not go; all else that a request
    can want is answered here.
    """
    if may_hand_off and call.parts.blobs.hands_off and call.request.method == "GET":
        row = await find()
        if (answer := await _handed_off(call, row, expires)) is not None:
            return answer
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(open_object(call.parts.blobs, find))
        row = opened.row
        etag = etag_of(row)
        headers = headers_of(row, etag, expires) | disposition(call, row)
        if is_fresh(call.request.headers, etag, row.updated_at):
            return _unchanged(headers)
        span, is_range = requested_span(call.request.headers, opened.blob.size, etag)
        headers["content-length"] = str(span.stop - span.start)
        if is_range:
            headers["content-range"] = span.content_range
        status = 206 if is_range else 200
        if call.request.method == "HEAD":
            return Headed(status, headers)
        if opened.blob.descriptor is not None and ZERO_COPY in call.request.scope.get("extensions", {}):
            return _FromFile(status, headers, opened.blob.descriptor, span, stack.pop_all())
        return _Streamed(status, headers, opened.blob.chunks(span.start, span.stop), stack.pop_all())


async def _handed_off(call: Call, row: StoredObject, expires: int | None) -> Response | None:
    """Where the bytes are, for whoever was allowed them; the bucket answers for their part, or says it is not there.

    Only what runs nowhere goes there, since the bucket's host knows nothing of our sandbox.

    Nobody keeps this answer: the address holds for a minute, and what is at it is kept by its own headers.
    """
    etag = etag_of(row)
    headers = headers_of(row, etag, expires) | disposition(call, row)
    if not _RUNS_NOWHERE.fullmatch(headers["content-type"].partition(";")[0]):
        return None
    if is_fresh(call.request.headers, etag, row.updated_at):
        return _unchanged(headers)
    address = await call.parts.blobs.address(row.version, headers)
    if address is None:
        return None
    return Response(None, 307, {"location": address, "cache-control": "no-store"})


def _unchanged(headers: dict[str, str]) -> Response:
    return Response(None, 304, {name: headers[name] for name in ("etag", "cache-control", "last-modified")})


async def public_row(call: Call) -> StoredObject:
    async with call.in_pipeline() as pipeline:
        return await find_public_object(pipeline, call.actor, call.place)


def _described(row: StoredObject) -> Response:
    """No owner: in public buckets it would tell whose profile a folder is."""
    answer = answer_json(
        {
            "id": str(row.id),
            "name": row.name,
            "version": row.version,
            "bucket_id": row.bucket_id,
            "size": row.size,
            "content_type": row.mimetype,
            "cache_control": row.metadata.get("cacheControl"),
            "etag": row.metadata.get("eTag"),
            "metadata": row.user_metadata or {},
            "last_modified": in_iso(row.updated_at),
            "created_at": in_iso(row.created_at),
        }
    )
    answer.headers["etag"] = etag_of(row)
    answer.headers["last-modified"] = _in_http(row.updated_at)
    return answer


def etag_of(row: StoredObject) -> str:
    return str(row.metadata.get("eTag") or f'"{row.version}"')


def _in_http(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def headers_of(row: StoredObject, etag: str, expires: int | None) -> dict[str, str]:
    headers = {
        "accept-ranges": "bytes",
        "content-type": "text/plain" if "html" in row.mimetype.lower() else row.mimetype,
        "etag": etag,
        "last-modified": _in_http(row.updated_at),
        "cache-control": str(row.metadata.get("cacheControl") or "no-cache"),
        "x-content-type-options": "nosniff",
        "content-security-policy": OBJECT_POLICY,
    }
    if expires is not None:
        headers["expires"] = format_datetime(datetime.fromtimestamp(expires, UTC), usegmt=True)
    return headers


def disposition(call: Call, row: StoredObject) -> dict[str, str]:
    filename = call.request.query_params.get("download")
    if filename is None:
        return {}
    name = quote(filename or row.name.rsplit("/", 1)[-1], safe="")
    return {"content-disposition": f"attachment; filename={name}; filename*=UTF-8''{name}"}


class Headed(Response):
    """An answer to HEAD: the length of a body that is not sent."""

    def __init__(self, status: int, headers: dict[str, str]) -> None:
        super().__init__(None, status, headers)

    def init_headers(self, headers: object = None) -> None:
        assert isinstance(headers, dict)
        self.raw_headers = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


class _FromFile(Headed):
    """An answer whose body the kernel takes straight from a file; the server notices who goes and who takes nothing."""

    def __init__(
        self, status: int, headers: dict[str, str], descriptor: int, span: Span, stack: AsyncExitStack
    ) -> None:
        super().__init__(status, headers)
        self._part = {"file": descriptor, "offset": span.start, "count": span.stop - span.start}
        self._stack = stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        async with self._stack:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": ZERO_COPY, "more_body": True, **self._part})
            await send({"type": "http.response.body", "body": b""})


class _Streamed(Headed):
    """An answer whose body is sent in messages. A client that takes nothing for a while is cut off before us."""

    def __init__(
        self, status: int, headers: dict[str, str], chunks: AsyncIterator[bytes], stack: AsyncExitStack
    ) -> None:
        super().__init__(status, headers)
        self._chunks = chunks
        self._stack = stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        departure = asyncio.create_task(_until_gone(receive))
        try:
            async with self._stack:
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                async for chunk in self._chunks:
                    if departure.done():
                        raise ClientDisconnect
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except ClientDisconnect:
            return
        finally:
            departure.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
