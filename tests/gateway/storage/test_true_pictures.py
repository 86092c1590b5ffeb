"""A bucket for pictures keeps pictures: whichever way they come in, their bytes say what they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from sahne.objects.bare_pictures import bare_picture
from sahne.objects.picture_parts import PARTS_MAX
from tests.buckets import PNG_HEAD, Caller, blob_files, refusal
from tests.cameras import SECRET, from_a_camera
from tests.pictures import encoded, told_by_exiftool
from tests.pictures_of_parts import jpeg_of

JPEG = b"\xff\xd8\xff\xe0 a face"
PAGE = b"<script>alert(1)</script>"
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0heicmif1"
NOT_TAKEN = (400, "415", "invalid_mime_type", "InvalidMimeType")

Way = Callable[[Caller, str, bytes, str], httpx.Response]


def posted(who: Caller, name: str, content: bytes, kind: str) -> httpx.Response:
    return who.upload(name, content, kind)


def upserted(who: Caller, name: str, content: bytes, kind: str) -> httpx.Response:
    return who.upload(name, content, kind, x_upsert="true")


def put(who: Caller, name: str, content: bytes, kind: str) -> httpx.Response:
    assert who.upload(name, JPEG, "image/jpeg").status_code == 200
    return who.call("PUT", f"/object/{name}", content=content, headers={"content-type": kind})


def in_a_form(who: Caller, name: str, content: bytes, kind: str) -> httpx.Response:
    return who.call("POST", f"/object/{name}", data={"cacheControl": "60"}, files={"": ("x", content, kind)})


def in_small_chunks(who: Caller, name: str, content: bytes, kind: str) -> httpx.Response:
    pieces = (content[at : at + 1] for at in range(len(content)))
    return who.call("POST", f"/object/{name}", content=pieces, headers={"content-type": kind})


def signed(who: Caller, name: str, content: bytes, kind: str) -> httpx.Response:
    url = who.call("POST", f"/object/upload/sign/{name}").json()["url"]
    return who.call("PUT", url, content=content, headers={"content-type": kind})


def copied(who: Caller, name: str, content: bytes, kind: str) -> httpx.Response:
    return _from_elsewhere(who, "copy", name, content, kind)


def moved(who: Caller, name: str, content: bytes, kind: str) -> httpx.Response:
    return _from_elsewhere(who, "move", name, content, kind)


def _from_elsewhere(who: Caller, verb: str, name: str, content: bytes, kind: str) -> httpx.Response:
    source = f"{who.id}/{uuid4()}"
    assert who.upload(f"w-private/{source}", content, kind).status_code == 200
    bucket, _, rest = name.partition("/")
    told = {"bucketId": "w-private", "sourceKey": source, "destinationBucket": bucket, "destinationKey": rest}
    return who.call("POST", f"/object/{verb}", json=told)


WAYS = [posted, upserted, put, in_a_form, in_small_chunks, signed, copied, moved]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_no_picture_comes_in_by_no_way(ada: Caller, way: Way) -> None:
    name = f"avatars/{ada.id}/{uuid4()}.png"
    files = len(blob_files(ada.settings))
    answers = [way(ada, f"{name}-{number}", content, "image/png") for number, content in enumerate((PAGE, HEIC, b""))]
    assert [refusal(answer) for answer in answers] == [NOT_TAKEN] * 3
    assert "save an iPhone's HEIC as JPEG first" in answers[1].json()["message"]
    sources = 3 if way in (put, copied, moved) else 0
    assert len(blob_files(ada.settings)) == files + sources


@pytest.mark.parametrize("way", WAYS)
def test_a_jpeg_called_png_is_kept_as_the_jpeg_it_is(ada: Caller, way: Way) -> None:
    name = f"avatars/{ada.id}/{uuid4()}.png"
    assert way(ada, name, JPEG, "image/png").status_code == 200
    shown = ada.get(f"/object/public/{name}")
    assert (shown.content, shown.headers["content-type"]) == (JPEG, "image/jpeg")
    assert ada.get(f"/object/info/{name}").json()["content_type"] == "image/jpeg"


@pytest.mark.parametrize("way", WAYS)
def test_a_picture_that_everybody_sees_says_nothing_of_who_took_it(ada: Caller, way: Way) -> None:
    """Whichever way it comes; what is measured is what is stored. In a bucket of the operator's own it is kept as it came."""
    taken = from_a_camera("JPEG")
    face, own = (f"{bucket}/{ada.id}/{uuid4()}.jpg" for bucket in ("avatars", "w-private"))
    assert way(ada, face, taken, "image/jpeg").status_code == 200
    assert ada.upload(own, taken, "image/jpeg").status_code == 200
    shown = ada.get(f"/object/public/{face}")
    assert shown.content == bare_picture("image/jpeg", taken)
    assert SECRET.encode() not in shown.content
    told = ada.get(f"/object/info/{face}").json()
    assert (told["size"], told["etag"]) == (len(shown.content), f'"{hashlib.md5(shown.content).hexdigest()}"')
    assert shown.headers["etag"] == told["etag"]
    assert ada.get(f"/object/{own}").content == taken


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("bucket", ["photos", "images"])
def test_no_photo_is_kept_with_the_place_it_was_taken_at(ada: Caller, bucket: str, way: Way) -> None:
    """Neither an export nor a file that gets into wrong hands tells it: on the disk there is no file that does."""
    taken = from_a_camera("JPEG")
    name = f"{bucket}/{ada.id}/{uuid4()}.jpg"
    before = blob_files(ada.settings)
    assert way(ada, name, taken, "image/jpeg").status_code == 200
    assert ada.get(f"/object/{name}").content == bare_picture("image/jpeg", taken)
    new = [file.read_bytes() for file in set(blob_files(ada.settings)) - set(before)]
    sources = 1 if way is copied else 0  # of a bucket of the operator's own, which stays there
    assert len([content for content in new if SECRET.encode() in content]) == sources
    assert len(new) == 1 + sources


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_exiftool_finds_no_place_and_no_camera_in_a_photo_that_is_kept(ada: Caller, kind: str, tmp_path: Path) -> None:
    taken = from_a_camera(kind)
    name = f"photos/{ada.id}/{uuid4()}"
    before = told_by_exiftool(tmp_path / "taken", taken)
    assert ada.upload(name, taken, f"image/{kind.lower()}").status_code == 200
    kept = ada.get(f"/object/{name}").content
    after = told_by_exiftool(tmp_path / "kept", kept)
    assert SECRET in str(before)
    assert not [tag for tag in after if "GPS" in tag or tag.endswith((":Make", ":Model", ":City", ":Author"))]
    assert SECRET not in str(after)
    for tag in (
        "IFD0:Orientation",
        "File:ImageWidth",
        "PNG:ImageWidth",
        "RIFF:ImageWidth",
        "ICC_Profile:ColorSpaceData",
    ):
        assert after.get(tag) == before.get(tag), tag
    assert Image.open(BytesIO(kept)).tobytes() == Image.open(BytesIO(taken)).tobytes(), "nothing is encoded anew"


@pytest.mark.parametrize("way", [way for way in WAYS if way is not in_small_chunks])  # too large for one byte each
def test_a_picture_that_nobody_could_look_through_comes_in_by_no_way(ada: Caller, way: Way) -> None:
    name = f"avatars/{ada.id}/{uuid4()}.jpg"
    files = len(blob_files(ada.settings))
    answer = way(ada, name, jpeg_of(PARTS_MAX + 1), "image/jpeg")
    assert refusal(answer) == (400, "413", "Payload too large", "EntityTooLarge")
    assert len(blob_files(ada.settings)) == files + (1 if way in (put, copied, moved) else 0)


def test_the_server_is_told_the_same(service: Caller, ada: Caller) -> None:
    assert refusal(service.upload(f"avatars/{ada.id}/server.png", PAGE, "image/png")) == NOT_TAKEN
    assert service.upload(f"avatars/{ada.id}/server.png", PNG_HEAD, "image/png").status_code == 200


def test_where_other_things_are_taken_too_what_is_said_is_believed(ada: Caller) -> None:
    assert ada.upload(f"w-private/{ada.id}/page.png", PAGE, "image/png").status_code == 200
    assert ada.upload(f"w-picky/{ada.id}/page.png", PAGE, "image/png").status_code == 200


def test_a_large_picture_is_kept_whole(ada: Caller) -> None:
    picture = encoded(Image.effect_noise((1600, 1400), 100))
    assert len(picture) > 2_000_000
    name = f"photos/{ada.id}/{uuid4()}.png"
    assert in_a_form(ada, name, picture, "image/png").status_code == 200
    assert ada.get(f"/object/{name}").content == picture
