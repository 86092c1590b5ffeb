"""The keyless maker: one seed, one picture; and what it cannot use it refuses as data."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import GPS, IFD

from sahne.providers.images.embedded.backdrop import Backdrop
from sahne.providers.images.embedded.backdrops import PAINTERS
from sahne.providers.images.embedded.composition import join
from sahne.providers.images.embedded.cutout import cut_out
from sahne.providers.images.embedded.faces import find_face
from sahne.providers.images.embedded.looks import BRUSHES, LOOKS, PLACES, Hand, choose_look
from sahne.providers.images.embedded.models import (
    CUTOUT,
    HASHES,
    NETS,
    ModelMissing,
    ModelNotTrusted,
    Models,
    read_trusted,
)
from sahne.providers.images.embedded.photo import PIXELS_MAX, read_photo
from sahne.providers.images.embedded.placing import outline_of, place
from sahne.providers.images.embedded.studio import EmbeddedStudio, make_picture
from sahne.providers.images.generator import (
    PHOTO_BYTES_MAX,
    GenerationRefused,
    ImageGenerator,
    ImageRequest,
    Picture,
    Refusal,
)
from sahne.providers.images.memory import MemoryImages
from tests.portraits import SITTERS, Drawn, draw_portrait, portrait_bytes, wall_bytes

ROOT = Path(__file__).parents[2]
PORTRAIT = portrait_bytes(450, 600)
REQUEST = ImageRequest(
    prompt="A secret prompt",
    negative_prompt=None,
    keywords=("sunset",),
    category="outdoor",
    seed=7,
    width=512,
    height=512,
    photo=PORTRAIT,
)


@pytest.fixture(scope="module")
def models() -> Models:
    return Models()


def made(request: ImageRequest, models: Models) -> Picture:
    return make_picture(request, models, lambda fraction: None)


def pixels(encoded: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(encoded)).convert("RGB"), dtype=np.int16)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_picture(models: Models) -> None:
    first, again = made(REQUEST, models), made(REQUEST, Models())
    assert first.image == again.image
    assert first.thumbnail == again.thumbnail
    assert made(replace(REQUEST, seed=8), models).image != first.image


def test_the_person_stays_and_the_place_changes(models: Models) -> None:
    picture = made(REQUEST, models)
    assert picture.facts["mode"] == "backdrop"
    assert 0.2 < picture.facts["mask_coverage"] < 0.6
    result = pixels(picture.image)
    wall = np.array([196, 202, 206])
    assert np.abs(result[:60] - wall).mean() > 40, "the old wall is gone"
    jacket = result[-40:, 230:280].mean(axis=(0, 1))
    assert jacket[2] > jacket[0], "the blue jacket is still there and blue"


@pytest.mark.parametrize("size", [(768, 1024), (1024, 576)])
def test_the_picture_has_the_size_that_was_asked_for(models: Models, size: tuple[int, int]) -> None:
    picture = made(replace(REQUEST, width=size[0], height=size[1]), models)
    assert Image.open(BytesIO(picture.image)).size == size == (picture.width, picture.height)
    assert max(Image.open(BytesIO(picture.thumbnail)).size) == 320


def test_a_brush_of_the_scene_paints_and_a_reference_lends_its_style(models: Models) -> None:
    plain = made(REQUEST, models)
    painted = made(replace(REQUEST, keywords=("sunset", "mosaic")), models)
    like = made(replace(REQUEST, reference=painted.image), models)
    assert [each.facts["mode"] for each in (plain, painted, like)] == ["backdrop", "paint", "reference"]
    assert painted.facts["style"] == 25
    for one, other in ((plain, painted), (plain, like), (painted, like)):
        assert np.abs(pixels(one.image) - pixels(other.image)).mean() > 8


@pytest.mark.parametrize("reference", [b"no picture", wall_bytes()[:500]])
def test_a_reference_that_cannot_be_read_is_not_the_photos_fault(models: Models, reference: bytes) -> None:
    picture = made(replace(REQUEST, reference=reference), models)
    assert picture.facts["mode"] == "backdrop"
    assert picture.image == made(REQUEST, models).image


def test_the_picture_tells_who_made_it_and_neither_prompt_nor_camera(models: Models) -> None:
    picture = made(replace(REQUEST, photo=portrait_bytes(450, 600, orientation=6)), models)
    words = Image.open(BytesIO(picture.image)).text  # type: ignore[attr-defined]
    assert words["Software"] == "Sahne embedded-studio-1"
    assert picture.facts["text_prompt"] is False
    for secret in (b"secret prompt", b"serial number", b"Exif"):
        assert secret not in picture.image + picture.thumbnail


@pytest.mark.parametrize("who", SITTERS.values(), ids=SITTERS)
def test_a_face_is_found_whoever_it_is(models: Models, who: Drawn) -> None:
    face = find_face(read_photo(portrait_bytes(600, 800, who=who)), models)
    assert abs(face.x - 300) < 40
    assert abs(face.y - 0.39 * 800) < 60
    assert 120 < face.width < 260


@pytest.mark.parametrize(
    "part", [(0, 0, 600, 800), (0, 60, 600, 560), (100, 90, 500, 460)], ids=["bust", "head", "close"]
)
def test_no_frame_cuts_a_head_or_shows_a_cut_edge(models: Models, part: tuple[int, int, int, int]) -> None:
    photo = read_photo(encoded(draw_portrait(600, 800).crop(part)))
    face, cutout = find_face(photo, models), cut_out(photo, models)
    outline = outline_of(cutout.mask)
    for width, height in ((768, 768), (768, 1024), (720, 1280), (1280, 960)):
        placed = place(cutout, face, width, height)
        assert placed.mask[0].max() < 0.5 or outline.cut_top, "the hair is in the frame"
        assert placed.mask[-1].max() > 0.5, "what ran out of the photo below runs out of the frame"
        assert 0.25 < placed.face.x / width < 0.75
        assert 0.15 < placed.face.y / height < 0.65


def test_the_old_wall_does_not_come_along_at_the_border(models: Models) -> None:
    """Hair before a green wall, laid on black: no pixel of the border is greener than red."""
    green = Image.new("RGB", (600, 800), (60, 200, 70))
    portrait = draw_portrait(600, 800)
    green.paste(portrait, mask=Image.fromarray((cut_out(portrait, models).mask * 255).astype(np.uint8)))
    cutout = cut_out(green, models)
    border = (cutout.mask > 0.15) & (cutout.mask < 0.9)
    colors = cutout.pixels[border]
    assert len(colors) > 500
    assert float(np.mean(colors[:, 1] > colors[:, 0] + 0.12)) < 0.12


@pytest.mark.parametrize("hand", ["oil painting", "impressionist", "watercolor", "sketch"])
def test_a_hand_paints_and_keeps_the_face(models: Models, hand: str) -> None:
    plain = made(replace(REQUEST, keywords=("sunset",)), models)
    painted = made(replace(REQUEST, keywords=("sunset", hand)), models)
    assert painted.facts["mode"] == "hand"
    photo = Image.open(BytesIO(painted.image))
    was, now = find_face(Image.open(BytesIO(plain.image)), models), find_face(photo, models)
    assert abs(was.x - now.x) < 20
    assert abs(was.y - now.y) < 20
    if hand == "sketch":
        assert pixels(painted.image).std(axis=2).max() < 9, "graphite has no colour, and paper hardly any"


def test_the_light_falls_on_the_side_where_the_lamp_is(models: Models) -> None:
    """The same face in the same place, lit from the left and from the right: its halves change about."""
    photo = read_photo(PORTRAIT)
    placed = place(cut_out(photo, models), find_face(photo, models), 512, 512)
    grey = np.full((512, 512, 3), 0.4, dtype=np.float32)
    lit = {x: join(placed, Backdrop(grey, (x, 0.5), np.ones(3, np.float32), 1.0)).mean(axis=2) for x in (0.0, 1.0)}
    x, y, reach = round(placed.face.x), round(placed.face.y), round(placed.face.width / 3)
    left, right = np.s_[y - reach : y + reach, x - reach : x], np.s_[y - reach : y + reach, x : x + reach]
    assert lit[0.0][left].mean() > lit[1.0][left].mean() + 0.02
    assert lit[1.0][right].mean() > lit[0.0][right].mean() + 0.02


def chunks_of(png: bytes) -> list[bytes]:
    at, names = 8, []
    while at < len(png):
        names.append(png[at + 4 : at + 8])
        at += 12 + int.from_bytes(png[at : at + 4], "big")
    return names


def test_where_a_photo_was_taken_does_not_leave_and_what_leaves_is_srgb(models: Models) -> None:
    exif = Image.Exif()
    exif.get_ifd(IFD.GPSInfo).update({GPS.GPSLatitudeRef: "N", GPS.GPSLatitude: (41.0, 1.0, 35.5)})
    out = BytesIO()
    Image.open(BytesIO(PORTRAIT)).save(out, "JPEG", exif=exif, comment=b"41.0266", xmp=b"<x:xmpmeta/>")
    assert Image.open(BytesIO(out.getvalue())).getexif().get_ifd(IFD.GPSInfo)
    picture = made(replace(REQUEST, photo=out.getvalue()), models)
    assert set(chunks_of(picture.image)) == {b"IHDR", b"sRGB", b"tEXt", b"IDAT", b"IEND"}
    assert picture.thumbnail[12:16] == b"VP8 ", "the plain form: no profile (so sRGB), no EXIF, no XMP"
    assert not {"exif", "xmp", "comment"} & set(Image.open(BytesIO(picture.thumbnail)).info)


def test_a_turned_photo_is_set_upright_before_anything_else() -> None:
    turned, upright = portrait_bytes(450, 600, orientation=6), portrait_bytes(450, 600)
    assert Image.open(BytesIO(turned)).size == (600, 450)
    seen = read_photo(turned)
    assert seen.size == (450, 600)
    assert not seen.getexif()
    assert not seen.info
    assert np.abs(np.asarray(seen, np.int16) - np.asarray(read_photo(upright), np.int16)).mean() < 3


def encoded(picture: Image.Image, kind: str = "PNG") -> bytes:
    out = BytesIO()
    picture.save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    ("photo", "reason"),
    [
        (None, Refusal.PHOTO_REQUIRED),
        (b"", Refusal.PHOTO_UNREADABLE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Refusal.PHOTO_UNREADABLE),
        (PORTRAIT[: len(PORTRAIT) // 2], Refusal.PHOTO_UNREADABLE),
        (encoded(Image.new("RGB", (300, 300)), "GIF"), Refusal.PHOTO_UNREADABLE),
        (encoded(Image.new("RGB", (100, 400))), Refusal.PHOTO_TOO_SMALL),
        (encoded(Image.new("RGB", (200_000, 128))), Refusal.PHOTO_TOO_SMALL),
        (encoded(Image.new("RGB", (1_547, 128))), Refusal.PHOTO_TOO_SMALL),
        (encoded(Image.new("1", (10_000, PIXELS_MAX // 10_000 + 1))), Refusal.PHOTO_TOO_LARGE),
        (b"\xff\xd8\xff" + b"\x00" * PHOTO_BYTES_MAX, Refusal.PHOTO_TOO_LARGE),
        (wall_bytes(), Refusal.FACE_NOT_FOUND),
        (encoded(Image.effect_noise((600, 600), 90).convert("RGB")), Refusal.FACE_NOT_FOUND),
    ],
    ids=["none", "empty", "svg", "cut off", "gif", "small", "a hair", "long", "bomb", "heavy", "nobody", "noise"],
)
def test_a_photo_that_cannot_be_used_is_refused_with_a_reason(
    models: Models, photo: bytes | None, reason: Refusal
) -> None:
    with pytest.raises(GenerationRefused) as refused:
        made(replace(REQUEST, photo=photo), models)
    assert refused.value.reason == reason


def test_a_model_that_is_not_the_tested_one_is_refused(tmp_path: Path) -> None:
    path = NETS / CUTOUT
    changed = tmp_path / path.name
    changed.write_bytes(path.read_bytes()[:-1] + b"\x00")
    assert len(read_trusted(path, HASHES[CUTOUT])) == path.stat().st_size
    with pytest.raises(ModelNotTrusted):
        read_trusted(changed, HASHES[CUTOUT])


@pytest.mark.parametrize("lost", sorted(HASHES))
def test_without_one_of_its_models_the_studio_does_not_open(tmp_path: Path, lost: str) -> None:
    for name in set(HASHES) - {lost}:
        (tmp_path / name).touch()
    with pytest.raises(ModelMissing) as refused:
        EmbeddedStudio(Models(tmp_path))
    assert lost in str(refused.value.details)


def test_each_model_lies_in_the_package_with_its_hash_and_its_notice() -> None:
    notice = (NETS / "NOTICE").read_text()
    assert {path.name for path in NETS.glob("*.onnx")} == set(HASHES)
    for name, sha256 in HASHES.items():
        assert hashlib.sha256((NETS / name).read_bytes()).hexdigest() == sha256
        assert name in notice


def test_no_python_is_without_what_the_studio_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert [each for each in project["dependencies"] if "python_version" in each] == []
    locked = (ROOT / "requirements.lock").read_text()
    for package in ("numpy", "onnxruntime", "pillow"):
        # several versions may share the Pythons between them; one version alone must be for all of them
        markers = re.findall(rf"^{package}==[^ ]+ (?:; (.*) )?\\$", locked, re.MULTILINE)
        assert markers == [""] or len(markers) > 1


def test_every_keyword_leads_to_a_look_and_scenes_differ() -> None:
    assert set(PLACES.values()) <= set(LOOKS)
    assert all(isinstance(brush, Hand) or 0 <= brush < 26 for brush, _, _ in BRUSHES.values())
    assert all(0 < strength <= 1 for _, strength, _ in BRUSHES.values())
    assert {look.backdrop for look in LOOKS.values()} == set(PAINTERS), "no place that no word leads to"
    looks = {choose_look((), category).name for category in ("portrait", "outdoor", "business", "sehir")}
    assert looks == {"studio", "park", "office", "city"}
    assert choose_look(("Gün Batımı",), "portrait").name == choose_look(("SUNSET lighting",), "").name == "sunset"
    assert choose_look(("soft watercolor wash",), "").brush is Hand.WATERCOLOUR
    assert choose_look(("no such word",), "no such category").name == "studio"


class Watching:
    """A progress that stops the work at a fraction, as a cancelled generation does."""

    def __init__(self, stop_at: float = 2.0) -> None:
        self.ticket: str | None = None
        self.seen: list[float] = []
        self._stop_at = stop_at

    async def report(self, fraction: float) -> None:
        self.seen.append(fraction)
        if fraction >= self._stop_at:
            raise InterruptedError

    async def remember(self, ticket: str) -> None:
        self.ticket = ticket


@pytest.mark.anyio
@pytest.mark.parametrize("maker", [EmbeddedStudio(), MemoryImages()], ids=["embedded", "memory"])
async def test_every_maker_keeps_the_same_manners(maker: ImageGenerator) -> None:
    progress = Watching()
    picture = await maker.generate(REQUEST, progress)
    again = await maker.generate(REQUEST, Watching())
    assert picture.image == again.image
    assert (picture.width, picture.height, picture.seed) == (512, 512, 7)
    Image.open(BytesIO(picture.image)).load()
    Image.open(BytesIO(picture.thumbnail)).load()
    assert progress.seen
    assert progress.seen == sorted(progress.seen)
    assert picture.facts["provider"] == maker.name
    assert "negative_prompt" in picture.facts["unused"]
    for photo, reason in ((None, Refusal.PHOTO_REQUIRED), (b"no picture", Refusal.PHOTO_UNREADABLE)):
        with pytest.raises(GenerationRefused) as refused:
            await maker.generate(replace(REQUEST, photo=photo), Watching())
        assert refused.value.reason == reason
    with pytest.raises(InterruptedError):
        await maker.generate(REQUEST, Watching(stop_at=0.2))


def test_the_server_never_loads_the_models_nor_what_they_need() -> None:
    heavy = ("numpy", "onnxruntime", "PIL")
    code = f"import sahne.server, sahne.gateway.functions.door, sys;print([m for m in {heavy!r} if m in sys.modules])"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[]"
