"""Small files of as many parts as one likes, which a picture's format allows and no camera makes."""

from __future__ import annotations

import struct
from collections.abc import Callable

EXTENTS = 1_000


def jpeg_of(parts: int) -> bytes:
    """Markers that stand alone."""
    return b"\xff\xd8" + b"\xff\xd0" * parts + b"\xff\xd9"


def png_of(parts: int) -> bytes:
    """Empty chunks."""
    return b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0IDAT\0\0\0\0" * parts


def webp_of(parts: int) -> bytes:
    """Empty chunks."""
    body = b"WEBP" + b"ALPH\0\0\0\0" * parts
    return b"RIFF" + struct.pack("<I", len(body)) + body


def avif_of(parts: int) -> bytes:
    """An EXIF in as many pieces, each of them the whole file."""
    items = max(parts // EXTENTS, 1)
    extents = struct.pack(">I", 1_000_000) * min(parts, EXTENTS)
    item = struct.pack(">HHH", 1, 0, min(parts, EXTENTS)) + extents
    info = box(
        b"iinf", bytes(4) + struct.pack(">H", 1) + box(b"infe", b"\2\0\0\0" + struct.pack(">HH", 1, 0) + b"Exif")
    )
    places = box(b"iloc", bytes(4) + b"\x04\0" + struct.pack(">H", items) + item * items)
    return an_avif(box(b"meta", bytes(4) + info + places) + box(b"mdat", bytes(1_000_000)))


def nested_avif_of(parts: int) -> bytes:
    """A box in a box in a box."""
    return an_avif(b"".join(struct.pack(">I", 8 * (parts - level)) + b"moov" for level in range(parts)))


def flat_avif_of(parts: int) -> bytes:
    """Empty boxes side by side."""
    return an_avif(box(b"free", b"") * parts)


def avif_of_packets(packet: bytes, lengths: list[int], metas: int = 1, length_bytes: int = 4) -> bytes:
    """A packet of XMP that is so many items, all of them at the same place, as long as they say to be."""
    items = range(1, len(lengths) + 1)
    infos = b"".join(box(b"infe", b"\2\0\0\0" + struct.pack(">HH", item, 0) + b"mime") for item in items)
    info = box(b"iinf", bytes(4) + struct.pack(">H", len(lengths)) + infos)

    def boxes(begin: int) -> bytes:
        where = [
            struct.pack(">HHHI", item, 0, 1, begin) + length.to_bytes(length_bytes, "big")
            for item, length in zip(items, lengths, strict=True)
        ]
        sizes = bytes([0x40 | length_bytes, 0])
        places = box(b"iloc", bytes(4) + sizes + struct.pack(">H", len(lengths)) + b"".join(where))
        return box(b"meta", bytes(4) + info + places) * metas

    return an_avif(boxes(len(an_avif(boxes(0))) + 8) + box(b"mdat", packet))


def avif_of_tracks(content: bytes, tracks: int) -> bytes:
    """Tracks whose first frame is the whole file."""
    sizes = box(b"stsz", bytes(4) + struct.pack(">I", (1 << 32) - 1))
    table = box(b"stbl", sizes + box(b"stco", bytes(12)) * tracks)
    return an_avif(box(b"moov", box(b"trak", box(b"mdia", box(b"minf", table)))) + box(b"mdat", content))


def an_avif(boxes: bytes) -> bytes:
    """A file of these boxes."""
    return box(b"ftyp", b"avif\0\0\0\0") + boxes


def box(kind: bytes, content: bytes) -> bytes:
    """One box."""
    return struct.pack(">I", len(content) + 8) + kind + content


OF_PARTS: list[Callable[[int], bytes]] = [jpeg_of, png_of, webp_of, avif_of, flat_avif_of]
