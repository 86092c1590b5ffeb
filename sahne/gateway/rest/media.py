"""Media types: what an `Accept` header names, and the one of them that is answered with. Pure.

Besides those that the Data API writes itself, the database may have its own: a domain that is named as a media type,
given by a function or written by an aggregate over rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from sahne.database.catalog import Handler
from sahne.gateway.rest.errors import NoSuchMediaType
from sahne.gateway.rest.query.statement import Format

HEADERS_REMEMBERED_MAX = 1_024
ACCEPTED_MAX = 32
ANY = "*/*"
NULLS_STRIPPED = "nulls=stripped"
VENDORED = "application/vnd.pgrst."

_FORMATS: dict[str, Format] = {
    ANY: "json", "application/*": "json", "application/json": "json", "application/vnd.pgrst.array+json": "json",
    "application/vnd.pgrst.array": "json", "application/vnd.pgrst.object+json": "object",
    "application/vnd.pgrst.object": "object", "text/csv": "csv", "text/*": "csv", "application/geo+json": "geojson",
}  # fmt: skip
_STRIPPED: dict[Format, Format] = {"json": "stripped", "object": "stripped object"}
_CONTENT_TYPES: dict[Format, bytes] = {
    "json": b"application/json; charset=utf-8",
    "stripped": b"application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8",
    "object": b"application/vnd.pgrst.object+json; charset=utf-8",
    "stripped object": b"application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8",
    "csv": b"text/csv; charset=utf-8",
    "geojson": b"application/geo+json; charset=utf-8",
}
_OF_TEXT = frozenset({"application/json", "application/geo+json", "text/csv", "text/plain", "text/xml"})


class Accepted(NamedTuple):
    """A media type that the caller reads, whether nulls are to be left out of it, and which version it is to be."""

    name: str
    strips_nulls: bool = False
    version: str = ""


class Form(NamedTuple):
    """How an answer is written, and what it is called."""

    format: Format
    content_type: bytes

    @property
    def is_one(self) -> bool:
        """Whether it is of a single row."""
        return self.format in ("object", "stripped object")

    @property
    def is_handled(self) -> bool:
        """Whether the database writes it, and may say more of the answer."""
        return isinstance(self.format, Handler)


AS_JSON = Form("json", _CONTENT_TYPES["json"])


@lru_cache(HEADERS_REMEMBERED_MAX)
def accepted_in(accept: str) -> tuple[Accepted, ...]:
    """The media types of a header by their quality, up to the first that every answer has."""
    choices = []
    for place, part in enumerate(accept.split(",")[:ACCEPTED_MAX]):
        name, *options = (piece.strip() for piece in part.split(";"))
        quality = next((_number(option[2:]) for option in options if option.startswith("q=")), 1.0)
        strips = NULLS_STRIPPED in options and name.startswith(VENDORED)
        version = next((option.removeprefix("version=") for option in options if option.startswith("version=")), "")
        choices.append((-quality, place, Accepted(name.lower(), strips, version)))
    accepted = [each for _, _, each in sorted(choices)]
    first = next((place for place, each in enumerate(accepted) if each.name in _FORMATS), len(accepted))
    return tuple(accepted[: first + 1])


def form_of(
    accepted: Sequence[Accepted],
    of_target: Mapping[str, Handler] | None = None,
    of_any: Mapping[str, Handler] | None = None,
    *,
    is_whole: bool = True,
) -> Form:
    """The first of the media types that there is.

    `of_target` are the handlers of whole rows of what is asked for, which `is_whole` says that they are; `of_any` take
    any rows.

    Raises:
        NoSuchMediaType
    """
    of_whole = (of_target or {}) if is_whole else {}
    for each in accepted:
        is_vendored = each.name.startswith(VENDORED)
        handler = None if is_vendored else of_whole.get(ANY) or of_whole.get(each.name) or (of_any or {}).get(each.name)
        if handler is not None:
            return Form(handler, _content_type(handler))
        format_ = _FORMATS.get(each.name)
        if format_ is not None:
            format_ = _STRIPPED[format_] if each.strips_nulls else format_
            return Form(format_, _CONTENT_TYPES[format_])
    raise NoSuchMediaType(f"None of these media types are available: {', '.join(each.name for each in accepted)}")


def _content_type(handler: Handler) -> bytes:
    name = "application/octet-stream" if handler.media_type == ANY else handler.media_type
    return (f"{name}; charset=utf-8" if name in _OF_TEXT else name).encode()


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
