"""The mark that says a picture was generated, put into its file as XMP; nothing is encoded anew.

Where a packet lies: JPEG in an APP1 behind JFIF's own (XMP part 3, 1.1.3), PNG in an iTXt before the pixels (1.1.5),
WebP in a chunk `XMP ` at the end, which the extended header announces (RFC 9649, 2.7), AVIF in a box `uuid` behind all
others, so that none moves. The pictures are bare: there is no other packet, unless it is one that says the same.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

from sahne.digital_sources import NEWS_CODES, XMP_BOX, DigitalSource, source_packet

PNG_HEAD_BYTES = 8 + 25  # the signature and IHDR, which is always the first chunk
XMP_IN_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
XMP_IN_PNG = b"XML:com.adobe.xmp\0\0\0\0\0"
WEBP_HAS_XMP, WEBP_HAS_ALPHA = 0x04, 0x10
MANIFEST_MARK = b"jumdc2pa"  # how the description of a C2PA manifest store begins, in every format (ISO 19566-5)


def marked(kind: str, data: bytes, source: DigitalSource) -> bytes:
    """The picture of media type `kind` with the mark; as it is where it has one, or is of a type that takes none."""
    put = _PUT.get(kind)
    return put(data, source_packet(source)) if put and NEWS_CODES.encode() not in data else data


def has_manifest(data: bytes) -> bool:
    """Whether whoever made the file put a C2PA manifest into it."""
    return MANIFEST_MARK in data


def _in_jpeg(data: bytes, packet: bytes) -> bytes:
    begin = 2
    if data[2:4] == b"\xff\xe0":
        begin = 4 + int.from_bytes(data[4:6], "big")
    body = XMP_IN_JPEG + packet
    return data[:begin] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + data[begin:]


def _in_png(data: bytes, packet: bytes) -> bytes:
    content = XMP_IN_PNG + packet
    chunk = len(content).to_bytes(4, "big") + b"iTXt" + content + zlib.crc32(b"iTXt" + content).to_bytes(4, "big")
    return data[:PNG_HEAD_BYTES] + chunk + data[PNG_HEAD_BYTES:]


def _in_webp(data: bytes, packet: bytes) -> bytes:
    chunks = data[12:]
    if chunks[:4] == b"VP8X":
        head = chunks[:8] + bytes([chunks[8] | WEBP_HAS_XMP]) + chunks[9:18]
        chunks = chunks[18:]
    else:
        head = _extended_head(chunks)
    xmp = b"XMP " + len(packet).to_bytes(4, "little") + packet + bytes(len(packet) % 2)
    body = b"WEBP" + head + chunks + xmp
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _extended_head(chunks: bytes) -> bytes:
    """The header that the simple forms have not: the size as VP8 (RFC 6386, 9.1) or VP8L (RFC 9649, 3.4) tells it."""
    if chunks[:4] == b"VP8L":
        bits = int.from_bytes(chunks[9:13], "little")
        width, height, flags = bits & 0x3FFF, bits >> 14 & 0x3FFF, WEBP_HAS_ALPHA if bits >> 28 & 1 else 0
    else:
        width, height = (int.from_bytes(chunks[at : at + 2], "little") & 0x3FFF for at in (14, 16))
        width, height, flags = width - 1, height - 1, 0
    size = width.to_bytes(3, "little") + height.to_bytes(3, "little")
    return b"VP8X\x0a\0\0\0" + bytes([flags | WEBP_HAS_XMP]) + b"\0\0\0" + size


def _in_avif(data: bytes, packet: bytes) -> bytes:
    body = b"uuid" + XMP_BOX + packet
    return _with_its_end(data) + (4 + len(body)).to_bytes(4, "big") + body


def _with_its_end(data: bytes) -> bytes:
    """The same where the last box, if it goes on to the end of the file (ISO 14496-12, 4.2), says where that is."""
    at = 0
    while at + 16 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 0:
            return data[:at] + (len(data) - at).to_bytes(4, "big") + data[at + 4 :]
        at += max(size if size != 1 else int.from_bytes(data[at + 8 : at + 16], "big"), 8)
    return data


_PUT: dict[str, Callable[[bytes, bytes], bytes]] = {
    "image/jpeg": _in_jpeg,
    "image/png": _in_png,
    "image/webp": _in_webp,
    "image/avif": _in_avif,
}
