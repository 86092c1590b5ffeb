"""Parts and freshness of an answer: `Range`, `If-Range`, `If-None-Match`, `If-Modified-Since` (RFC 9110, 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from sahne.gateway.storage.answers import InvalidRange

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from `start` up to (not with) `stop` of `size`."""

    start: int
    stop: int
    size: int

    @property
    def content_range(self) -> str:
        """The value of `Content-Range`."""
        return f"bytes {self.start}-{self.stop - 1}/{self.size}"


def requested_span(headers: Mapping[str, str], size: int, etag: str) -> tuple[Span, bool]:
    """What is asked for, and whether it was asked for as a range. Several ranges at once are answered with all.

    Raises:
        InvalidRange: it begins behind the end.
    """
    whole = Span(0, size, size)
    match = _RANGE.fullmatch(headers.get("range", "").strip())
    if match is None or not (match[1] or match[2]) or headers.get("if-range", etag) != etag:
        return whole, False
    if not match[1]:
        start, stop = max(size - int(match[2]), 0), size
    else:
        start, stop = int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
    if start >= size or start >= stop:
        raise InvalidRange(headers["range"], size)
    return Span(start, stop, size), True


def is_fresh(headers: Mapping[str, str], etag: str, modified: datetime) -> bool:
    """Whether the client has it already."""
    if (etags := headers.get("if-none-match")) is not None:
        return etags.strip() == "*" or etag in [_strong(part) for part in etags.split(",")]
    if since := headers.get("if-modified-since"):
        try:
            return modified.replace(microsecond=0) <= parsedate_to_datetime(since)
        except (ValueError, TypeError):
            return False
    return False


def _strong(etag: str) -> str:
    return etag.strip().removeprefix("W/")
