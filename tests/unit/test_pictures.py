"""What bytes are, by how they begin, and under which type a bucket for pictures keeps them."""

from __future__ import annotations

import pytest
from PIL import Image

from sahne.objects.errors import PictureNotTaken
from sahne.objects.mimetypes import true_type
from sahne.pictures import HEAD_BYTES, picture_type
from tests.pictures import encoded

OURS = ["image/jpeg", "image/png", "image/webp", "image/avif"]
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0heicmif1"


def iso(major: bytes, *further: bytes, after: bytes = b"") -> bytes:
    box = b"ftyp" + major + b"\0\0\0\0" + b"".join(further)
    return (len(box) + 4).to_bytes(4, "big") + box + after


@pytest.mark.parametrize(
    ("kind", "name"),
    [("image/jpeg", "JPEG"), ("image/png", "PNG"), ("image/webp", "WEBP"), ("image/avif", "AVIF"),
     ("image/gif", "GIF"), ("image/bmp", "BMP"), ("image/tiff", "TIFF")],
)  # fmt: skip
def test_what_another_program_writes_is_recognised(kind: str, name: str) -> None:
    assert picture_type(encoded(Image.new("RGB", (16, 16), "teal"), name)[:HEAD_BYTES]) == kind


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (iso(b"heic", b"mif1", b"heic"), "image/heic"),
        (iso(b"mif1", b"heic"), "image/heic"),
        (iso(b"mif1", b"miaf"), "image/heic"),
        (iso(b"mif1", b"miaf", b"avif"), "image/avif"),
        (iso(b"mif1", b"miaf", after=b"avif"), "image/heic"),  # what stands behind the box is no brand of it
        (iso(b"avis", b"avif"), "image/avif"),
        (iso(b"isom", b"avif"), None),  # a film
        (b"RIFF\0\0\0\0WAVE", None),
        (b"RIFF", None),
        (b"\xff\xd8", None),
        (b"\x89PNG\n", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"<!doctype html>", None),
        (b"", None),
    ],
)
def test_brands_decide_and_what_only_resembles_a_picture_is_none(head: bytes, kind: str | None) -> None:
    assert picture_type(head) == kind


@pytest.mark.parametrize(
    ("declared", "head", "kept"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("image/PNG; q=1", b"\x89PNG\r\n\x1a\n", "image/PNG; q=1"),
        ("image/jpeg", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("image/avif", b"\xff\xd8\xff\xe0", "image/jpeg"),
    ],
)
def test_a_picture_is_kept_under_its_true_type(declared: str, head: bytes, kept: str) -> None:
    assert true_type(declared, head, OURS) == kept


@pytest.mark.parametrize(
    ("declared", "head", "message"),
    [
        ("image/jpeg", HEIC, "mime type image/heic is not supported"),
        ("image/png", b"GIF89a", "mime type image/gif is not supported"),
        ("image/png", b"<script>", "the content is no image/png"),
        ("image/png", b"", "the content is no image/png"),
    ],
)
def test_what_is_no_picture_of_the_bucket_is_refused_whatever_it_is_called(
    declared: str, head: bytes, message: str
) -> None:
    with pytest.raises(PictureNotTaken, match=message) as refused:
        true_type(declared, head, OURS)
    assert ("save an iPhone's HEIC as JPEG first" in refused.value.message) == (head == HEIC)


def test_a_bucket_of_any_picture_believes_only_a_type_without_a_mark() -> None:
    assert true_type("image/svg+xml", b"<svg/>", ["image/*"]) == "image/svg+xml"
    assert true_type("image/svg+xml", HEIC, ["image/*"]) == "image/heic"
    assert true_type("image/jpg", b"\xff\xd8\xff", ["image/*"]) == "image/jpg"
    assert true_type("image/heif", HEIC, ["image/*"]) == "image/heif"
    with pytest.raises(PictureNotTaken):
        true_type("image/jpg", b"<script>", ["image/*"])
