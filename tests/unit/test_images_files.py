"""A photo's file may lie on its side, lack its end, lie about its size or be broken: it is read, or refused as data."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sahne.providers.images.embedded.photo import PIXELS_MAX, SCANS_MAX, read_photo
from sahne.providers.images.embedded.profiles import DISPLAY_P3, Colors, make_profile
from sahne.providers.images.generator import GenerationRefused, Refusal
from tests.pictures import encoded, near, pixels_in, seen, vips
from tests.portraits import portrait_bytes


def exif(orientation: int, more: bytes = b"") -> bytes:
    """EXIF of one tag, or with `more`, whole entries of 12 bytes whose tag is larger."""
    count = 1 + len(more) // 12
    entries = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0) + more
    return b"Exif\0\0MM\0*" + struct.pack(">IH", 8, count) + entries + bytes(4)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_each_orientation_of_each_format_is_set_upright(tmp_path: Path, kind: str, orientation: int) -> None:
    drawn = Image.open(BytesIO(portrait_bytes(150, 200)))
    options = {"quality": 100, "subsampling": "4:4:4"} if kind in ("JPEG", "AVIF") else {}
    photo, reference = tmp_path / f"photo.{kind.lower()}", tmp_path / "reference.png"
    photo.write_bytes(encoded(drawn, kind, exif=exif(orientation), **options))
    vips("autorot", photo, reference)
    ours, theirs = seen(photo.read_bytes()), pixels_in(reference)
    assert ours.shape == theirs.shape == ((200, 150, 3) if orientation < 5 else (150, 200, 3))
    # a mean: two JPEG or AVIF decoders differ by single steps, a picture that lies otherwise by tens
    assert np.abs(ours - theirs).mean() < 2


MINUS_ONE_OF_NOTHING = struct.pack(">HHII", 0x011A, 10, 1, 26 + 12)  # an SRATIONAL, whose two numbers follow


def test_a_broken_tag_beside_the_orientation_costs_neither_picture_nor_orientation() -> None:
    broken = exif(6, MINUS_ONE_OF_NOTHING) + struct.pack(">ii", -1, 0)
    drawn = Image.open(BytesIO(portrait_bytes(150, 200)))
    assert near(seen(encoded(drawn, "JPEG", exif=broken)), seen(encoded(drawn, "JPEG", exif=exif(6))), 0)
    assert seen(encoded(drawn, "JPEG", exif=broken)).shape == (150, 200, 3)


@pytest.mark.parametrize(
    "strange", [exif(0), exif(9), exif(6)[:20], b"Exif\0\0nonsense", b"Exif\0\0MM\0*\xff\xff\xff\xff"]
)
def test_an_orientation_that_is_none_leaves_the_picture_as_it_is(strange: bytes) -> None:
    drawn = Image.open(BytesIO(portrait_bytes(150, 200)))
    assert near(seen(encoded(drawn, "JPEG", exif=strange)), seen(encoded(drawn, "JPEG")), 0)


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"exif": exif(1)}], ids=["plain", "progressive", "exif"]
)
@pytest.mark.parametrize("lost", [1, 2])
def test_a_jpeg_that_lost_its_end_marker_is_read(options: dict[str, object], lost: int) -> None:
    whole = encoded(Image.open(BytesIO(portrait_bytes(450, 600))), "JPEG", quality=90, **options)
    assert whole.endswith(b"\xff\xd9")
    assert near(seen(whole[:-lost]), seen(whole), 0)
    with pytest.raises(GenerationRefused) as refused:
        read_photo(whole[: len(whole) * 9 // 10])
    assert refused.value.reason == Refusal.PHOTO_UNREADABLE


def wide_header(kind: str) -> bytes:
    """A small picture whose header says 14 000 by 14 000."""
    small = encoded(Image.new("RGB", (256, 256), "red"), kind)
    if kind == "JPEG":
        at = small.index(b"\xff\xc0") + 5
        return small[:at] + struct.pack(">HH", 14_000, 14_000) + small[at + 4 :]
    if kind == "WEBP":
        at = small.index(b"VP8 ") + 14
        return small[:at] + struct.pack("<HH", 14_000, 14_000) + small[at + 4 :]
    if kind == "AVIF":
        at = small.index(b"ispe") + 8
        return small[:at] + struct.pack(">II", 14_000, 14_000) + small[at + 8 :]
    at = small.index(b"IHDR")
    head = b"IHDR" + struct.pack(">II", 14_000, 14_000) + small[at + 12 : at + 17]
    return small[:at] + head + struct.pack(">I", zlib.crc32(head)) + small[at + 21 :]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_header_of_too_many_pixels_is_refused_as_too_large_before_one_is_decoded(kind: str) -> None:
    photo = wide_header(kind)
    assert len(photo) < 10_000
    with pytest.raises(GenerationRefused) as refused:
        read_photo(photo)
    assert refused.value.reason == Refusal.PHOTO_TOO_LARGE


def test_a_jpeg_of_very_many_scans_is_refused_before_one_is_decoded() -> None:
    usual = encoded(Image.open(BytesIO(portrait_bytes(150, 200))), "JPEG", progressive=True)
    assert 1 < usual.count(b"\xff\xda") < SCANS_MAX
    assert seen(usual).shape == (200, 150, 3)
    last = usual[usual.rindex(b"\xff\xda") : -2]
    with pytest.raises(GenerationRefused) as refused:
        read_photo(usual[:-2] + last * SCANS_MAX + usual[-2:])
    assert refused.value.reason == Refusal.PHOTO_UNREADABLE


def test_as_many_pixels_as_allowed_are_read() -> None:
    side = int(PIXELS_MAX**0.5)
    assert max(read_photo(encoded(Image.new("1", (side, side)))).size) == 1280


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_whatever_is_wrong_with_a_file_is_said_as_data(kind: str) -> None:
    drawn = Image.open(BytesIO(portrait_bytes(150, 200)))
    profile = make_profile(Colors(DISPLAY_P3, None))
    photo = np.frombuffer(encoded(drawn, kind, exif=exif(6, MINUS_ONE_OF_NOTHING), icc_profile=profile), np.uint8)
    random = np.random.default_rng(11)
    for _ in range(150):
        broken = photo.copy()
        places = random.integers(0, min(len(photo), 1500), random.integers(1, 12))  # where the headers are
        broken[places] = random.integers(0, 256, len(places))
        try:
            read_photo(broken.tobytes()[: random.integers(len(photo) // 2, len(photo) + 1)])
        except GenerationRefused as refused:
            assert refused.reason in (Refusal.PHOTO_UNREADABLE, Refusal.PHOTO_TOO_LARGE, Refusal.PHOTO_TOO_SMALL)
