"""Image rendering: a stored picture in the size, shape and format that is asked for, at `/render/image`."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.responses import Response

from sahne.gateway.storage.calls import Call
from sahne.gateway.storage.downloads import disposition, etag_of, headers_of, public_row
from sahne.gateway.storage.ranges import is_fresh
from sahne.objects.errors import BytesMissing
from sahne.objects.read import OVERWRITES_FOLLOWED_MAX, find_object
from sahne.objects.rows import StoredObject
from sahne.objects.transforms import Transform, transform_from
from sahne.pictures import picture_type
from sahne.providers.blobs import BlobMissing

AUTHENTICATED = "storage.render.image_authenticated"
WEBP = "image/webp"

Find = Callable[[], Awaitable[StoredObject]]


async def authenticated(call: Call) -> Response:
    """GET /render/image/authenticated/{bucket}/{name}"""
    place = call.place
    return await send_rendering(
        call,
        lambda: find_object(call.parts.database, call.actor, place, operation=AUTHENTICATED, signed_in=call.signed_in),
        transform_from(call.request.query_params),
    )


async def public(call: Call) -> Response:
    """GET /render/image/public/{bucket}/{name}"""
    return await send_rendering(call, lambda: public_row(call), transform_from(call.request.query_params))


async def send_rendering(call: Call, find: Find, wish: Transform, expires: int | None = None) -> Response:
    """The object that `find` finds, rendered. `expires` is a signed URL's end in Unix seconds."""
    by_accept = wish.format is None
    if by_accept and WEBP in call.request.headers.get("accept", ""):
        wish = replace(wish, format="webp")
    row = await find()
    etag = f'"{hashlib.sha256(f"{etag_of(row)} {wish}".encode()).hexdigest()[:32]}"'
    headers = headers_of(row, etag, expires) | disposition(call, row)
    del headers["accept-ranges"]
    if by_accept:
        headers["vary"] = "accept"
    if is_fresh(call.request.headers, etag, row.updated_at):
        kept = ("etag", "cache-control", "last-modified", "vary")
        return Response(None, 304, {name: headers[name] for name in kept if name in headers})
    content = await _rendered(call, find, row, wish)
    headers["content-type"] = picture_type(content) or "application/octet-stream"
    return Response(content, 200, headers)


async def _rendered(call: Call, find: Find, row: StoredObject, wish: Transform) -> bytes:
    for _ in range(OVERWRITES_FOLLOWED_MAX):
        try:
            return await call.parts.renderings.find(row.version, wish)
        except BlobMissing:
            earlier, row = row, await find()
            if row.version == earlier.version:
                break
    raise BytesMissing(details=f"{row.bucket_id}/{row.name}")
