"""What TUS writes in headers: `Upload-Metadata` as Supabase's clients fill it, `Upload-Checksum`, and numbers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from sahne.gateway.storage.forms import cache_control_of, metadata_in
from sahne.objects.body_parts import CHECKSUMS, Checksum
from sahne.objects.errors import InvalidParameter
from sahne.objects.names import Place, object_place
from sahne.objects.store import Content, Upload

NUMBER_DIGITS_MAX = 15
METADATA_CHARACTERS_MAX = 16 * 1024


@dataclass(frozen=True, slots=True)
class UploadMetadata:
    """Where an upload goes, and what is kept of it."""

    place: Place
    content: Content


def read_metadata(header: str | None) -> UploadMetadata:
    """`bucketName`, `objectName`, and perhaps `contentType`, `cacheControl` (seconds) and `metadata` (JSON).

    Raises:
        InvalidParameter, InvalidKey.
    """
    pairs = _pairs(header or "")
    if not pairs.get("bucketName") or not pairs.get("objectName"):
        raise InvalidParameter("Upload-Metadata must name bucketName and objectName.")
    content = Content(
        mimetype=pairs.get("contentType") or "application/octet-stream",
        cache_control=cache_control_of(pairs.get("cacheControl")),
        user_metadata=metadata_in(pairs.get("metadata")),
    )
    return UploadMetadata(object_place(pairs["bucketName"], pairs["objectName"]), content)


def written_metadata(upload: Upload) -> str:
    """The same header, of an upload under way."""
    pairs = {
        "bucketName": upload.place.bucket,
        "objectName": upload.place.name,
        "contentType": upload.content.mimetype,
        "cacheControl": upload.content.cache_control,
    }
    if upload.content.user_metadata is not None:
        pairs["metadata"] = orjson.dumps(upload.content.user_metadata).decode()
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


def checksum_in(headers: Mapping[str, str]) -> Checksum | None:
    """`Upload-Checksum: sha1 <base64>`, if it is there. Raises InvalidParameter."""
    header = headers.get("upload-checksum")
    if header is None:
        return None
    algorithm, _, digest = header.partition(" ")
    if algorithm not in CHECKSUMS:
        raise InvalidParameter(f"Upload-Checksum must be one of {', '.join(CHECKSUMS)}.")
    return Checksum(algorithm, _decoded(digest, "Upload-Checksum"))


def number_in(headers: Mapping[str, str], name: str) -> int:
    """A number of bytes that must be there. Raises InvalidParameter."""
    value = headers.get(name) or ""
    if not (value.isascii() and value.isdecimal()) or len(value) > NUMBER_DIGITS_MAX:
        raise InvalidParameter(f"{name.title()} must be a number of bytes.")
    return int(value)


def _pairs(header: str) -> dict[str, str]:
    if len(header) > METADATA_CHARACTERS_MAX:
        raise InvalidParameter("Upload-Metadata is too long.")
    pairs: dict[str, str] = {}
    for part in header.split(","):
        key, _, value = part.strip().partition(" ")
        try:
            pairs[key] = _decoded(value, "Upload-Metadata").decode()
        except UnicodeDecodeError as error:
            raise InvalidParameter("Upload-Metadata must be UTF-8 in base64.") from error
    return pairs


def _decoded(value: str, header: str) -> bytes:
    try:
        return base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidParameter(f"{header} must be in base64.") from error
