"""An AVIF without metadata: what lies beside the picture is blanked where it lies, so that nothing else moves.

The boxes are those of ISO/IEC 14496-12 (`meta`, `iinf`, `iloc`, `idat`, `uuid`, `udta`) and ISO/IEC 23008-12 (the items
`Exif` and `mime`). The orientation is a property of the picture itself (`irot`, `imir`) and stays. Where an XMP says
that the picture was generated, that alone is written into its place.
"""

from __future__ import annotations

from sahne.avif.boxes import Box, Span, boxes_in, content_of, item_kinds, item_spans
from sahne.digital_sources import XMP_BOX, only_source
from sahne.objects.picture_parts import Count

BOXES_WALKED = (b"moov", b"trak", b"mdia", b"minf")
BOXES_BLANKED = (b"uuid", b"udta", b"free", b"skip")
# `Exif` items begin with the offset of their TIFF: one without entries is what readers take for none
NO_EXIF = b"\0\0\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"


class _Blanks:
    """What is to be blanked, each byte once however often it is named, and what is written into its place."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._spans: list[Span] = []
        self._put: list[tuple[int, bytes]] = []
        self.count = Count()

    def add(self, span: Span, instead: bytes = b"") -> None:
        """One more, as far as it lies within the file; `instead` comes to its beginning where there is room for it."""
        begin, end = span[0], min(span[1], len(self._data))
        if begin < end:
            self._spans.append((begin, end))
            if instead and end - begin >= len(instead):
                self._put.append((begin, instead))

    def done(self) -> bytes:
        """The file without them."""
        bare = bytearray(self._data)
        blanked = 0
        for begin, end in sorted(self._spans):
            start = max(begin, blanked)
            if start < end:
                bare[start:end] = bytes(end - start)
                blanked = end
        for begin, instead in self._put:
            bare[begin : begin + len(instead)] = instead
        return bytes(bare)


def bare_avif(data: bytes) -> bytes:
    """The file, of the same length, with its EXIF, XMP and private boxes blanked, but for that it was generated.

    Raises:
        TooManyParts: as `bare_picture`.
    """
    blanks = _Blanks(data)
    for box in boxes_in(data, (0, len(data)), blanks.count):
        if box.kind == b"uuid" and data.startswith(XMP_BOX, box.begin):
            packet = _padded(data, (box.begin + len(XMP_BOX), box.end), blanks.count)
            blanks.add((box.begin, box.end), XMP_BOX + packet if packet else b"")
        elif box.kind in BOXES_BLANKED:
            blanks.add((box.begin, box.end))
        elif box.kind == b"meta":
            _add_items(data, box, blanks)
        elif box.kind == b"moov":
            _add_within(data, box, blanks)
    return blanks.done()


def _add_within(data: bytes, parent: Box, blanks: _Blanks, depth: int = 0) -> None:
    for box in boxes_in(data, (parent.begin, parent.end), blanks.count):
        if box.kind in (*BOXES_BLANKED, b"meta"):
            blanks.add((box.begin, box.end))
        elif box.kind in BOXES_WALKED and depth < len(BOXES_WALKED):
            _add_within(data, box, blanks, depth + 1)


def _add_items(data: bytes, meta: Box, blanks: _Blanks) -> None:
    inner = {box.kind: box for box in boxes_in(data, (meta.begin + 4, meta.end), blanks.count)}
    if b"iinf" not in inner or b"iloc" not in inner:
        return
    kinds = dict(item_kinds(data, inner[b"iinf"], blanks.count))
    for item, span, is_first in item_spans(data, inner[b"iloc"], inner.get(b"idat"), blanks.count):
        match kinds.get(item):
            case b"Exif":
                blanks.add(span, NO_EXIF if is_first else b"")
            case b"mime":
                blanks.add(span, _padded(data, span, blanks.count) if is_first else b"")
            case b"uri ":
                blanks.add(span)


def _padded(data: bytes, span: Span, count: Count) -> bytes:
    """Of an XMP packet what stays, as long as it was: blanks may stand behind a packet. Empty where nothing does."""
    packet = content_of(data, span, count)
    source = only_source(packet)
    return source.ljust(len(packet)) if source else b""
