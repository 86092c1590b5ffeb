"""What a file says its pixels mean is what the studio sees: files made, and read as a reference, by other programs.

ImageMagick is the reference for depths and transparencies, libvips for profiles and AVIF. `near` names
how far two right readers may be apart.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from sahne.providers.images.embedded.profiles import BT709, BT2020, DISPLAY_P3, Colors, make_profile
from tests.pictures import Pixels, encoded, magick, near, pixels_in, seen, vips

SIZE = (160, 136)
ROUNDED = 1  # one rounds where the other cuts off: Pillow keeps the upper eight of sixteen bits
ROUNDED_TWICE = 3  # colours are transformed in eight bits, and mixed with white before or behind that
WHITE = ["-background", "white", "-flatten", "-colorspace", "sRGB", "-depth", "8", "rgb:-"]
TO_SRGB = ["--embedded", "--intent", "relative", "--black-point-compensation"]
PLASMA = ["-seed", "7", "-size", "160x136", "plasma:tomato-steelblue"]
VEILED = [*PLASMA, "(", "-size", "160x136", "gradient:", ")", "-alpha", "off", "-compose", "CopyOpacity", "-composite"]
DISC = ["-draw", "circle 80,68 80,20"]


def with_chunk(png: bytes, kind: bytes, data: bytes) -> bytes:
    """One more chunk before the pixels, and none of what else says something of the colours."""
    kept, at = png[:8], 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        name, whole = png[at + 4 : at + 8], png[at : at + 12 + length]
        if name == b"IDAT" and kind not in kept:
            kept += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        if name not in (b"gAMA", b"cHRM", b"sRGB"):
            kept += whole
        at += 12 + length
    return kept


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of many colours that nobody says anything about: eight bits, sRGB."""
    path = tmp_path_factory.mktemp("chart") / "chart.png"
    magick(*PLASMA, "-strip", "-define", "png:color-type=2", "-define", "png:bit-depth=8", path)
    return path


PNG_FORMS = {
    **{f"grey {depth}": (0, depth, [*PLASMA, "-colorspace", "Gray"]) for depth in (1, 2, 4, 8, 16)},
    "colour 8": (2, 8, PLASMA),
    "colour 16": (2, 16, PLASMA),
    "palette": (3, 8, [*PLASMA, "-colors", "40"]),
    "grey and alpha 8": (4, 8, [*VEILED, "-colorspace", "Gray"]),
    "grey and alpha 16": (4, 16, [*VEILED, "-colorspace", "Gray"]),
    "colour and alpha 8": (6, 8, VEILED),
    "colour and alpha 16": (6, 16, VEILED),
}


@pytest.mark.parametrize("form", PNG_FORMS)
def test_every_depth_of_a_png_is_scaled_to_eight_bits(tmp_path: Path, form: str) -> None:
    color_type, depth, drawing = PNG_FORMS[form]
    path = tmp_path / "photo.png"
    magick(*drawing, "-define", f"png:color-type={color_type}", "-define", f"png:bit-depth={depth}", path)
    assert (path.read_bytes()[24], path.read_bytes()[25]) == (depth, color_type)
    reference = np.frombuffer(magick(path, *WHITE), np.uint8).reshape(SIZE[1], SIZE[0], 3)
    assert near(seen(path.read_bytes()), reference.astype(np.int16), ROUNDED_TWICE if "alpha" in form else ROUNDED)


def test_a_grey_of_sixteen_bits_is_not_clipped() -> None:
    grey = seen(encoded(Image.new("I;16", SIZE, 0x4000)))
    assert (grey == 64).all()


TWO_GREYS = ["-size", "160x136", "xc:gray(20%)", "-fill", "gray(60%)", "+antialias", *DISC]
TWO_COLORS = ["-size", "160x136", "xc:rgb(10,200,30)", "-fill", "rgb(200,40,60)", "+antialias", *DISC]
BLACK_AND_WHITE = ["-size", "160x136", "xc:black", "-fill", "white", "+antialias", *DISC]
KEYS = {
    "black and white": (0, 1, BLACK_AND_WHITE, [1]),
    "grey of two bits": (0, 2, ["-size", "160x136", "xc:black", "-fill", "#aaaaaa", "+antialias", *DISC], [2]),
    "grey of four bits": (0, 4, TWO_GREYS, [9]),
    "grey of eight bits": (0, 8, TWO_GREYS, [153]),
    "grey of sixteen bits": (0, 16, TWO_GREYS, [39321]),
    "colour of eight bits": (2, 8, TWO_COLORS, [200, 40, 60]),
    "colour of sixteen bits": (2, 16, TWO_COLORS, [200 * 257, 40 * 257, 60 * 257]),
}


@pytest.mark.parametrize("key", KEYS)
def test_a_colour_that_means_nothing_here_shows_white(tmp_path: Path, key: str) -> None:
    color_type, depth, drawing, values = KEYS[key]
    path = tmp_path / "photo.png"
    magick(*drawing, "-define", f"png:color-type={color_type}", "-define", f"png:bit-depth={depth}", path)
    path.write_bytes(with_chunk(path.read_bytes(), b"tRNS", struct.pack(f">{len(values)}H", *values)))
    ours = seen(path.read_bytes())
    reference = np.frombuffer(magick(path, *WHITE), np.uint8).reshape(ours.shape)
    assert near(ours, reference.astype(np.int16), ROUNDED)
    assert tuple(ours[68, 80]) == (255, 255, 255), "inside the disc"
    assert tuple(ours[5, 5]) != (255, 255, 255), "and the neighbour stays"


@pytest.mark.parametrize(("kind", "color", "count"), [("L", 153, 1), ("RGB", (200, 40, 60), 3)])
def test_of_a_colour_that_means_nothing_only_the_bits_of_the_depth_count(
    kind: str, color: int | tuple[int, ...], count: int
) -> None:
    flat = encoded(Image.new(kind, SIZE, color))
    values = [color] if isinstance(color, int) else list(color)
    said = with_chunk(flat, b"tRNS", struct.pack(f">{count}H", *(0xFF00 | each for each in values)))
    assert (seen(said) == 255).all()
    other = with_chunk(flat, b"tRNS", struct.pack(f">{count}H", *(each ^ 1 for each in values)))
    assert near(seen(other), seen(flat), 0)


VEILS: dict[str, Callable[[Path, Path], None]] = {
    "palette": lambda veiled, path: vips("pngsave", veiled, f"{path}.png", "--palette"),
    "webp": lambda veiled, path: vips("webpsave", veiled, f"{path}.webp", "--lossless"),
    "avif": lambda veiled, path: vips(
        *("heifsave", veiled, f"{path}.avif", "--compression", "av1", "--lossless", "--subsample-mode", "off")
    ),
}


@pytest.mark.parametrize("kind", VEILS)
def test_what_is_half_transparent_is_half_white_in_every_format(tmp_path: Path, kind: str) -> None:
    veiled, reference = tmp_path / "veiled.png", tmp_path / "reference.png"
    magick(*VEILED, "-define", "png:color-type=6", "-define", "png:bit-depth=8", veiled)
    VEILS[kind](veiled, tmp_path / "photo")
    (photo,) = tmp_path.glob("photo.*")
    vips("flatten", photo, reference, "--background", "255 255 255")
    assert near(seen(photo.read_bytes()), pixels_in(reference), ROUNDED_TWICE)


ADOBE_RGB = Colors((0.3127, 0.3290, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06), 563 / 256)
PROFILED = {
    "Display P3, PNG": ("p3", "png", []),
    "Display P3, PNG of sixteen bits": ("p3", "png", ["--depth", "16"]),
    "Display P3, JPEG": ("p3", "jpg", []),
    "Display P3, WebP": ("p3", "webp", []),
    "Adobe RGB, PNG": ("adobe", "png", []),
    "Adobe RGB, JPEG": ("adobe", "jpg", []),
    "a printer's CMYK, JPEG": ("cmyk", "jpg", []),
}


@pytest.mark.parametrize("form", PROFILED)
def test_colours_are_those_of_the_files_profile(tmp_path: Path, chart: Path, form: str) -> None:
    profile, ending, options = PROFILED[form]
    (tmp_path / "adobe").write_bytes(make_profile(ADOBE_RGB))
    chosen = tmp_path / "adobe" if profile == "adobe" else profile
    photo, reference = tmp_path / f"photo.{ending}", tmp_path / "reference.png"
    vips("icc_transform", chart, photo, chosen, *options)
    vips("icc_transform", photo, reference, "srgb", *TO_SRGB, "--depth", "8")
    assert near(seen(photo.read_bytes()), pixels_in(reference), ROUNDED_TWICE)
    plain = np.asarray(Image.open(photo).convert("RGB"), np.int16)
    assert not near(seen(photo.read_bytes()), plain, ROUNDED_TWICE), "the numbers alone are other colours"


def test_a_veiled_photo_has_its_profile_applied_before_it_lies_on_white(tmp_path: Path) -> None:
    veiled, photo, other, reference = (tmp_path / f"{name}.png" for name in ("veiled", "photo", "other", "reference"))
    magick(*VEILED, "-define", "png:color-type=6", "-define", "png:bit-depth=8", veiled)
    vips("icc_transform", veiled, photo, "p3")
    vips("icc_transform", photo, other, "srgb", *TO_SRGB)
    vips("flatten", other, reference, "--background", "255 255 255")
    assert near(seen(photo.read_bytes()), pixels_in(reference), ROUNDED_TWICE)


def test_the_red_of_an_iphone_is_red() -> None:
    red = Image.new("RGB", SIZE, (234, 51, 35))
    iphones = seen(encoded(red, icc_profile=make_profile(Colors(DISPLAY_P3, None))))
    assert near(iphones, seen(encoded(Image.new("RGB", SIZE, (255, 0, 0)))), 2)
    assert tuple(seen(encoded(red))[0, 0]) == (234, 51, 35), "without a profile it is what it is"


def test_our_own_profile_of_display_p3_is_the_one_of_libvips(tmp_path: Path, chart: Path) -> None:
    (tmp_path / "ours").write_bytes(make_profile(Colors(DISPLAY_P3, None)))
    vips("icc_transform", chart, tmp_path / "one.png", "p3")
    vips("icc_transform", chart, tmp_path / "other.png", tmp_path / "ours")
    assert near(pixels_in(tmp_path / "one.png"), pixels_in(tmp_path / "other.png"), 1)


# By the definitions: PNG's gamma (section 11.3.2.2), H.273's primaries, and sRGB's curve and matrix (IEC 61966-2-1).
TO_LINEAR_709: dict[tuple[float, ...], NDArray[np.float64]] = {
    BT709: np.eye(3),
    DISPLAY_P3: np.array([[1.2249, -0.2247, 0], [-0.0420, 1.0419, 0], [-0.0197, -0.0786, 1.0979]]),
    BT2020: np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]),
}


def shown(values: Pixels, gamma: float, primaries: tuple[float, ...] = BT709) -> Pixels:
    light = np.clip((values / 255) ** gamma @ TO_LINEAR_709[primaries].T, 0, 1)
    curved = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(curved * 255).astype(np.int16)


@pytest.mark.parametrize("gamma", [1.0, 1.8])
@pytest.mark.parametrize("primaries", [BT709, DISPLAY_P3, BT2020], ids=["709", "p3", "2020"])
def test_a_png_that_says_gamma_and_primaries_in_numbers_is_believed(
    chart: Path, gamma: float, primaries: tuple[float, ...]
) -> None:
    said = with_chunk(chart.read_bytes(), b"gAMA", struct.pack(">I", round(100_000 / gamma)))
    chromaticities = struct.pack(">8I", *(round(each * 100_000) for each in primaries))
    cut = said.index(b"gAMA") - 4
    chunk = struct.pack(">I", 32) + b"cHRM" + chromaticities + struct.pack(">I", zlib.crc32(b"cHRM" + chromaticities))
    photo = said[:cut] + chunk + said[cut:]
    assert near(seen(photo), shown(pixels_in(chart), gamma, primaries), ROUNDED_TWICE)


def test_a_grey_png_that_says_its_gamma_is_believed_and_srgb_goes_before_it() -> None:
    ramp = Image.fromarray(np.tile(np.arange(160, dtype=np.uint8), (136, 1)))
    linear = with_chunk(encoded(ramp), b"gAMA", struct.pack(">I", 55_556))
    expected = shown(np.repeat(np.asarray(ramp, np.int16)[..., None], 3, axis=2), 1.8)
    assert near(seen(linear), expected, ROUNDED)
    at = linear.index(b"gAMA") - 4
    srgb = struct.pack(">I", 1) + b"sRGB\0" + struct.pack(">I", zlib.crc32(b"sRGB\0"))
    assert near(seen(linear[:at] + srgb + linear[at:]), seen(encoded(ramp)), 0)
    usual = with_chunk(encoded(ramp), b"gAMA", struct.pack(">I", 45_455))
    assert near(seen(usual), seen(encoded(ramp)), 0)


@pytest.mark.parametrize(
    ("kind", "data"),
    [(b"gAMA", bytes(4)), (b"cHRM", bytes(32)), (b"cHRM", struct.pack(">8I", *[31_270, 32_900] * 4))],
    ids=["no gamma", "no primaries", "no colours"],
)
def test_a_png_that_says_impossible_colours_is_taken_for_srgb(chart: Path, kind: bytes, data: bytes) -> None:
    assert near(seen(with_chunk(chart.read_bytes(), kind, data)), seen(chart.read_bytes()), 0)


def test_of_all_that_a_png_says_of_its_colours_cicp_goes_first(chart: Path) -> None:
    p3 = encoded(Image.open(chart), icc_profile=make_profile(Colors(DISPLAY_P3, None)))
    said = with_chunk(chart.read_bytes(), b"cICP", bytes([12, 13, 0, 1]))
    assert near(seen(said), seen(p3), 0)
    assert near(seen(with_chunk(p3, b"cICP", bytes([1, 13, 0, 1]))), seen(chart.read_bytes()), 0)
    brighter_than_srgb = with_chunk(p3, b"cICP", bytes([9, 16, 0, 1]))
    assert near(seen(brighter_than_srgb), seen(p3), 0), "what we cannot show leaves the next word to the profile"


def test_an_avif_of_wide_colours_says_so_in_two_numbers(chart: Path) -> None:
    narrow = encoded(Image.open(chart), "AVIF", quality=100, subsampling="4:4:4")
    at = narrow.index(b"colrnclx") + 8
    wide = narrow[:at] + struct.pack(">HH", 12, 13) + narrow[at + 4 :]
    before = encoded(Image.fromarray(seen(narrow).astype(np.uint8)), icc_profile=make_profile(Colors(DISPLAY_P3, None)))
    assert near(seen(wide), seen(before), 0)
    assert not near(seen(wide), seen(narrow), ROUNDED_TWICE)


def test_a_grey_profile_is_applied_and_one_for_other_pixels_says_nothing() -> None:
    ramp = Image.fromarray(np.tile(np.arange(160, dtype=np.uint8), (136, 1)))
    expected = shown(np.repeat(np.asarray(ramp, np.int16)[..., None], 3, axis=2), 1.8)
    for kind in ("PNG", "JPEG"):
        options = {} if kind == "PNG" else {"quality": 100}
        grey = encoded(ramp, kind, icc_profile=make_profile(Colors(BT709, 1.8), gray=True), **options)
        assert near(seen(grey), expected, ROUNDED_TWICE)
    color = Image.new("RGB", SIZE, (234, 51, 35))
    for strange in (make_profile(Colors(BT709, 1.8), gray=True), b"no profile at all", make_profile(ADOBE_RGB)[:200]):
        assert near(seen(encoded(color, icc_profile=strange)), seen(encoded(color)), 0)
