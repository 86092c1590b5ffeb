"""The calls on objects that move no bytes through the door: list, move, copy, remove."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from pydantic import Field
from starlette.responses import Response

from sahne.database.actor import SERVICE_ROLE
from sahne.gateway.storage.answers import answer_json, in_iso
from sahne.gateway.storage.calls import Call, LenientBody
from sahne.gateway.storage.forms import user_metadata
from sahne.gateway.storage.uploads import wants_upsert
from sahne.objects.errors import InvalidParameter
from sahne.objects.listing import After, Entry, Listing, after_entry, list_objects
from sahne.objects.moving import Change, Copy, copy_object, move_object
from sahne.objects.names import object_place
from sahne.objects.remove import REMOVED_AT_ONCE_MAX, remove_object, remove_objects
from sahne.objects.rows import StoredObject

V2_LIMIT = 1000
OFFSET_MAX = 1_000_000


class SortBy(LenientBody):
    """The order of a list. An unknown column is the name, as Supabase has it."""

    column: str | None = "name"
    order: Literal["asc", "desc"] | None = "asc"


class ListBody(LenientBody):
    """What storage-js' `list` sends."""

    prefix: str = Field(default="", max_length=1024)
    limit: int = Field(default=100, ge=1)
    offset: int = Field(default=0, ge=0, le=OFFSET_MAX)
    search: str | None = Field(default=None, max_length=1024)
    sortBy: SortBy | None = None


class ListV2Body(LenientBody):
    """What storage-js' `listV2` sends."""

    prefix: str | None = Field(default=None, max_length=1024)
    limit: int | None = Field(default=None, ge=1)
    cursor: str | None = Field(default=None, max_length=8192)
    with_delimiter: bool | None = None
    sortBy: SortBy | None = None


class MoveBody(LenientBody):
    """Where from and where to."""

    bucketId: str
    sourceKey: str
    destinationKey: str
    destinationBucket: str | None = None


class KeptMetadata(LenientBody):
    """What a copy may keep otherwise."""

    cacheControl: str | None = Field(default=None, pattern=r"^[\x20-\x7e]{0,256}$")
    mimetype: str | None = None


class CopyBody(MoveBody):
    """A copy keeps what is known of its source unless told otherwise; without `copyMetadata` what `x-metadata` says is
    known of it instead, and `metadata` may change its type and how long it is kept.
    """

    copyMetadata: bool = True
    metadata: KeptMetadata | None = None


class Removed(LenientBody):
    """An object to remove, as newer clients name one."""

    path: str


class RemoveBody(LenientBody):
    """What `remove` sends."""

    prefixes: list[str | Removed] = Field(min_length=1, max_length=REMOVED_AT_ONCE_MAX)


async def list_v1(call: Call) -> Response:
    """POST /object/list/{bucket}: one level; folders are rows without an id."""
    call.must_be_signed_in()
    body = await call.json(ListBody)
    prefix = body.prefix.strip("/")
    listing = Listing(
        prefix=f"{prefix}/" if prefix else "",
        limit=body.limit,
        offset=body.offset,
        search=body.search or "",
        column=_column(body.sortBy),
        descending=_descending(body.sortBy),
    )
    entries = await list_objects(call.parts.database, call.actor, call.bucket, listing)
    return answer_json([{"name": entry.name, **_facts(entry)} for entry in entries])


async def list_v2(call: Call) -> Response:
    """POST /object/list-v2/{bucket}: folders and objects apart, with a cursor."""
    call.must_be_signed_in()
    body = await call.json(ListV2Body)
    limit = min(body.limit or V2_LIMIT, V2_LIMIT)
    listing = Listing(
        prefix=body.prefix or "",
        limit=limit + 1,
        column=_column(body.sortBy),
        descending=_descending(body.sortBy),
        one_level=bool(body.with_delimiter),
        after=_after(body.cursor),
    )
    listed = await list_objects(
        call.parts.database, call.actor, call.bucket, listing, operation="storage.object.list_v2"
    )
    entries, more = listed[:limit], len(listed) > limit
    begun = listing.prefix.rpartition("/")[2]  # of the entries' own names; what is before it is the folder they lie in
    folders = [
        {"key": begun + entry.name, "name": f"{listing.prefix}{entry.name}/"} for entry in entries if entry.is_folder
    ]
    objects = [
        {"key": begun + entry.name, "name": f"{listing.prefix}{entry.name}", **_facts(entry)}
        for entry in entries
        if not entry.is_folder
    ]
    answer: dict[str, Any] = {"hasNext": more, "folders": folders, "objects": objects}
    if more:
        answer["nextCursor"] = _cursor(after_entry(entries[-1], listing))
    return answer_json(answer)


async def move(call: Call) -> Response:
    """POST /object/move"""
    call.must_be_signed_in()
    body = await call.json(MoveBody)
    row = await move_object(
        call.parts.database,
        call.parts.blobs,
        call.actor,
        object_place(body.bucketId, body.sourceKey),
        object_place(body.destinationBucket or body.bucketId, body.destinationKey),
    )
    return answer_json({"message": "Successfully moved", "Id": str(row.id), "Key": row.name})


async def copy(call: Call) -> Response:
    """POST /object/copy"""
    call.must_be_signed_in()
    body = await call.json(CopyBody)
    user, metadata = user_metadata(call), body.metadata or KeptMetadata()
    change = None if body.copyMetadata else Change(metadata.mimetype, metadata.cacheControl, user)
    what = Copy(
        object_place(body.bucketId, body.sourceKey),
        object_place(body.destinationBucket or body.bucketId, body.destinationKey),
        change,
        "upsert" if wants_upsert(call) else "insert",
    )
    row = await copy_object(call.parts.database, call.parts.blobs, call.actor, what)
    return answer_json({"Id": str(row.id), "Key": f"{row.bucket_id}/{row.name}", **_row(call, row)})


async def remove(call: Call) -> Response:
    """DELETE /object/{bucket}/{name}"""
    call.must_be_signed_in()
    await remove_object(call.parts.database, call.parts.blobs, call.actor, call.place)
    return answer_json({"message": "Successfully deleted"})


async def remove_many(call: Call) -> Response:
    """DELETE /object/{bucket}: answers the rows that went."""
    call.must_be_signed_in()
    body = await call.json(RemoveBody)
    names = [entry if isinstance(entry, str) else entry.path for entry in body.prefixes]
    rows = await remove_objects(call.parts.database, call.parts.blobs, call.actor, call.bucket, names)
    return answer_json([_row(call, row) for row in rows])


def _facts(entry: Entry) -> dict[str, Any]:
    return {
        "id": str(entry.id) if entry.id else None,
        "updated_at": in_iso(entry.updated_at),
        "created_at": in_iso(entry.created_at),
        "last_accessed_at": in_iso(entry.last_accessed_at),
        "metadata": entry.metadata,
    }


def _row(call: Call, row: StoredObject) -> dict[str, Any]:
    """A row as its owner and the server see it; to others it does not say whose it is."""
    shows_owner = call.actor.role == SERVICE_ROLE or (
        call.actor.user_id is not None and row.owner == call.actor.user_id
    )
    return {
        "id": str(row.id),
        "bucket_id": row.bucket_id,
        "name": row.name,
        "owner": str(row.owner) if shows_owner and row.owner else "",
        "owner_id": (row.owner_id or "") if shows_owner else "",
        "version": row.version,
        "created_at": in_iso(row.created_at),
        "updated_at": in_iso(row.updated_at),
        "last_accessed_at": in_iso(row.last_accessed_at),
        "metadata": row.metadata,
        "user_metadata": row.user_metadata,
    }


def _column(sort: SortBy | None) -> Literal["name", "created_at", "updated_at", "last_accessed_at"]:
    match sort.column if sort else None:
        case "created_at" | "updated_at" | "last_accessed_at" as column:
            return column
        case _:
            return "name"


def _descending(sort: SortBy | None) -> bool:
    return bool(sort and sort.order == "desc")


def _cursor(after: After) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([after.entry, after.moment, after.late])).decode()


def _after(cursor: str | None) -> After | None:
    if not cursor:
        return None
    try:
        entry, moment, late = orjson.loads(base64.urlsafe_b64decode(cursor))
        moment = None if moment is None else datetime.fromisoformat(moment).astimezone(UTC)
    except (binascii.Error, ValueError, TypeError, OverflowError) as error:
        raise InvalidParameter("The cursor cannot be read.") from error
    if not (isinstance(entry, str) and isinstance(late, bool)):
        raise InvalidParameter("The cursor cannot be read.")
    return After(entry, moment, late)
