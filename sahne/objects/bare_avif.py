"""An AVIF without metadata: what lies beside the picture is blanked where it lies, so that nothing else moves.

The boxes are those of ISO/IEC 14496-12 (`meta`, `iinf`, `iloc`, `idat`, `uuid`, `udta`) and ISO/IEC 23008-12 (the items
`Exif` and `mime`). The orientation is a property of the picture itself (`irot`, `imir`) and stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

ITEMS_MAX = 1_000  # a picture has a handful
BOXES_WALKED = (b"moov", b"trak", b"mdia", b"minf")
BOXES_BLANKED = (b"uuid", b"udta", b"free", b"skip")
# `Exif` items begin with the offset of their TIFF: one without entries is what readers take for none
NO_EXIF = b"\0\0\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"

Span = tuple[int, int]  # from, to


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its kind, and where its content begins and ends."""

    kind: bytes
    begin: int
    end: int


def bare_avif(data: bytes) -> bytes:
    """The file with its EXIF, XMP and private boxes blanked; of the same length."""
    bare = bytearray(data)
    for box in _boxes(data, 0, len(data)):
        if box.kind in BOXES_BLANKED:
            _blank(bare, (box.begin, box.end), b"")
        elif box.kind == b"meta":
            _blank_items(data, bare, box)
        elif box.kind == b"moov":
            _blank_within(data, bare, box)
    return bytes(bare)


def _blank_within(data: bytes, bare: bytearray, parent: Box) -> None:
    for box in _boxes(data, parent.begin, parent.end):
        if box.kind in (*BOXES_BLANKED, b"meta"):
            _blank(bare, (box.begin, box.end), b"")
        elif box.kind in BOXES_WALKED:
            _blank_within(data, bare, box)


def _blank_items(data: bytes, bare: bytearray, meta: Box) -> None:
    inner = {box.kind: box for box in _boxes(data, meta.begin + 4, meta.end)}
    if b"iinf" not in inner or b"iloc" not in inner:
        return
    kinds = dict(_kinds(data, inner[b"iinf"]))
    for item, spans in _spans(data, inner[b"iloc"], inner.get(b"idat")):
        if kinds.get(item) in (b"Exif", b"mime", b"uri "):
            for number, span in enumerate(spans):
                _blank(bare, span, NO_EXIF if kinds[item] == b"Exif" and number == 0 else b"")


def _blank(bare: bytearray, span: Span, begins: bytes) -> None:
    begin, end = span[0], min(span[1], len(bare))
    length = end - begin
    if length > 0:
        bare[begin:end] = (begins if len(begins) <= length else b"").ljust(length, b"\0")


def _boxes(data: bytes, begin: int, end: int) -> Iterator[Box]:
    """The boxes between; none after the first that is not well formed."""
    at = begin
    while at + 8 <= end:
        size, content = int.from_bytes(data[at : at + 4], "big"), at + 8
        if size == 1:
            size, content = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        elif size == 0:
            size = end - at
        if size < content - at or at + size > end:
            return
        yield Box(data[at + 4 : at + 8], content, at + size)
        at += size


def _kinds(data: bytes, iinf: Box) -> Iterator[tuple[int, bytes]]:
    """Each item's number and kind."""
    count_bytes = 2 if data[iinf.begin] == 0 else 4
    for box in _boxes(data, iinf.begin + 4 + count_bytes, iinf.end):
        if box.kind == b"infe" and data[box.begin] >= 2:
            id_bytes = 2 if data[box.begin] == 2 else 4
            at = box.begin + 4 + id_bytes + 2
            yield int.from_bytes(data[box.begin + 4 : box.begin + 4 + id_bytes], "big"), data[at : at + 4]


def _spans(data: bytes, iloc: Box, idat: Box | None) -> Iterator[tuple[int, list[Span]]]:
    """Each item's number and where in the file it lies."""
    at = iloc.begin

    def number(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(data[at - size : min(at, iloc.end)], "big")

    version = number(4) >> 24
    sizes = number(2)
    offset_bytes, length_bytes, base_bytes, index_bytes = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    for _ in range(min(number(2 if version < 2 else 4), ITEMS_MAX)):
        item = number(2 if version < 2 else 4)
        method = number(2) & 15 if version else 0
        number(2)  # in which file: this one
        origin = number(base_bytes) + (idat.begin if method == 1 and idat else 0)
        spans: list[Span] = []
        for _ in range(min(number(2), ITEMS_MAX)):
            number(index_bytes if version else 0)
            begin, length = origin + number(offset_bytes), number(length_bytes)
            spans.append((begin, begin + length))
        yield item, spans
        if at >= iloc.end:
            return
