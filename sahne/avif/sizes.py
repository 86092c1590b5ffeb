"""How many pixels an AVIF may have when it is decoded, whatever its boxes say: its streams decide."""

from __future__ import annotations

from collections.abc import Iterator

from sahne.avif.boxes import BYTES_READ_MAX, Box, Span, boxes_in, content_of, item_kinds, item_spans
from sahne.avif.streams import coded_pixels

PARTS_MAX = 50_000  # boxes, items, units of a stream: a picture has some dozens
LAYERS_OF_A_PICTURE = 4  # colours, transparency, a map of brightness, a thumbnail
UNTOLD_PIXELS = 1 << 62
WAY_TO_SAMPLES = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
CHUNK_OFFSETS = {b"stco": 4, b"co64": 8}  # by the bytes of an offset


class _TooLong(Exception):
    """Nobody could have made it by saving a picture."""


class _Count:
    def __init__(self) -> None:
        self._left = PARTS_MAX
        self._bytes_left = BYTES_READ_MAX

    def one(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise _TooLong()

    def read(self, size: int) -> None:
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise _TooLong()


def pixels_when_decoded(data: bytes) -> int:
    """Of its largest picture, or of all its tiles together; `UNTOLD_PIXELS` where that cannot be told."""
    count = _Count()
    try:
        pixels = [*_of_items(data, count), *_of_tracks(data, count)]
    except _TooLong:
        return UNTOLD_PIXELS
    return max([*pixels, sum(pixels) // LAYERS_OF_A_PICTURE])


def _of_items(data: bytes, count: _Count) -> Iterator[int]:
    for meta in boxes_in(data, (0, len(data)), count):
        if meta.kind != b"meta":
            continue
        inner = {box.kind: box for box in boxes_in(data, (meta.begin + 4, meta.end), count)}
        if b"iloc" not in inner:
            continue
        kinds = dict(item_kinds(data, inner[b"iinf"], count)) if b"iinf" in inner else {}
        for item, content in _contents(data, inner[b"iloc"], inner.get(b"idat"), count):
            if kinds.get(item) == b"grid":
                yield _grid_pixels(content)
            yield coded_pixels(content, count)  # whatever it says it is


def _contents(data: bytes, iloc: Box, idat: Box | None, count: _Count) -> Iterator[tuple[int, bytes]]:
    """Each item's bytes, wherever they lie."""
    spans: dict[int, list[Span]] = {}
    for item, (begin, end), _ in item_spans(data, iloc, idat, count):
        spans.setdefault(item, []).append((begin, end if end > begin else len(data)))  # of no length: to the end
    for item, its in spans.items():
        yield item, b"".join(content_of(data, span, count) for span in its)


def _grid_pixels(content: bytes) -> int:
    """What a picture of tiles says of itself (ISO/IEC 23008-12, 6.6.2.3)."""
    side_bytes = 4 if content[1:2] and content[1] & 1 else 2
    width, height = (content[at : at + side_bytes] for at in (4, 4 + side_bytes))
    return int.from_bytes(width, "big") * int.from_bytes(height, "big")


def _of_tracks(data: bytes, count: _Count) -> Iterator[int]:
    """Of what moves: its first frame, which alone is decoded."""
    for table in _sample_tables(data, Box(b"", 0, len(data)), WAY_TO_SAMPLES, count):
        boxes = list(boxes_in(data, (table.begin, table.end), count))
        size = max((_first_size(data, box) for box in boxes if box.kind == b"stsz"), default=0)
        for box in boxes:
            if (offset_bytes := CHUNK_OFFSETS.get(box.kind)) is not None:
                begin = int.from_bytes(data[box.begin + 8 : box.begin + 8 + offset_bytes], "big")
                yield coded_pixels(content_of(data, (begin, begin + size), count), count)


def _sample_tables(data: bytes, parent: Box, way: tuple[bytes, ...], count: _Count) -> Iterator[Box]:
    if not way:
        yield parent
        return
    for box in boxes_in(data, (parent.begin, parent.end), count):
        if box.kind == way[0]:
            yield from _sample_tables(data, box, way[1:], count)


def _first_size(data: bytes, stsz: Box) -> int:
    """The bytes of the first sample: that of all, or the first of the list."""
    of_all = int.from_bytes(data[stsz.begin + 4 : stsz.begin + 8], "big")
    return of_all or int.from_bytes(data[stsz.begin + 12 : stsz.begin + 16], "big")
