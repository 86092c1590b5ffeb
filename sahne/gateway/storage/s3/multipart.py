"""Multipart uploads in S3's protocol: parts in any order, each sent again as often as it takes, ended by a list."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from starlette.responses import Response

from sahne.gateway.storage.calls import Call, upload_chunks
from sahne.gateway.storage.ranges import requested_span
from sahne.gateway.storage.s3.answers import answer_xml, moment
from sahne.gateway.storage.s3.bodies import body_of
from sahne.gateway.storage.s3.errors import InvalidArgument, InvalidPart, InvalidPartOrder, MalformedXml
from sahne.gateway.storage.s3.objects import Signed, content_of, etag_of, source_of, whole_body
from sahne.gateway.storage.s3.xml import Value, read
from sahne.objects.ends import End, HasEnded, one_end
from sahne.objects.errors import NoSuchUpload
from sahne.objects.multipart import (
    FIRST_ID,
    PARTS_MAX,
    UPLOADS_AT_ONCE_MAX,
    Part,
    UnderWay,
    complete,
    list_parts,
    list_uploads,
    put_part,
)
from sahne.objects.read import find_object, read_object
from sahne.objects.store import Upload
from sahne.objects.unfinished import Unfinished, begin_upload, find_upload, give_up, holder_of

CREATE = "storage.s3.upload.create_multipart"
COMPLETE = "storage.s3.upload.complete_multipart"
END_WAIT_SECONDS = 60.0  # for the same end that was asked for before


async def begin(signed: Signed) -> Response:
    """CreateMultipartUpload"""
    call = signed.call
    upload = Upload(
        call.place,
        content_of(call),
        how="upsert",
        bytes_max=call.parts.settings.upload_bytes_max,
        operation=CREATE,
    )
    unfinished = await begin_upload(
        call.parts.database, call.actor, holder_of(call.actor), upload, call.address_of_nobody
    )
    values: dict[str, Value] = {"Bucket": call.bucket, "Key": call.place.name, "UploadId": str(unfinished.id)}
    return answer_xml("InitiateMultipartUploadResult", values)


async def put(signed: Signed) -> Response:
    """UploadPart"""
    call = signed.call
    unfinished, number = await _find_open(call), _number(call)
    chunks, _ = body_of(upload_chunks(call.request), call.request.headers, signed.signing)
    limit = call.parts.settings.upload_bytes_max
    md5 = await put_part(call.parts.database, call.parts.blobs, unfinished, number, chunks, limit)
    return Response(None, 200, {"etag": f'"{md5}"'})


async def put_copy(signed: Signed) -> Response:
    """UploadPartCopy: a part that is, or lies in, an object."""
    call = signed.call
    unfinished, number, limit = await _find_open(call), _number(call), call.parts.settings.upload_bytes_max
    database, blobs = call.parts.database, call.parts.blobs
    async with read_object(database, blobs, call.actor, source_of(call)) as source:
        asked = {"range": call.request.headers.get("x-amz-copy-source-range", "")}
        span, _ = requested_span(asked, source.blob.size, etag_of(source.row))
        chunks = source.blob.chunks(span.start, span.stop)
        md5 = await put_part(database, blobs, unfinished, number, chunks, limit)
    values: dict[str, Value] = {"ETag": f'"{md5}"', "LastModified": moment(source.row.updated_at)}
    return answer_xml("CopyPartResult", values)


async def end(signed: Signed) -> Response:
    """CompleteMultipartUpload. What was ended before, or is being ended, is answered the same."""
    call = signed.call
    unfinished = await _find(call)
    with suppress(HasEnded):
        async with one_end(call.parts.database, unfinished.id, wait_seconds=END_WAIT_SECONDS) as end:
            await _complete(signed, unfinished, end)
    row = await find_object(call.parts.database, call.actor, call.place, operation=COMPLETE)
    values: dict[str, Value] = {
        "Location": f"{call.parts.settings.api_url}/storage/v1/s3/{call.place}",
        "Bucket": call.bucket,
        "Key": call.place.name,
        "ETag": etag_of(row),
    }
    return answer_xml("CompleteMultipartUploadResult", values)


async def abort(signed: Signed) -> Response:
    """AbortMultipartUpload"""
    call = signed.call
    await give_up(call.parts.database, call.parts.blobs, await _find(call))
    return Response(None, 204)


async def show_parts(signed: Signed) -> Response:
    """ListParts: all of them."""
    call = signed.call
    parts = await list_parts(call.parts.database, await _find(call))
    listed: list[Value] = [
        {
            "PartNumber": part.number,
            "LastModified": moment(part.created_at),
            "ETag": f'"{part.md5}"',
            "Size": part.bytes,
        }
        for part in parts
    ]
    values: dict[str, Value] = {
        "Bucket": call.bucket,
        "Key": call.place.name,
        "UploadId": call.request.query_params["uploadId"],
        "StorageClass": "STANDARD",
        "MaxParts": PARTS_MAX,
        "IsTruncated": False,
        "Part": listed,
    }
    return answer_xml("ListPartsResult", values)


async def show_all(signed: Signed) -> Response:
    """ListMultipartUploads: the caller's own; to who is nobody none, for who knows an upload's id goes on with it."""
    call, query = signed.call, signed.call.request.query_params
    after = (query.get("key-marker", ""), _id(query.get("upload-id-marker")) or FIRST_ID)
    prefix = query.get("prefix", "")
    uploads: list[UnderWay] = []
    if not call.is_nobodys:
        uploads = await list_uploads(
            call.parts.database, holder_of(call.actor), call.bucket, prefix, after, UPLOADS_AT_ONCE_MAX + 1
        )
    shown, more = uploads[:UPLOADS_AT_ONCE_MAX], len(uploads) > UPLOADS_AT_ONCE_MAX
    listed: list[Value] = [
        {"Key": upload.name, "UploadId": str(upload.id), "Initiated": moment(upload.created_at)} for upload in shown
    ]
    values: dict[str, Value] = {
        "Bucket": call.bucket,
        "Prefix": prefix,
        "MaxUploads": UPLOADS_AT_ONCE_MAX,
        "IsTruncated": more,
        "NextKeyMarker": shown[-1].name if more else None,
        "NextUploadIdMarker": str(shown[-1].id) if more else None,
        "Upload": listed,
    }
    return answer_xml("ListMultipartUploadsResult", values)


async def _complete(signed: Signed, unfinished: Unfinished, end: End) -> None:
    call = signed.call
    parts = _listed(await whole_body(signed), await list_parts(call.parts.database, unfinished))
    size = sum(part.bytes for part in parts)
    bounded = replace(unfinished.upload, bytes_max=call.parts.settings.upload_bytes_max, declared_bytes=size)
    unfinished = replace(unfinished, upload=bounded)
    await complete(call.parts.database, call.parts.blobs, call.actor, unfinished, parts, end)


def _listed(body: bytes, there: list[Part]) -> list[Part]:
    """The parts that a client's list names. Raises MalformedXml, InvalidPart, InvalidPartOrder."""
    by_number = {part.number: part for part in there}
    named: list[Part] = []
    for element in read(body).findall("Part"):
        number, etag = element.findtext("PartNumber") or "", (element.findtext("ETag") or "").strip().strip('"')
        part = by_number.get(int(number)) if number.isascii() and number.isdecimal() and len(number) < 6 else None
        if part is None or part.md5 != etag:
            raise InvalidPart(details=number[:100])
        if named and named[-1].number >= part.number:
            raise InvalidPartOrder()
        named.append(part)
    if not named:
        raise MalformedXml()
    return named


async def _find(call: Call) -> Unfinished:
    id = _id(call.request.query_params.get("uploadId"))
    if id is None:
        raise NoSuchUpload()
    unfinished = await find_upload(call.parts.database, id, holder_of(call.actor), operation=COMPLETE, numbered=True)
    if unfinished.upload.place != call.place:
        raise NoSuchUpload()
    return unfinished


async def _find_open(call: Call) -> Unfinished:
    """One that takes parts."""
    unfinished = await _find(call)
    if unfinished.has_ended:
        raise NoSuchUpload()
    return unfinished


def _number(call: Call) -> int:
    text = call.request.query_params.get("partNumber", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= PARTS_MAX):
        raise InvalidArgument(f"Part number must be an integer between 1 and {PARTS_MAX}, inclusive")
    return int(text)


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
