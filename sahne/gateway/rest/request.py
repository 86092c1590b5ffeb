"""An HTTP request as a value, as far as it can be understood without the database. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from sahne.database.catalog import EXPOSED_SCHEMA
from sahne.gateway.rest.errors import BadRange, NoSuchMediaType, UnknownPath, UnknownSchema
from sahne.gateway.rest.preferences import Preferences, preferences_of

PREFIX = "/rest/v1"
MediaType = Literal["json", "object", "csv"]

_MEDIA_TYPES: dict[str, MediaType] = {
    "*/*": "json", "application/*": "json", "application/json": "json", "application/vnd.pgrst.array+json": "json",
    "application/vnd.pgrst.object+json": "object", "application/vnd.pgrst.object": "object",
    "text/csv": "csv", "text/*": "csv",
}  # fmt: skip
CONTENT_TYPES: dict[MediaType, bytes] = {
    "json": b"application/json; charset=utf-8",
    "object": b"application/vnd.pgrst.object+json; charset=utf-8",
    "csv": b"text/csv; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class RestRequest:
    """`target` is a relation, or a function when `is_call`. `range` is `(offset, limit or None)` of the header."""

    method: str
    target: str
    is_call: bool
    query: str
    media_type: MediaType
    preferences: Preferences
    content_type: str
    range: tuple[int, int | None] | None
    body: bytes

    @property
    def reads(self) -> bool:
        """Whether it must not change anything."""
        return self.method in ("GET", "HEAD")


def request_of(
    method: str, path: str, query: str, headers: Mapping[bytes, bytes], prefer: str, body: bytes
) -> RestRequest:
    """Understand the outside of a request; `prefer` are all `Prefer` headers joined by commas.

    Raises:
        UnknownPath, UnknownSchema, NoSuchMediaType, BadRange, BadPreference
    """
    is_call, target = _target(path)
    profile = headers.get(b"accept-profile" if method in ("GET", "HEAD") else b"content-profile")
    if profile and profile.decode("latin-1") != EXPOSED_SCHEMA:
        raise UnknownSchema(
            f"Invalid schema: {profile.decode('latin-1')}",
            hint=f"Only the following schemas are exposed: {EXPOSED_SCHEMA}",
        )
    accept = headers.get(b"accept", b"*/*").decode("latin-1")
    media_type = _MEDIA_TYPES.get(accept) or _negotiate(accept)
    range_ = _range(headers[b"range"].decode("latin-1")) if method == "GET" and b"range" in headers else None
    content_type = headers.get(b"content-type", b"application/json").decode("latin-1").partition(";")[0].strip()
    return RestRequest(method, target, is_call, query, media_type, preferences_of(prefer), content_type, range_, body)


def _target(path: str) -> tuple[bool, str]:
    rest = path.removeprefix(PREFIX).strip("/")
    is_call = rest.startswith("rpc/")
    name = rest[4:] if is_call else rest
    if "/" in name:
        raise UnknownPath(details=path)
    return is_call, unquote(name)


def _negotiate(accept: str) -> MediaType:
    """The first acceptable media type we speak, by quality."""
    wanted = []
    for place, part in enumerate(accept.split(",")):
        name, *options = (piece.strip() for piece in part.split(";"))
        quality = next((_number(o[2:]) for o in options if o.startswith("q=")), 1.0)
        wanted.append((-quality, place, name.lower()))
    for _, _, name in sorted(wanted):
        if name in _MEDIA_TYPES:
            return _MEDIA_TYPES[name]
    raise NoSuchMediaType(f"None of these media types are available: {accept}")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _range(header: str) -> tuple[int, int | None] | None:
    """`0-24` or `items=0-24` or `5-`; anything else is ignored, as HTTP asks."""
    first, dash, last = header.rpartition("=")[2].partition("-")
    if not dash or not first.isdigit() or (last and not last.isdigit()):
        return None
    if last and int(last) < int(first):
        raise BadRange(
            details="The lower boundary must be lower than or equal to the upper boundary in the Range header."
        )
    return int(first), int(last) - int(first) + 1 if last else None
