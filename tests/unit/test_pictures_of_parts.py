"""What looking through a picture costs is bounded by how long it is, and by how many parts it may have."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import pytest

from sahne.avif.boxes import BYTES_READ_MAX
from sahne.avif.sizes import UNTOLD_PIXELS, pixels_when_decoded
from sahne.digital_sources import DigitalSource, source_packet
from sahne.objects.bare_pictures import bare_picture
from sahne.objects.picture_parts import PARTS_MAX, TooManyParts
from sahne.pictures import picture_type
from tests.cameras import SECRET, from_a_camera
from tests.pictures_of_parts import OF_PARTS, avif_of_packets, avif_of_tracks, jpeg_of, nested_avif_of

MEMORY_BYTES_MAX = 40 * 1024 * 1024  # the file, the new one, and what is known of the parts
GENERATED = source_packet(DigitalSource.TRAINED)
STRAYS = [b"\0", b"\0\0\0\0 stray", b"\xff\xff\xff", b"\xff\xe1\0\0", b"\xff\xee\0\1"]


def bare(data: bytes) -> bytes:
    kind = picture_type(data[:256])
    assert kind
    return bare_picture(kind, data)


@pytest.mark.parametrize("of_parts", OF_PARTS)
def test_a_picture_of_too_many_parts_is_refused_and_one_of_many_is_not(of_parts: Callable[[int], bytes]) -> None:
    assert len(bare(of_parts(PARTS_MAX // 2))) == len(of_parts(PARTS_MAX // 2))
    with pytest.raises(TooManyParts):
        bare(of_parts(PARTS_MAX + 1_000))


@pytest.mark.parametrize("of_parts", OF_PARTS)
def test_no_picture_fills_the_memory(of_parts: Callable[[int], bytes]) -> None:
    data = of_parts(500_000)
    tracemalloc.start()
    with pytest.raises(TooManyParts):
        bare(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MEMORY_BYTES_MAX


@pytest.mark.parametrize("length", [len(GENERATED), 1 << 28, 1 << 62, 1 << 100])
def test_a_packet_is_as_long_as_the_file_has_it_whatever_it_says(length: int) -> None:
    data = avif_of_packets(GENERATED, [length], length_bytes=15)
    tracemalloc.start()
    assert bare(data) == data
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1024 * 1024


def test_items_that_lie_upon_each_other_are_read_no_more_often_than_a_picture_needs() -> None:
    long = GENERATED.ljust(1024 * 1024)
    times = BYTES_READ_MAX // len(long)
    assert pixels_when_decoded(avif_of_packets(long, [len(long)] * times)) == 0
    assert len(bare(avif_of_packets(long, [len(long)] * 3, metas=2))) > len(long)
    for items, metas in ((times + 1, 1), (times // 2 + 1, 2)):
        many = avif_of_packets(long, [len(long)] * items, metas)
        with pytest.raises(TooManyParts):
            bare(many)
        assert pixels_when_decoded(many) == UNTOLD_PIXELS


def test_frames_that_are_the_whole_file_are_read_no_more_often_either() -> None:
    unread = bytes(1024 * 1024)
    assert pixels_when_decoded(avif_of_tracks(unread, 3)) == 0
    assert pixels_when_decoded(avif_of_tracks(unread, BYTES_READ_MAX // len(unread) + 1)) == UNTOLD_PIXELS


def test_boxes_in_boxes_are_walked_no_deeper_than_a_film_has_them() -> None:
    assert bare(nested_avif_of(40_000)) == nested_avif_of(40_000)


def test_fill_bytes_cost_nothing() -> None:
    assert bare(b"\xff\xd8" + b"\xff" * 5_000_000 + jpeg_of(1)[2:]) == jpeg_of(1)


@pytest.mark.parametrize("stray", STRAYS)
def test_bytes_that_belong_to_nothing_hide_no_metadata_behind_them(stray: bytes) -> None:
    taken = from_a_camera("JPEG")
    assert SECRET.encode() in taken
    behind = taken.index(b"\xff\xe1")
    assert SECRET.encode() not in bare(taken[:behind] + stray + taken[behind:])


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_a_picture_cut_off_within_its_metadata_says_nothing_of_it(name: str) -> None:
    taken = from_a_camera(name)
    assert SECRET.encode() not in bare(taken[: taken.rindex(SECRET.encode()) + len(SECRET) + 1])
