"""Objects in S3's protocol: putting, getting, copying and removing them."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.responses import Response

from sahne.gateway.storage.calls import Call, upload_chunks
from sahne.gateway.storage.downloads import send_object
from sahne.gateway.storage.forms import header_value
from sahne.gateway.storage.s3.answers import answer_xml, moment
from sahne.gateway.storage.s3.bodies import SigningKey, body_of
from sahne.gateway.storage.s3.errors import InvalidArgument, MalformedXml
from sahne.gateway.storage.s3.xml import BODY_BYTES_MAX, Value, read
from sahne.objects.errors import EntityTooLarge, NoSuchKey
from sahne.objects.moving import Change, Copy, copy_object
from sahne.objects.names import Place, object_place
from sahne.objects.read import find_names, find_object
from sahne.objects.remove import REMOVED_AT_ONCE_MAX, remove_object, remove_objects
from sahne.objects.rows import StoredObject
from sahne.objects.store import Content, Upload, store_object

UPLOAD = "storage.s3.upload"
GET = "storage.s3.object.get"
DELETE_MANY = "storage.s3.object.delete_many"
META = "x-amz-meta-"
META_BYTES_MAX = 8 * 1024
_META_VALUE = re.compile(r"[\x20-\x7e]*")
_META_NAME = re.compile(r"[a-z0-9_.-]{1,128}")


@dataclass(frozen=True, slots=True)
class Signed:
    """A call, and what its body was signed with."""

    call: Call
    signing: SigningKey


async def put(signed: Signed) -> Response:
    """PutObject: made or replaced."""
    call = signed.call
    chunks, size = body_of(upload_chunks(call.request), call.request.headers, signed.signing)
    upload = Upload(
        call.place,
        content_of(call),
        how="upsert",
        declared_bytes=size,
        bytes_max=call.parts.settings.upload_bytes_max,
        operation=UPLOAD,
    )
    await store_object(call.parts.database, call.parts.blobs, call.actor, upload, chunks)
    row = await find_object(call.parts.database, call.actor, call.place, operation=UPLOAD)
    return Response(None, 200, {"etag": etag_of(row)})


async def get(signed: Signed) -> Response:
    """GetObject, HeadObject"""
    call = signed.call
    found: list[StoredObject] = []

    async def find() -> StoredObject:
        found[:] = [await find_object(call.parts.database, call.actor, call.place, operation=GET)]
        return found[0]

    answer = await send_object(call, find)
    for name, value in (found[0].user_metadata or {}).items():
        if _META_NAME.fullmatch(name.lower()) and isinstance(value, str) and _META_VALUE.fullmatch(value):
            answer.raw_headers.append((f"{META}{name.lower()}".encode(), value.encode()))
    return answer


async def delete(signed: Signed) -> Response:
    """DeleteObject: whether or not there is one."""
    call = signed.call
    with contextlib.suppress(NoSuchKey):
        await remove_object(call.parts.database, call.parts.blobs, call.actor, call.place)
    return Response(None, 204)


async def delete_many(signed: Signed) -> Response:
    """DeleteObjects: what is there and may not be removed is told as an error."""
    call = signed.call
    document = read(await whole_body(signed))
    names = [element.findtext("Key") or "" for element in document.findall("Object")]
    if not names or len(names) > REMOVED_AT_ONCE_MAX:
        raise MalformedXml()
    database, blobs = call.parts.database, call.parts.blobs
    rows = await remove_objects(database, blobs, call.actor, call.bucket, names, operation=DELETE_MANY)
    removed = {row.name for row in rows}
    left = await find_names(database, call.actor, call.bucket, [name for name in names if name not in removed])
    is_quiet = document.findtext("Quiet") == "true"
    deleted: list[Value] = [] if is_quiet else [{"Key": name} for name in names if name not in left]
    refused: list[Value] = [
        {"Key": name, "Code": "AccessDenied", "Message": "Access denied"} for name in names if name in left
    ]
    return answer_xml("DeleteResult", {"Deleted": deleted, "Error": refused})


async def copy(signed: Signed) -> Response:
    """CopyObject: with what is known of the source, or what is said instead."""
    call = signed.call
    replaces = call.request.headers.get("x-amz-metadata-directive", "COPY").upper() == "REPLACE"
    content = content_of(call)
    change = Change(content.mimetype, content.cache_control, content.user_metadata) if replaces else None
    what = Copy(source_of(call), call.place, change, "upsert")
    row = await copy_object(call.parts.database, call.parts.blobs, call.actor, what)
    return answer_xml("CopyObjectResult", {"ETag": etag_of(row), "LastModified": moment(row.updated_at)})


def content_of(call: Call) -> Content:
    """What the headers say of an object. Raises InvalidArgument."""
    headers = call.request.headers
    named: dict[str, Any] = {name.removeprefix(META): value for name, value in headers.items() if name.startswith(META)}
    if sum(len(name) + len(value) for name, value in named.items()) > META_BYTES_MAX:
        raise InvalidArgument("Your metadata headers exceed the maximum allowed metadata size")
    return Content(
        headers.get("content-type") or "application/octet-stream",
        header_value(headers.get("cache-control")) or "no-cache",
        named or None,
    )


def source_of(call: Call) -> Place:
    """The object that `x-amz-copy-source` names. Raises InvalidArgument, InvalidKey."""
    path = unquote(call.request.headers.get("x-amz-copy-source", "")).partition("?versionId=")[0]
    bucket, slash, name = path.removeprefix("/").partition("/")
    if not slash:
        raise InvalidArgument("Copy Source must mention the source bucket and key")
    return object_place(bucket, name)


def etag_of(row: StoredObject) -> str:
    """The entity tag, in its quotes."""
    return str(row.metadata.get("eTag") or f'"{row.version}"')


async def whole_body(signed: Signed) -> bytes:
    """The document in a body. Raises EntityTooLarge."""
    chunks, _ = body_of(upload_chunks(signed.call.request), signed.call.request.headers, signed.signing)
    content = bytearray()
    with signed.call.parts.bodies.of_request(signed.call.request.scope) as held:
        async for chunk in chunks:
            content += chunk
            if held.grow(len(chunk)) > BODY_BYTES_MAX:
                raise EntityTooLarge(hint=f"The limit is {BODY_BYTES_MAX} bytes.")
    return bytes(content)
