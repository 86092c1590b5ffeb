"""A picture without what a camera or a program wrote beside it: place, time, device, owner, captions, thumbnails.

The pixels are not touched and nothing is encoded anew: parts of the file are left out, or, in AVIF, blanked where they
lie. What is needed to show it stays: colour profile, transparency, animation, and the orientation, alone in an EXIF of
its own; so does the one mark that says a picture was generated, alone in an XMP of its own. A part that the file ends
in stays when it is of a kind that does.

The parts are those of the formats' own documents: ITU T.81 and JFIF, Adobe's APP14, ICC.1 annex B (JPEG); W3C PNG,
third edition; RFC 9649 (WebP); EXIF 2.32 for the one entry that stays. AVIF is `bare_avif.py`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable

from sahne.digital_sources import only_source
from sahne.objects.bare_avif import bare_avif
from sahne.objects.picture_parts import Runs

PICTURE_BYTES_MAX = 32 * 1024 * 1024  # it lies in memory as a whole

EOI, SOS, APP0, APP1, APP2, APP14, APP15, COM = 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE, 0xEF, 0xFE
ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a segment
EXIF_MARK = b"Exif\0\0"
XMP_MARK = b"http://ns.adobe.com/xap/1.0/\0"  # before a packet in JPEG
XMP_KEYWORD = b"XML:com.adobe.xmp\0\0\0\0\0"  # and in PNG: not compressed, without a language or a translation
_MARKER = re.compile(rb"\xff[^\x00\xff]")
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")

PNG_MARK = b"\x89PNG\r\n\x1a\n"
# Of the chunks one need not know, those that say how it looks; those one must know begin with a capital
PNG_KEPT = frozenset(b"tRNS gAMA cHRM sRGB iCCP sBIT bKGD hIST pHYs sPLT cICP mDCV cLLI acTL fcTL fdAT".split())

WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
WEBP_HAS_EXIF, WEBP_HAS_XMP = 0x08, 0x04

ORIENTATION = 0x0112
UPRIGHT = 1


def bare_picture(kind: str, data: bytes) -> bytes:
    """The picture of media type `kind` (see `pictures.py`) without its metadata; of a type we cannot read, as it is.

    Raises:
        TooManyParts: nobody could have made it by taking a photo.
    """
    undress = _BARE.get(kind)
    return undress(data) if undress else data


def can_be_bared(kind: str) -> bool:
    """Whether `bare_picture` reads this type."""
    return kind in _BARE


def _bare_jpeg(data: bytes) -> bytes:
    runs = Runs(data, 2)
    at = 2
    while found := _MARKER.search(data, at):  # bytes between two segments are passed over, as decoders do
        begin, marker = found.end() - 2, data[found.end() - 1]
        if marker == EOI:
            runs.part(begin, begin + 2, stays=True)
            return runs.joined()  # what hangs on behind is no part of it
        if marker in ALONE:
            at = begin + 2
            runs.part(begin, at, stays=True)
            continue
        at = begin + 2 + int.from_bytes(data[begin + 2 : begin + 4], "big")
        if at < begin + 4 or at > len(data):
            at = len(data)
        elif marker == SOS:
            scanned = _NEXT_MARKER.search(data, at)
            at = scanned.start() if scanned else len(data)
        if marker == APP1 and data.startswith(EXIF_MARK, begin + 4):
            runs.put(_segment(EXIF_MARK, _only_orientation(data[begin + 4 + len(EXIF_MARK) : at])))
        elif marker == APP1 and data.startswith(XMP_MARK, begin + 4):
            runs.put(_segment(XMP_MARK, only_source(data[begin + 4 + len(XMP_MARK) : at])))
        else:
            is_rest = marker == APP0 and at == len(data)  # which is no picture, whatever it says
            runs.part(begin, at, stays=is_rest or _is_kept(marker, data[begin + 4 : begin + 16]))
    return runs.joined()


def _is_kept(marker: int, content: bytes) -> bool:
    return (
        (marker == APP0 and content.startswith(b"JFIF\0"))
        or (marker == APP2 and content.startswith(b"ICC_PROFILE\0"))
        or (marker == APP14 and content.startswith(b"Adobe"))
        or not (APP0 <= marker <= APP15 or marker == COM)
    )


def _segment(mark: bytes, content: bytes) -> bytes:
    """An APP1 segment; none of nothing."""
    if not content:
        return b""
    body = mark + content
    return b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body


def _bare_png(data: bytes) -> bytes:
    runs = Runs(data, len(PNG_MARK))
    at = len(PNG_MARK)
    while at < len(data):
        end = min(at + 12 + int.from_bytes(data[at : at + 4], "big"), len(data))
        kind = data[at + 4 : at + 8]
        if kind == b"eXIf":
            runs.put(_png_chunk(kind, _only_orientation(data[at + 8 : end - 4])))
        elif kind == b"iTXt" and data.startswith(XMP_KEYWORD, at + 8):
            source = only_source(data[at + 8 + len(XMP_KEYWORD) : end - 4])
            runs.put(_png_chunk(kind, XMP_KEYWORD + source if source else b""))
        else:
            runs.part(at, end, stays=kind[:1].isupper() or kind in PNG_KEPT)
        if kind == b"IEND":
            break
        at = end
    return runs.joined()


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    if not content:
        return b""
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")


def _bare_webp(data: bytes) -> bytes:
    said = int.from_bytes(data[4:8], "little")
    whole = data[: 8 + said]  # what hangs on behind is no part of it
    runs = Runs(whole, 12)
    heads: list[int] = []  # where the new file says what it has
    flags = 0
    at = 12
    while at < len(whole):
        size = int.from_bytes(whole[at + 4 : at + 8], "little")
        end = min(at + 8 + size + size % 2, len(whole))
        kind = whole[at : at + 4]
        if kind == b"EXIF":
            exif = _only_orientation(whole[at + 8 : at + 8 + size].removeprefix(EXIF_MARK))
            flags |= WEBP_HAS_EXIF if exif else 0
            runs.put(_webp_chunk(kind, exif))
        elif kind == b"XMP ":
            source = only_source(whole[at + 8 : at + 8 + size])
            flags |= WEBP_HAS_XMP if source else 0
            runs.put(_webp_chunk(kind, source))
        else:
            if kind == b"VP8X" and size:
                heads.append(runs.size + 8)
            runs.part(at, end, stays=kind in WEBP_KEPT)
        at = end
    bare = bytearray(runs.joined())
    for place in heads:
        if place < len(bare):
            bare[place] = bare[place] & ~(WEBP_HAS_EXIF | WEBP_HAS_XMP) | flags
    bare[4:8] = (said - (len(whole) - len(bare))).to_bytes(4, "little")
    return bytes(bare)


def _webp_chunk(kind: bytes, content: bytes) -> bytes:
    if not content:
        return b""
    return kind + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)


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
