"""AVIFs whose boxes promise less than is decoded, as a hostile client makes them."""

from __future__ import annotations

import struct
from io import BytesIO

from PIL import Image

PROMISED = struct.pack(">II", 100, 100)
PICTURE, TILE = 2, 1  # the properties of the two kinds of items


def avif_of(width: int, height: int, **options: object) -> bytes:
    """A grey one that says what it is."""
    out = BytesIO()
    Image.new("L", (width, height), 90).save(out, "AVIF", subsampling="4:0:0", speed=10, **options)
    return out.getvalue()


def of_promised_size(honest: bytes) -> bytes:
    """The same streams in a file that says 100 × 100 wherever it speaks of a size."""
    lying = bytearray(honest)
    at = -1
    while (at := honest.find(b"ispe", at + 1)) >= 0:
        lying[at + 8 : at + 16] = PROMISED
    return bytes(lying)


def grid_of(side: int, rows: int, columns: int) -> bytes:
    """One tile, shown again and again, in a picture that says 100 × 100."""
    tile_file = avif_of(side, side)
    tile = _content(tile_file, b"mdat")
    tiles = range(2, 2 + rows * columns)
    size = struct.pack(">II", columns * side, rows * side)
    grid = bytes([0, 1, rows - 1, columns - 1]) + size
    kinds = _full(b"iinf", _number(1 + len(tiles)), _item(1, b"grid"), *(_item(tile, b"av01") for tile in tiles))
    refers = _full(b"iref", _box(b"dimg", _number(1), _number(len(tiles)), *map(_number, tiles)))
    properties = _box(
        b"ipco",
        _full(b"ispe", struct.pack(">II", side, side)),
        _full(b"ispe", PROMISED),
        *(_box(kind, _content(tile_file, kind)) for kind in (b"av1C", b"pixi")),
    )
    belongs = struct.pack(">I", 1 + len(tiles)) + b"".join(
        _number(item) + bytes([3, PICTURE if item == 1 else TILE, 0x83, 4]) for item in (1, *tiles)
    )
    begins = _box(b"ftyp", b"avif\0\0\0\0avifmif1miaf")

    def meta(tile_at: int) -> bytes:
        place = struct.pack(">HHII", 0, 1, tile_at, len(tile))
        places = b"".join(_number(item) + _number(0) + place for item in tiles)
        return _full(
            b"meta",
            _full(b"hdlr", b"\0\0\0\0pict", bytes(13)),
            _full(b"pitm", _number(1)),
            _full(
                b"iloc",
                b"\x44\0",
                _number(1 + len(tiles)),
                struct.pack(">HHHHII", 1, 1, 0, 1, 0, len(grid)),
                places,
                version=1,
            ),
            kinds,
            refers,
            _box(b"iprp", properties, _full(b"ipma", belongs)),
            _box(b"idat", grid),
        )

    return begins + meta(len(begins) + len(meta(0)) + 8) + _box(b"mdat", tile)


def _number(value: int) -> bytes:
    return struct.pack(">H", value)


def _item(number: int, kind: bytes) -> bytes:
    return _full(b"infe", struct.pack(">HH", number, 0), kind, b"\0", version=2)


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind + body


def _full(kind: bytes, *content: bytes, version: int = 0) -> bytes:
    return _box(kind, bytes([version, 0, 0, 0]), *content)


def _content(data: bytes, kind: bytes) -> bytes:
    at = data.index(kind)
    return data[at + 4 : at - 4 + struct.unpack(">I", data[at - 4 : at])[0]]
