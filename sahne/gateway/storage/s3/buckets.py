"""Buckets in S3's protocol: listing, making, removing them, and what lies in one."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import quote

from starlette.responses import Response

from sahne.gateway.storage.calls import Call
from sahne.gateway.storage.s3.answers import answer_xml, moment
from sahne.gateway.storage.s3.errors import InvalidArgument, NotConfigured, NotOffered
from sahne.gateway.storage.s3.xml import Value
from sahne.objects.buckets import BucketFields, BucketPage, create_bucket, delete_bucket, list_buckets, show_bucket
from sahne.objects.keys import KEYS_AT_ONCE_MAX, Key, KeyPage, list_keys

REGION = "local"
LIST = "storage.s3.object.list"
PUBLIC = frozenset({"public-read", "public-read-write"})
NUMBER_DIGITS_MAX = 9


async def show_all(call: Call) -> Response:
    """ListBuckets"""
    buckets = await list_buckets(call.parts.database, call.actor, BucketPage())
    listed: list[Value] = [{"Name": bucket.id, "CreationDate": moment(bucket.created_at)} for bucket in buckets]
    return answer_xml("ListAllMyBucketsResult", {"Owner": {"ID": call.actor.role}, "Buckets": {"Bucket": listed}})


async def create(call: Call) -> Response:
    """CreateBucket; with `x-amz-acl: public-read` a public one."""
    is_public = call.request.headers.get("x-amz-acl") in PUBLIC
    await create_bucket(call.parts.database, call.actor, call.bucket, call.bucket, BucketFields(public=is_public))
    return Response(None, 200, {"location": f"/{call.bucket}"})


async def delete(call: Call) -> Response:
    """DeleteBucket"""
    await delete_bucket(call.parts.database, call.actor, call.bucket)
    return Response(None, 204)


async def show(call: Call) -> Response:
    """HeadBucket"""
    await show_bucket(call.parts.database, call.actor, call.bucket)
    return Response(None, 200, {"x-amz-bucket-region": REGION})


async def location(call: Call) -> Response:
    """GetBucketLocation"""
    await show_bucket(call.parts.database, call.actor, call.bucket)
    return answer_xml("LocationConstraint", {})


async def versioning(call: Call) -> Response:
    """GetBucketVersioning: there is none."""
    await show_bucket(call.parts.database, call.actor, call.bucket)
    return answer_xml("VersioningConfiguration", {})


async def not_configured(call: Call) -> Response:
    """GetBucketPolicy, …Lifecycle, …Tagging and others of which nothing is set."""
    await show_bucket(call.parts.database, call.actor, call.bucket)
    raise NotConfigured()


async def list_v2(call: Call) -> Response:
    """ListObjectsV2"""
    query = call.request.query_params
    token, after = query.get("continuation-token"), query.get("start-after", "")
    page = _page(call, _start_of(token) if token else _behind(after, folds="delimiter" in query))
    keys, more = await _keys(call, page)
    values = _listed(call, page, keys) | {
        "KeyCount": len(keys),
        "IsTruncated": more,
        "ContinuationToken": token,
        "StartAfter": _encoded(call, after) or None,
        "NextContinuationToken": _token(keys[-1].next_start) if more and keys else None,
    }
    return answer_xml("ListBucketResult", values)


async def list_v1(call: Call) -> Response:
    """ListObjects"""
    query = call.request.query_params
    marker = query.get("marker", "")
    page = _page(call, _behind(marker, folds="delimiter" in query))
    keys, more = await _keys(call, page)
    values = _listed(call, page, keys) | {
        "IsTruncated": more,
        "Marker": _encoded(call, marker),
        "NextMarker": _encoded(call, keys[-1].name) if more and keys else None,
    }
    return answer_xml("ListBucketResult", values)


def _page(call: Call, start: str) -> KeyPage:
    query = call.request.query_params
    if query.get("delimiter") not in (None, "", "/"):
        raise NotOffered("The only delimiter is a slash")
    limit = query.get("max-keys", str(KEYS_AT_ONCE_MAX))
    if not (limit.isascii() and limit.isdecimal()) or len(limit) > NUMBER_DIGITS_MAX:
        raise InvalidArgument("max-keys must be a number")
    return KeyPage(
        prefix=query.get("prefix", ""),
        start=start,
        folds=bool(query.get("delimiter")),
        limit=min(int(limit), KEYS_AT_ONCE_MAX),
    )


async def _keys(call: Call, page: KeyPage) -> tuple[list[Key], bool]:
    """The keys of a page, and whether more follow."""
    asked = KeyPage(page.prefix, page.start, page.folds, page.limit + 1)
    keys = await list_keys(call.parts.database, call.actor, call.bucket, asked, LIST)
    return keys[: page.limit], len(keys) > page.limit > 0


def _listed(call: Call, page: KeyPage, keys: list[Key]) -> dict[str, Value]:
    contents: list[Value] = [
        {
            "Key": _encoded(call, key.name),
            "LastModified": moment(key.updated_at),
            "ETag": key.etag,
            "Size": key.size,
            "StorageClass": "STANDARD",
        }
        for key in keys
        if not key.is_prefix
    ]
    prefixes: list[Value] = [{"Prefix": _encoded(call, key.name)} for key in keys if key.is_prefix]
    return {
        "Name": call.bucket,
        "Prefix": _encoded(call, page.prefix),
        "Delimiter": "/" if page.folds else None,
        "MaxKeys": page.limit,
        "EncodingType": call.request.query_params.get("encoding-type"),
        "Contents": contents,
        "CommonPrefixes": prefixes,
    }


def _encoded(call: Call, text: str) -> str:
    return quote(text, safe="/~") if call.request.query_params.get("encoding-type") == "url" else text


def _behind(name: str, *, folds: bool) -> str:
    """Where what follows a name, or all that begins with a folder, begins."""
    if folds and name.endswith("/"):
        return name[:-1] + "0"
    return f"{name}\x01" if name else ""


def _token(start: str) -> str:
    return base64.urlsafe_b64encode(start.encode()).decode()


def _start_of(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidArgument("The continuation token provided is incorrect") from error
