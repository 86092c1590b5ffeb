"""The outside of an HTTP request as a value: all of it but the query string and the body. Pure.

A client sends the same headers to the same path again and again, so that this is worth remembering whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from sahne.database.acting import RequestFacts
from sahne.gateway.rest.errors import BadRange, UnknownPath
from sahne.gateway.rest.explain import Explain, explain_of
from sahne.gateway.rest.media import Accepted, accepted_in
from sahne.gateway.rest.preferences import OF_CALLS, OF_READS, OF_WRITES, Preferences, preferences_of

PREFIX = "/rest/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestRequest:
    """`target` is a relation, or a function when `is_call`; `profile` the schema it is in, None where none is named.

    `accepted` are the media types that will do; `explain` asks for the plan instead of the answer. `range` is
    `(offset, limit or None)` of the header. `kind` is what of all this a statement depends on; `applied` the value of
    `Preference-Applied`; `facts` what functions may ask of the request.
    """

    method: str
    target: str
    is_call: bool
    profile: str | None
    accepted: tuple[Accepted, ...]
    explain: Explain | None
    preferences: Preferences
    applied: bytes
    content_type: str
    range: tuple[int, int | None] | None
    kind: tuple[object, ...]
    facts: RequestFacts

    @property
    def reads(self) -> bool:
        """Whether it must not change anything."""
        return self.method in ("GET", "HEAD")


def request_of(method: str, path: str, all_headers: Sequence[tuple[bytes, bytes]] = ()) -> RestRequest:
    """Understand the outside of a request. Header names are in lower case.

    Raises:
        UnknownPath, BadRange, BadPreference, NoSuchMediaType
    """
    is_call, target = _target(path)
    headers = {name: value.decode("latin-1") for name, value in all_headers}
    reads = method in ("GET", "HEAD")
    profile = headers.get(b"accept-profile" if reads else b"content-profile") or None
    accept = headers.get(b"accept", "*/*")
    explain = explain_of(accept)
    if explain is not None:
        accept = explain.answer
    accepted = accepted_in(accept)
    preferences = preferences_of(",".join(value.decode("latin-1") for name, value in all_headers if name == b"prefer"))
    return RestRequest(
        method=method,
        target=target,
        is_call=is_call,
        profile=profile,
        accepted=accepted,
        explain=explain,
        preferences=preferences,
        applied=preferences.applied(OF_CALLS if is_call else OF_READS if reads else OF_WRITES),
        content_type=headers.get(b"content-type", "application/json").partition(";")[0].strip(),
        range=_range(headers[b"range"]) if method == "GET" and b"range" in headers else None,
        kind=(
            *(method, target, profile, accepted, explain),
            *(preferences.returns, preferences.count, preferences.resolution, preferences.missing),
        ),
        facts=_facts(method, path, headers),
    )


def _target(path: str) -> tuple[bool, str]:
    rest = path.removeprefix(PREFIX).strip("/")
    if "\0" in rest:
        raise UnknownPath(details="A name has no NUL in it.")
    is_call = rest.startswith("rpc/")
    name = rest[4:] if is_call else rest
    if "/" in name:
        raise UnknownPath(details=path)
    return is_call, name


def _facts(method: str, path: str, headers: Mapping[bytes, str]) -> RequestFacts:
    texts = {name.decode("latin-1"): value for name, value in headers.items()}
    cookies = texts.pop("cookie", "")
    jar = dict(pair.strip().split("=", 1) for pair in cookies.split(";") if "=" in pair)
    return RequestFacts(method.encode(), path.removeprefix(PREFIX).encode(), orjson.dumps(texts), orjson.dumps(jar))


def _range(header: str) -> tuple[int, int | None] | None:
    """`0-24` or `5-`; anything else is ignored, as HTTP asks: a range of bytes is none of rows."""
    first, dash, last = header.partition("-")
    if not dash or not first.isdigit() or (last and not last.isdigit()):
        return None
    if last and int(last) < int(first):
        raise BadRange(
            details="The lower boundary must be lower than or equal to the upper boundary in the Range header."
        )
    return int(first), int(last) - int(first) + 1 if last else None
