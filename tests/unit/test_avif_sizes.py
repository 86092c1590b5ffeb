"""How large an AVIF becomes is read from its streams, and none is decoded that becomes larger than it says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sahne.avif.boxes import BYTES_READ_MAX
from sahne.avif.sizes import PARTS_MAX, UNTOLD_PIXELS, pixels_when_decoded
from sahne.avif.streams import coded_pixels
from sahne.objects.bare_pictures import bare_picture
from sahne.objects.errors import NotRendered
from sahne.objects.rendering import render
from sahne.objects.transforms import Transform
from sahne.providers.images.embedded.photo import read_photo
from sahne.providers.images.finishing import measured
from sahne.providers.images.generator import GenerationRefused, Refusal
from tests.lying_avifs import avif_of, grid_of, of_promised_size

SMALL = avif_of(60, 40)


class Uncounted:
    def one(self) -> None:
        """However many there are."""

    def read(self, size: int) -> None:
        """However long they are."""


def bits(text: str) -> bytes:
    text = text.replace(" ", "")
    return int(text.ljust(-len(text) % 8 + len(text), "0"), 2).to_bytes(-(-len(text) // 8), "big")


def unit(header: bytes) -> bytes:
    return bytes([1 << 3 | 2, len(header)]) + header


@pytest.mark.parametrize(("width", "height"), [(1, 1), (60, 40), (4096, 30)])
def test_what_speaks_the_truth_is_measured_as_it_says(width: int, height: int) -> None:
    assert pixels_when_decoded(avif_of(width, height)) == width * height


def test_with_transparency_and_moving_it_is_measured_too() -> None:
    assert pixels_when_decoded(avif_of(60, 40, save_all=True, append_images=[Image.new("L", (60, 40))])) == 64 * 64
    assert pixels_when_decoded(grid_of(100, 2, 3)) == 60_000


def test_nobody_decodes_what_becomes_larger_than_it_says() -> None:
    one, tiles = of_promised_size(avif_of(5_100, 5_000)), grid_of(500, 15, 15)
    assert [pixels_when_decoded(lying) for lying in (one, tiles)] == [5_100 * 5_000, 7_500 * 7_500]
    for lying in (one, tiles):
        assert len(lying) < 20_000
        with pytest.raises(NotRendered):
            render(lying, Transform(width=10))
        with pytest.raises(GenerationRefused):
            measured(lying)
    with pytest.raises(GenerationRefused) as refused:
        read_photo(tiles)
    assert refused.value.reason is Refusal.PHOTO_TOO_LARGE


def test_moving_pictures_promise_nothing_either() -> None:
    more = [Image.new("L", (4_100, 4_100))]
    with pytest.raises(NotRendered):
        render(of_promised_size(avif_of(4_100, 4_100, save_all=True, append_images=more)), Transform(width=10))


def test_frames_that_may_say_a_size_of_their_own_are_as_large_as_they_can_say() -> None:
    points = "0 0 00000 000000000000 00001"  # no times, no delays, one operating point
    header = bits(f"000 0 0 {points} 1111 1111 0000000000000111 0000000000000111")
    assert coded_pixels(unit(header), Uncounted()) == 1 << 32
    timed = f"1 {'0' * 64} 1 0001 000 1 00000 {'0' * 42} 0 00000 {'0' * 12} 01000 0 1 000"
    assert coded_pixels(unit(bits(f"000 0 0 {timed} 0111 0111")), Uncounted()) == 1 << 16
    forbidden = bytes([0x80 | 2 << 3 | 2, 0])  # decoders pass over it, and go on
    assert coded_pixels(forbidden + unit(header), Uncounted()) == 1 << 32
    assert coded_pixels(unit(bits("000 1 1 00001 0111 0111 00000111 00000011")), Uncounted()) == 8 * 4


def test_what_takes_too_long_to_look_through_is_not_told() -> None:
    many = (8).to_bytes(4, "big") + b"free"
    assert pixels_when_decoded(SMALL + many * PARTS_MAX) == UNTOLD_PIXELS
    assert BYTES_READ_MAX > 25 * 1024 * 1024


@given(st.integers(0, len(SMALL) - 1), st.binary(max_size=12), st.integers(0, 12))
def test_whatever_is_written_into_it_is_measured_or_not_but_stumbled_over_never(
    at: int, instead: bytes, left_out: int
) -> None:
    broken = SMALL[:at] + instead + SMALL[at + left_out :]
    assert pixels_when_decoded(broken) >= 0
    assert bare_picture("image/avif", broken) is not None


@pytest.mark.parametrize("last", [b"\0\0\0\x08iinf", b"\0\0\0\x16iinf" + bytes(6) + b"\0\0\0\x08infe"])
def test_a_file_that_ends_in_a_box_without_content_is_looked_through(last: bytes) -> None:
    inner = b"\0\0\0\x08iloc" + last
    data = SMALL[:28] + (12 + len(inner)).to_bytes(4, "big") + b"meta\0\0\0\0" + inner
    assert bare_picture("image/avif", data) == data
    assert pixels_when_decoded(data) == 0
