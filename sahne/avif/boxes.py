"""The boxes of an ISO file (ISO/IEC 14496-12), and where in it the items of a picture lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

Span = tuple[int, int]  # from, to

BYTES_READ_MAX = 64 * 1024 * 1024  # items and tracks may lie upon each other: all of a file together


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its kind, and where its content begins and ends."""

    kind: bytes
    begin: int
    end: int


class Count(Protocol):
    """Of what was looked at: files are made to be long to look through."""

    def one(self) -> None:
        """One more. Raises what ends the looking."""

    def read(self, size: int) -> None:
        """So many bytes of what lies in the boxes. Raises what ends the looking, before they are read."""


def boxes_in(data: bytes, span: Span, count: Count) -> Iterator[Box]:
    """The boxes between; none after the first that is not well formed."""
    at, end = span
    while at + 8 <= end:
        count.one()
        size, content = int.from_bytes(data[at : at + 4], "big"), at + 8
        if size == 1:
            size, content = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        elif size == 0:
            size = end - at
        if size < content - at or at + size > end:
            return
        yield Box(data[at + 4 : at + 8], content, at + size)
        at += size


def content_of(data: bytes, span: Span, count: Count) -> bytes:
    """What lies there, as far as it lies within the file."""
    begin, end = span[0], min(span[1], len(data))
    count.read(max(end - begin, 0))
    return data[begin:end]


def item_kinds(data: bytes, iinf: Box, count: Count) -> Iterator[tuple[int, bytes]]:
    """Each item's number and kind."""
    count_bytes = 2 if _version(data, iinf) == 0 else 4
    for box in boxes_in(data, (iinf.begin + 4 + count_bytes, iinf.end), count):
        if box.kind == b"infe" and (version := _version(data, box)) >= 2:
            id_bytes = 2 if version == 2 else 4
            at = box.begin + 4 + id_bytes + 2
            yield int.from_bytes(data[box.begin + 4 : box.begin + 4 + id_bytes], "big"), data[at : at + 4]


def item_spans(data: bytes, iloc: Box, idat: Box | None, count: Count) -> Iterator[tuple[int, Span, bool]]:
    """Each item's number, where in the file it lies, and whether that is its beginning."""
    at = iloc.begin

    def number(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(data[at - size : min(at, iloc.end)], "big")

    version = number(4) >> 24
    sizes = number(2)
    offset_bytes, length_bytes, base_bytes, index_bytes = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    for _ in range(number(2 if version < 2 else 4)):
        count.one()
        item = number(2 if version < 2 else 4)
        method = number(2) & 15 if version else 0
        number(2)  # in which file: this one
        origin = number(base_bytes) + (idat.begin if method == 1 and idat else 0)
        for extent in range(number(2)):
            count.one()
            number(index_bytes if version else 0)
            begin, length = origin + number(offset_bytes), number(length_bytes)
            yield item, (begin, begin + length), extent == 0
        if at >= iloc.end:
            return


def _version(data: bytes, box: Box) -> int:
    """Of a full box; 0 where it is empty."""
    return int.from_bytes(data[box.begin : min(box.begin + 1, box.end)], "big")
