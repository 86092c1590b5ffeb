"""The outside of an HTTP request as a value: all of it but the query string and the body. Pure.

A client sends the same headers to the same path again and again, so that this is worth remembering whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

import orjson

from sahne.database.acting import RequestFacts
from sahne.database.catalog import EXPOSED_SCHEMA
from sahne.gateway.rest.errors import BadRange, NoSuchMediaType, UnknownPath, UnknownSchema
from sahne.gateway.rest.preferences import OF_READS, OF_WRITES, Preferences, preferences_of

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
    """`target` is a relation, or a function when `is_call`. `range` is `(offset, limit or None)` of the header.

    `kind` is what of all this a statement depends on; `applied` the value of `Preference-Applied`; `facts` what
    functions may ask of the request.
    """

    method: str
    target: str
    is_call: bool
    media_type: MediaType
    preferences: Preferences
    applied: bytes
    content_type: str
    range: tuple[int, int | None] | None
    kind: tuple[str | None, ...]
    facts: RequestFacts

    @property
    def reads(self) -> bool:
        """Whether it must not change anything."""
        return self.method in ("GET", "HEAD")


def request_of(method: str, path: str, all_headers: Sequence[tuple[bytes, bytes]] = ()) -> RestRequest:
    """Understand the outside of a request. Header names are in lower case.

    Raises:
        UnknownPath, UnknownSchema, NoSuchMediaType, BadRange, BadPreference
    """
    is_call, target = _target(path)
    headers = dict(all_headers)
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
    preferences = preferences_of(",".join(value.decode("latin-1") for name, value in all_headers if name == b"prefer"))
    return RestRequest(
        method, target, is_call, media_type, preferences,
        preferences.applied(OF_READS if is_call or method in ("GET", "HEAD") else OF_WRITES), content_type, range_,
        (method, target, media_type, preferences.returns, preferences.count, preferences.resolution,
         preferences.missing),
        _facts(method, path, headers),
    )  # fmt: skip


def _target(path: str) -> tuple[bool, str]:
    rest = path.removeprefix(PREFIX).strip("/")
    is_call = rest.startswith("rpc/")
    name = rest[4:] if is_call else rest
    if "/" in name:
        raise UnknownPath(details=path)
    return is_call, unquote(name)


def _facts(method: str, path: str, headers: Mapping[bytes, bytes]) -> RequestFacts:
    said = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
    cookies = said.pop("cookie", "")
    jar = dict(pair.strip().split("=", 1) for pair in cookies.split(";") if "=" in pair)
    return RequestFacts(method.encode(), path.removeprefix(PREFIX).encode(), orjson.dumps(said), orjson.dumps(jar))


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
