"""Image rendering: sizes and formats, who may see what, signed renderings, and what is no picture."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image, ImageFile

from sahne.digital_sources import DigitalSource, only_source, source_packet
from tests.buckets import Caller, refusal

AS_BROWSERS = {"accept": "image/avif,image/webp,*/*"}


def picture(width: int = 400, height: int = 200, kind: str = "JPEG", mode: str = "RGB", **more: object) -> bytes:
    """Red on its left half, blue on its right."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    out = BytesIO()
    image.convert(mode).save(out, kind, **more)
    return out.getvalue()


@pytest.fixture
def face(ada: Caller) -> str:
    place = f"w-public/{ada.id}/face.jpg"
    assert ada.upload(place, picture(), "image/jpeg", x_upsert="true").status_code == 200
    return place


def rendered(answer: httpx.Response) -> ImageFile.ImageFile:
    assert answer.status_code == 200, answer.text
    return Image.open(BytesIO(answer.content))


@pytest.fixture
def show(http: httpx.Client, ada: Caller) -> Callable[..., httpx.Response]:
    def show(place: str, headers: dict[str, str] | None = None, **wish: object) -> httpx.Response:
        url = f"{ada.settings.api_url}/storage/v1/render/image/public/{place}"
        return http.get(url, params={name: str(value) for name, value in wish.items()}, headers=headers)

    return show


@pytest.mark.parametrize(
    ("wish", "size"),
    [
        ({}, (400, 200)),
        ({"width": 100}, (100, 50)),
        ({"height": 100}, (200, 100)),
        ({"width": 100, "height": 100}, (100, 100)),
        ({"width": 100, "height": 100, "resize": "contain"}, (100, 50)),
        ({"width": 100, "height": 100, "resize": "fill"}, (100, 100)),
        ({"width": 800}, (400, 200)),
        ({"width": 500, "height": 100}, (400, 100)),
        ({"width": 999999, "height": 1}, (400, 1)),
    ],
)
def test_a_picture_fits_as_it_is_wished_and_never_grows(
    show: Callable[..., httpx.Response], face: str, wish: dict[str, object], size: tuple[int, int]
) -> None:
    image = rendered(show(face, **wish))
    assert (image.size, image.format) == (size, "JPEG")


def test_covering_cuts_what_stands_over_and_filling_squeezes(show: Callable[..., httpx.Response], ada: Caller) -> None:
    place = f"w-public/{ada.id}/stripes.png"
    stripes = Image.new("RGB", (300, 100), "white")
    stripes.paste("red", (0, 0, 50, 100))
    out = BytesIO()
    stripes.save(out, "PNG")
    ada.upload(place, out.getvalue(), "image/png")
    covered, filled = (rendered(show(place, width=50, height=50, resize=how)) for how in ("cover", "fill"))
    assert covered.format == "PNG"
    assert covered.getpixel((2, 25)) == (255, 255, 255)
    assert filled.getpixel((2, 25)) == (255, 0, 0)


def test_the_format_is_what_the_client_shows_unless_it_is_said(show: Callable[..., httpx.Response], face: str) -> None:
    for headers, wish, kind in (
        (AS_BROWSERS, {}, "image/webp"),
        ({"accept": "*/*"}, {}, "image/jpeg"),
        (AS_BROWSERS, {"format": "origin"}, "image/jpeg"),
        ({}, {"format": "avif"}, "image/avif"),
        ({}, {"format": "webp"}, "image/webp"),
    ):
        answer = show(face, headers, width=64, **wish)
        assert answer.headers["content-type"] == kind
        assert rendered(answer).get_format_mimetype() == kind
        assert ("vary" in answer.headers) is ("format" not in wish)
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert len(show(face, width=400, quality=20).content) < len(show(face, width=400, quality=100).content)


def test_a_rendering_has_a_tag_of_its_own(show: Callable[..., httpx.Response], face: str, ada: Caller) -> None:
    answer = show(face, width=50)
    etag = answer.headers["etag"]
    assert show(face, {"if-none-match": etag}, width=50).status_code == 304
    assert show(face, {"if-none-match": etag}, width=51).status_code == 200
    assert show(face, {"if-none-match": etag} | AS_BROWSERS, width=50).status_code == 200
    headed = ada.call("HEAD", f"/render/image/authenticated/{face}", params={"width": "50"})
    assert (headed.content, headed.headers["content-length"]) == (b"", str(len(answer.content)))
    ada.upload(face, picture(300, 300), "image/jpeg", x_upsert="true")
    assert rendered(show(face, {"if-none-match": etag}, width=50)).size == (50, 50), "what was replaced is not shown"


def test_a_private_picture_is_rendered_for_whom_it_is(
    ada: Caller, bo: Caller, show: Callable[..., httpx.Response]
) -> None:
    place = f"w-private/{ada.id}/mine.jpg"
    ada.upload(place, picture(), "image/jpeg")
    assert rendered(ada.get(f"/render/image/authenticated/{place}?width=10")).size == (10, 5)
    assert refusal(bo.get(f"/render/image/authenticated/{place}?width=10"))[3] == "NoSuchKey"
    assert refusal(show(place, width=10))[3] == "NoSuchBucket"


def test_a_signed_rendering_opens_itself_and_nothing_larger(ada: Caller, bo: Caller, http: httpx.Client) -> None:
    place, base = f"w-private/{ada.id}/signed.jpg", f"{ada.settings.api_url}/storage/v1"
    ada.upload(place, picture(), "image/jpeg")
    body = {"expiresIn": 60, "transform": {"width": 40, "height": 40, "resize": "contain", "format": "webp"}}
    assert refusal(bo.call("POST", f"/object/sign/{place}", json=body))[3] == "NoSuchKey"
    url = ada.call("POST", f"/object/sign/{place}", json=body).json()["signedURL"]
    assert url.startswith(f"/render/image/sign/{place}?token=")
    image = rendered(http.get(f"{base}{url}&width=400"))
    assert (image.size, image.format) == ((40, 20), "WEBP")
    token = url.partition("token=")[2]
    assert refusal(http.get(f"{base}/object/sign/{place}?token={token}"))[3] == "InvalidJWT"
    assert (
        refusal(http.get(f"{base}/render/image/sign/w-private/{ada.id}/x.jpg?token={token}"))[3] == "InvalidSignature"
    )
    whole = ada.call("POST", f"/object/sign/{place}", json={"expiresIn": 60}).json()["signedURL"].partition("token=")[2]
    assert refusal(http.get(f"{base}/render/image/sign/{place}?token={whole}"))[3] == "InvalidJWT"
    wrong = ada.call("POST", f"/object/sign/{place}", json={"expiresIn": 60, "transform": {"width": "wide"}})
    assert refusal(wrong)[3] == "InvalidParameter"


@pytest.mark.parametrize("wish", [{"width": "x"}, {"width": -1}, {"quality": 10}, {"quality": 101}, {"resize": "crop"}, {"format": "gif"}])  # fmt: skip
def test_a_wish_that_cannot_be_is_told_so(
    show: Callable[..., httpx.Response], face: str, wish: dict[str, object]
) -> None:
    answer = show(face, **wish)
    assert refusal(answer) == (400, "400", "InvalidParameter", "InvalidParameter")
    assert answer.json()["message"].startswith(f"querystring/{next(iter(wish))} ")


@pytest.mark.parametrize(
    "content",
    [
        b"no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture()[:700],
        picture(6000, 5000, "PNG"),
        b"\xff\xd8\xff" + b"\xff\xda" * 100,
    ],
    ids=["text", "svg", "cut", "too many pixels", "too many scans"],
)
def test_what_is_no_picture_is_not_rendered(
    show: Callable[..., httpx.Response], ada: Caller, content: bytes, request: pytest.FixtureRequest
) -> None:
    place = f"w-public/{ada.id}/{request.node.name}"
    ada.upload(place, content, "image/jpeg")
    assert refusal(show(place, width=10)) == (400, "422", "ImageProcessingError", "ImageProcessingError")


def test_kinds_and_colours_that_cameras_and_programs_write(show: Callable[..., httpx.Response], ada: Caller) -> None:
    for number, content in enumerate(
        [
            picture(kind="PNG", mode="RGBA"),
            picture(kind="PNG", mode="P"),
            picture(kind="PNG", mode="1"),
            picture(kind="PNG", mode="I;16"),
            picture(kind="PNG", mode="LA"),
            picture(kind="JPEG", mode="CMYK"),
            picture(kind="JPEG", mode="L"),
            picture(kind="GIF", mode="P"),
            picture(kind="WEBP", mode="RGBA"),
            picture(kind="AVIF"),
        ]
    ):
        place = f"w-public/{ada.id}/kind {number}"
        ada.upload(place, content, "application/octet-stream")
        for format in ("origin", "webp", "avif"):
            assert rendered(show(place, width=20, format=format)).size == (20, 10)


def test_a_picture_stands_upright_and_tells_nothing_but_that_it_was_generated(
    show: Callable[..., httpx.Response], ada: Caller
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter to the right
    exif[0x010F] = "a camera"
    place, packet = f"w-public/{ada.id}/turned.jpg", source_packet(DigitalSource.TRAINED)
    ada.upload(place, picture(exif=exif, xmp=packet), "image/jpeg")
    for format in ("origin", "webp", "avif"):
        answer = show(place, width=100, format=format)
        image = rendered(answer)
        assert image.size == (100, 200)
        pixels = np.asarray(image.convert("RGB"))
        red, blue = pixels[20, 50], pixels[180, 50]
        assert (red[0] > 200, blue[2] > 200) == (True, True), "left is above"
        assert b"a camera" not in answer.content
        assert only_source(image.info["xmp"]) == packet


def test_many_who_ask_at_once_get_one_rendering_that_is_kept(show: Callable[..., httpx.Response], ada: Caller) -> None:
    place = f"w-public/{ada.id}/asked.jpg"
    ada.upload(place, picture(1600, 1200), "image/jpeg")
    folder: Path = ada.settings.rendered_path
    before = set(folder.iterdir())
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: show(place, width=333).content, range(8)))
    assert len(set(answers)) == 1
    made = set(folder.iterdir()) - before
    assert len(made) == 1
    made.pop().write_bytes(answers[0] + b"kept")
    assert show(place, width=333).content == answers[0] + b"kept"
