"""A picture that everybody sees keeps its pixels and its colours, and nothing of who took it, where and with what."""

from __future__ import annotations

import random
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from PIL import ExifTags, Image, ImageOps

from sahne.objects.bare_pictures import bare_picture
from sahne.pictures import HEAD_BYTES, picture_type
from tests.cameras import SECRET, exif, from_a_camera, portrait
from tests.pictures import encoded, program, seen

FORMATS = ["JPEG", "PNG", "WEBP", "AVIF"]
# Whose tags these programs read; AVIF is Pillow's alone
READERS = [("JPEG", "magick"), ("PNG", "magick"), ("JPEG", "vips"), ("WEBP", "vips")]

each_format = pytest.mark.parametrize("name", FORMATS)


def bare(data: bytes) -> bytes:
    kind = picture_type(data[:HEAD_BYTES])
    assert kind
    return bare_picture(kind, data)


def tags_seen(reader: str, data: bytes, path: Path) -> list[str]:
    """The lines another program has about tags and comments."""
    path.write_bytes(data)
    asked = {
        "magick": [program("identify", "imagemagick"), "-format", "%[EXIF:*]%c", str(path)],
        "vips": [program("vipsheader", "libvips-tools"), "-a", str(path)],
    }[reader]
    said = subprocess.run(asked, capture_output=True, check=True).stdout.decode("utf-8", "replace")
    return [line for line in said.splitlines() if line.strip() and (reader == "magick" or "exif" in line)]


@each_format
def test_the_pixels_stay_and_the_rest_goes(name: str) -> None:
    taken = from_a_camera(name)
    assert SECRET.encode() in taken or name == "AVIF"
    kept = bare(taken)
    assert SECRET.encode() not in kept
    before, after = Image.open(BytesIO(taken)), Image.open(BytesIO(kept))
    assert before.info["exif"]
    assert before.tobytes() == after.tobytes(), "nothing is encoded anew"
    assert after.info["icc_profile"] == before.info["icc_profile"]
    assert ExifTags.Base.Make not in after.getexif()
    assert not after.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    assert b"xmpmeta" not in kept
    assert not {"comment", "Author", "Comment"} & after.info.keys()


@each_format
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_stands_as_it_stood(name: str, orientation: int) -> None:
    taken = from_a_camera(name, orientation)
    kept = bare(taken)
    assert (
        ImageOps.exif_transpose(Image.open(BytesIO(kept))).size
        == ImageOps.exif_transpose(Image.open(BytesIO(taken))).size
    )
    assert (seen(kept) == seen(taken)).all(), "as the studio reads it"


@pytest.mark.parametrize(("name", "reader"), READERS)
def test_another_program_finds_no_tag_but_the_orientation(name: str, reader: str, tmp_path: Path) -> None:
    taken = from_a_camera(name)
    assert any(SECRET in line for line in tags_seen(reader, taken, tmp_path / "taken"))
    left = tags_seen(reader, bare(taken), tmp_path / "kept")
    assert name == "PNG" or any("Orientation" in line for line in left)  # of a PNG it reads the texts alone
    assert [line for line in left if any(word in line for word in (SECRET, "GPS", "Make", "Comment"))] == []


@each_format
def test_what_was_bare_stays_byte_for_byte(name: str) -> None:
    kept = bare(from_a_camera(name))
    assert bare(kept) == kept
    plain = encoded(portrait(), name)
    assert bare(plain) == plain


def test_an_animation_goes_on_moving() -> None:
    frames = [portrait(), portrait().rotate(180)]
    for name in ("PNG", "WEBP"):
        moving = encoded(frames[0], name, save_all=True, append_images=frames[1:], exif=exif())
        kept = Image.open(BytesIO(bare(moving)))
        assert getattr(kept, "n_frames", 1) == 2
        assert SECRET.encode() not in bare(moving)


def test_transparency_and_cmyk_stay() -> None:
    see_through = portrait().convert("RGBA")
    see_through.putalpha(120)
    for name in ("PNG", "WEBP"):
        data = encoded(see_through, name, exif=exif())
        assert Image.open(BytesIO(bare(data))).convert("RGBA").tobytes() == Image.open(BytesIO(data)).tobytes()
    printed = encoded(portrait().convert("CMYK"), "JPEG", exif=exif())
    assert Image.open(BytesIO(bare(printed))).tobytes() == Image.open(BytesIO(printed)).tobytes()


def test_a_film_hidden_behind_a_photo_is_left_out() -> None:
    for name in ("JPEG", "PNG", "WEBP"):
        data = encoded(portrait(), name)
        assert bare(data + b"ftypmp42 " + SECRET.encode()) == data


@each_format
def test_whatever_is_broken_in_it_nothing_is_raised_and_what_came_before_is_bare(name: str) -> None:
    taken = from_a_camera(name)
    for length in range(HEAD_BYTES, len(taken), 61):
        bare(taken[:length])
    chance = random.Random(5)
    for _ in range(300):
        broken = bytearray(taken)
        for _ in range(chance.randint(1, 6)):
            broken[chance.randrange(HEAD_BYTES, len(broken))] = chance.randrange(256)
        bare(bytes(broken))


def test_a_photo_that_was_cut_off_on_its_way_says_no_more_than_a_whole_one() -> None:
    taken = from_a_camera("JPEG")
    kept = bare(taken[:-200])
    assert SECRET.encode() not in kept
    assert kept == bare(taken)[:-200]


def test_what_we_cannot_read_is_left_as_it_is() -> None:
    gif = encoded(portrait(), "GIF")
    assert bare(gif) == gif
    assert bare(b"\xff\xd8\xff\xe0 a face") == b"\xff\xd8\xff\xe0 a face"
