"""The calls on buckets."""

from __future__ import annotations

from typing import Any, Literal, cast

from starlette.responses import Response

from sahne.gateway.storage.answers import FeatureNotEnabled, answer_json, in_iso
from sahne.gateway.storage.calls import Call, LenientBody
from sahne.objects.buckets import (
    BUCKETS_AT_ONCE_MAX,
    BucketFields,
    BucketPage,
    Column,
    create_bucket,
    delete_bucket,
    empty_bucket,
    list_buckets,
    mimetype_patterns,
    show_bucket,
    size_limit,
    update_bucket,
)
from sahne.objects.errors import InvalidParameter
from sahne.objects.rows import Bucket

NUMBER_DIGITS_MAX = 9
COLUMNS = ("id", "name", "created_at", "updated_at")


class BucketBody(LenientBody):
    """What clients send of a bucket."""

    id: str | None = None
    name: str | None = None
    public: bool | None = None
    file_size_limit: int | str | None = None
    allowed_mime_types: list[str] | None = None
    type: Literal["STANDARD", "ANALYTICS", "VECTOR"] | None = None


async def create(call: Call) -> Response:
    """POST /bucket"""
    call.must_be_signed_in()
    body = await call.json(BucketBody)
    name = body.name or body.id
    if not name:
        raise InvalidParameter("body must have required property 'name'")
    if body.type not in (None, "STANDARD"):
        raise FeatureNotEnabled(f"Buckets of type {body.type} are not offered here.")
    await create_bucket(call.parts.database, call.actor, body.id or name, name, _fields(call, body))
    return answer_json({"name": name})


async def show_all(call: Call) -> Response:
    """GET /bucket"""
    call.must_be_signed_in()
    query = call.request.query_params
    column = query.get("sortColumn") or "name"
    if column not in COLUMNS:
        raise InvalidParameter(f"sortColumn must be one of {', '.join(COLUMNS)}")
    page = BucketPage(
        limit=whole(query.get("limit"), "limit", BUCKETS_AT_ONCE_MAX),
        offset=whole(query.get("offset"), "offset", 0),
        search=query.get("search") or "",
        column=cast(Column, column),
        descending=query.get("sortOrder") == "desc",
    )
    return answer_json([_shown(bucket) for bucket in await list_buckets(call.parts.database, call.actor, page)])


async def show(call: Call) -> Response:
    """GET /bucket/{bucket}"""
    call.must_be_signed_in()
    return answer_json(_shown(await show_bucket(call.parts.database, call.actor, call.bucket)))


async def update(call: Call) -> Response:
    """PUT /bucket/{bucket}"""
    call.must_be_signed_in()
    body = await call.json(BucketBody)
    await update_bucket(call.parts.database, call.actor, call.bucket, _fields(call, body))
    return answer_json({"message": "Successfully updated"})


async def delete(call: Call) -> Response:
    """DELETE /bucket/{bucket}"""
    call.must_be_signed_in()
    await delete_bucket(call.parts.database, call.actor, call.bucket)
    return answer_json({"message": "Successfully deleted"})


async def empty(call: Call) -> Response:
    """POST /bucket/{bucket}/empty. It is done when it is answered; the sentence is Supabase's."""
    call.must_be_signed_in()
    await empty_bucket(call.parts.database, call.parts.blobs, call.actor, call.bucket)
    return answer_json({"message": "Empty bucket has been queued. Completion may take up to an hour."})


async def lifecycle(call: Call) -> Response:
    """GET, PUT, DELETE /bucket/{bucket}/lifecycle"""
    call.must_be_signed_in()
    raise FeatureNotEnabled("The feature lifecycle is not enabled for this resource")


def whole(text: str | None, name: str, default: int) -> int:
    """A whole number of a query parameter. Raises InvalidParameter."""
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal()) or len(text) > NUMBER_DIGITS_MAX:
        raise InvalidParameter(f"querystring/{name} must be integer")
    return int(text)


def _fields(call: Call, body: BucketBody) -> BucketFields:
    return BucketFields(
        public=body.public,
        file_size_limit=size_limit(body.file_size_limit, call.parts.settings.upload_bytes_max),
        allowed_mime_types=mimetype_patterns(body.allowed_mime_types),
        given=frozenset(body.model_fields_set),
    )


def _shown(bucket: Bucket) -> dict[str, Any]:
    return {
        "id": bucket.id,
        "name": bucket.name,
        "owner": bucket.owner or "",
        "public": bucket.public,
        "type": "STANDARD",
        "file_size_limit": bucket.file_size_limit,
        "allowed_mime_types": bucket.allowed_mime_types,
        "created_at": in_iso(bucket.created_at),
        "updated_at": in_iso(bucket.updated_at),
    }
