"""A picture without what a camera or a program wrote beside it: place, time, device, owner, captions, thumbnails.

The pixels are not touched and nothing is encoded anew: parts of the file are left out, or, in AVIF, blanked where they
lie. What is needed to show it stays: colour profile, transparency, animation, and the orientation, alone in an EXIF of
its own. From where a file is no longer well formed on, it stays as it came.

The parts are those of the formats' own documents: ITU T.81 and JFIF, Adobe's APP14, ICC.1 annex B (JPEG); W3C PNG,
third edition; RFC 9649 (WebP); EXIF 2.32 for the one entry that stays. AVIF is `bare_avif.py`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable

from sahne.objects.bare_avif import bare_avif

PICTURE_BYTES_MAX = 32 * 1024 * 1024  # it lies in memory as a whole

EOI, SOS, APP0, APP1, APP2, APP14, APP15, COM, FILL = 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE, 0xEF, 0xFE, 0xFF
ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a segment
EXIF_MARK = b"Exif\0\0"
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")

PNG_MARK = b"\x89PNG\r\n\x1a\n"
# Of the chunks one need not know, those that say how it looks; those one must know begin with a capital
PNG_KEPT = frozenset(b"tRNS gAMA cHRM sRGB iCCP sBIT bKGD hIST pHYs sPLT cICP mDCV cLLI acTL fcTL fdAT".split())

WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
WEBP_HAS_EXIF, WEBP_HAS_XMP = 0x08, 0x04

ORIENTATION = 0x0112
UPRIGHT = 1


def bare_picture(kind: str, data: bytes) -> bytes:
    """The picture of media type `kind` (see `pictures.py`) without its metadata; of a type we cannot read, as it is."""
    undress = _BARE.get(kind)
    return undress(data) if undress else data


def can_be_bared(kind: str) -> bool:
    """Whether `bare_picture` reads this type."""
    return kind in _BARE


def _bare_jpeg(data: bytes) -> bytes:
    kept = [data[:2]]
    at = 2
    while (marker := _marker_at(data, at)) is not None:
        if marker == FILL:
            at += 1
            continue
        if marker == EOI:
            return b"".join([*kept, data[at : at + 2]])  # what hangs on behind is no part of it
        end = at + 2 if marker in ALONE else at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data) or end < at + 2:
            break
        if marker == SOS:
            found = _NEXT_MARKER.search(data, end)
            end = found.start() if found else len(data)
        kept.append(_kept_segment(marker, data[at:end]))
        at = end
    return b"".join([*kept, data[at:]])


def _marker_at(data: bytes, at: int) -> int | None:
    return data[at + 1] if data[at : at + 1] == b"\xff" and at + 1 < len(data) else None


def _kept_segment(marker: int, segment: bytes) -> bytes:
    content = segment[4:]
    if marker == APP1 and content.startswith(EXIF_MARK):
        exif = _only_orientation(content.removeprefix(EXIF_MARK))
        body = EXIF_MARK + exif
        return b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body if exif else b""
    is_kept = (
        (marker == APP0 and content.startswith(b"JFIF\0"))
        or (marker == APP2 and content.startswith(b"ICC_PROFILE\0"))
        or (marker == APP14 and content.startswith(b"Adobe"))
        or not (APP0 <= marker <= APP15 or marker == COM)
    )
    return segment if is_kept else b""


def _bare_png(data: bytes) -> bytes:
    kept = [data[: len(PNG_MARK)]]
    at = len(PNG_MARK)
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        if end > len(data):
            break
        if kind == b"eXIf":
            kept.append(_png_chunk(kind, _only_orientation(data[at + 8 : end - 4])))
        elif kind[:1].isupper() or kind in PNG_KEPT:
            kept.append(data[at:end])
        if kind == b"IEND":
            return b"".join(kept)
        at = end
    return b"".join([*kept, data[at:]])


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    if not content:
        return b""
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")


def _bare_webp(data: bytes) -> bytes:
    said = int.from_bytes(data[4:8], "little")
    whole = data[: 8 + said]  # what hangs on behind is no part of it
    kept: list[bytes] = []
    flags = 0
    at = 12
    while at + 8 <= len(whole):
        size = int.from_bytes(whole[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        kind = whole[at : at + 4]
        if end > len(whole):
            break
        if kind == b"EXIF":
            exif = _only_orientation(whole[at + 8 : at + 8 + size].removeprefix(EXIF_MARK))
            flags |= WEBP_HAS_EXIF if exif else 0
            kept.append(kind + len(exif).to_bytes(4, "little") + exif if exif else b"")
        elif kind in WEBP_KEPT:
            kept.append(whole[at:end])
        at = end
    rest = whole[at:]
    kept = [_with_flags(chunk, flags) if chunk.startswith(b"VP8X") else chunk for chunk in kept]
    body = b"".join([*kept, rest])
    size = said - (len(whole) - 12 - len(body))
    return data[:4] + size.to_bytes(4, "little") + data[8:12] + body


def _with_flags(chunk: bytes, flags: int) -> bytes:
    """A VP8X chunk that says of EXIF and XMP what is so now."""
    before = chunk[8] & ~(WEBP_HAS_EXIF | WEBP_HAS_XMP)
    return chunk[:8] + bytes([before | flags]) + chunk[9:]


def _only_orientation(exif: bytes) -> bytes:
    """A TIFF of the orientation's entry alone, empty where the picture stands upright or the EXIF cannot be read."""
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(exif[:4])
    if order is None:
        return b""
    orientation = _orientation_of(exif, order == "little")
    if orientation not in range(UPRIGHT + 1, 9):
        return b""
    entry = ORIENTATION.to_bytes(2, "big") + b"\0\x03\0\0\0\1" + orientation.to_bytes(2, "big") + b"\0\0"
    return b"MM\0*\0\0\0\x08\0\x01" + entry + b"\0\0\0\0"


def _orientation_of(exif: bytes, little: bool) -> int:
    def number(at: int, size: int) -> int:
        return int.from_bytes(exif[at : at + size], "little" if little else "big")

    directory = number(4, 4)
    for index in range(number(directory, 2)):
        entry = directory + 2 + 12 * index
        if entry + 12 > len(exif):
            break
        if number(entry, 2) == ORIENTATION:
            return number(entry + 8, 2)
    return UPRIGHT


_BARE: dict[str, Callable[[bytes], bytes]] = {
    "image/jpeg": _bare_jpeg,
    "image/png": _bare_png,
    "image/webp": _bare_webp,
    "image/avif": bare_avif,
}
