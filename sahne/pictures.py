"""What kind of picture bytes are, by how they begin: what a file is called, or a client says of it, is no witness.

The marks are those of the formats' own documents: ITU T.81 (JPEG), W3C PNG, GIF89a, RFC 9649 (WebP), ISO/IEC 14496-12
for the brands of AVIF and HEIC.
"""

from __future__ import annotations

HEAD_BYTES = 256  # more than any mark takes, an ISO file's list of brands included

_MARKS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"BM": "image/bmp",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
}
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), "image/heic"),
}
_BRANDS_OF_BOTH = (b"mif1", b"msf1")  # a picture of either; which, its further brands say

PICTURE_TYPES = frozenset({"image/webp", *_MARKS.values(), *_BRANDS.values()})


def picture_type(head: bytes) -> str | None:
    """The media type of a picture that begins so (`HEAD_BYTES` are enough), None for all that is no picture we know."""
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _type_by_brand(head)
    return next((kind for mark, kind in _MARKS.items() if head.startswith(mark)), None)


def _type_by_brand(head: bytes) -> str | None:
    """An ISO file: its first box names the brand it is of first, and after a version those it can be read as."""
    major = head[8:12]
    if major not in _BRANDS_OF_BOTH:
        return _BRANDS.get(major)
    end = min(int.from_bytes(head[:4], "big"), len(head))
    further = (head[at : at + 4] for at in range(16, end, 4))
    return next((_BRANDS[brand] for brand in further if brand in _BRANDS), "image/heic")
