"""A picture made anew in another size or format, from bytes to bytes. Loads the decoders: import it where it is used.

JPEG is decoded smaller at once, so that a large photo costs little. What a picture says of itself is left out, but its
colours' profile and the mark that it was generated.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import AvifImagePlugin, Image, PngImagePlugin, WebPImagePlugin  # noqa: F401 the decoders

from sahne.avif.sizes import pixels_when_decoded
from sahne.digital_sources import only_source
from sahne.objects.errors import NotRendered
from sahne.objects.fitting import fit
from sahne.objects.transforms import Transform
from sahne.pictures import picture_type

PIXELS_MAX = 50_000_000
DECODED_PIXELS_MAX = 25_000_000  # of what is decoded in its own size: 100 MB
SCANS_MAX = 64  # of a JPEG: each goes over all of it once more
JPEG_SCAN = b"\xff\xda"
QUALITY = 80
AVIF_IS_LESS = 15  # AVIF's scale: so much lower looks the same
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
LYING = frozenset({5, 6, 7, 8})  # orientations that swap the sides

DECODERS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/gif": "GIF",
}
# What a picture becomes that stays as it was; of what moves the first frame is left
ENCODERS = {**DECODERS, "image/gif": "PNG"}
OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {},
    "PNG": {"compress_level": 4},
    "WEBP": {"method": 2},
    "AVIF": {"speed": 9, "max_threads": 1},
}


def render(data: bytes, wish: Transform) -> bytes:
    """The picture in `data` as it is wished for.

    Raises:
        NotRendered: it is none, it is broken, or it has too many pixels.
    """
    kind = picture_type(data)
    if kind not in DECODERS:
        raise NotRendered()
    if kind == "image/jpeg" and data.count(JPEG_SCAN) > SCANS_MAX:
        raise NotRendered("The picture has too many scans")
    if kind == "image/avif" and pixels_when_decoded(data) > DECODED_PIXELS_MAX:
        raise _too_many_to_decode()
    try:
        return _rendered(data, kind, wish)
    except NotRendered:
        raise
    except Exception as error:  # whatever a decoder stumbles over lies in the file
        raise NotRendered("The picture is broken") from error


def _rendered(data: bytes, kind: str, wish: Transform) -> bytes:
    with Image.open(BytesIO(data), formats=[DECODERS[kind]]) as picture:
        if picture.width * picture.height > PIXELS_MAX:
            raise NotRendered(f"The picture has more than {PIXELS_MAX} pixels")
        orientation = _orientation_of(picture)
        lies = orientation in LYING
        plan = fit((picture.height, picture.width) if lies else picture.size, wish)
        resized = plan.resized[::-1] if lies else plan.resized
        picture.draft(None, resized)
        if picture.width * picture.height > DECODED_PIXELS_MAX:
            raise _too_many_to_decode()
        small = _in_colors(picture)
        if small.size != resized:
            small = small.resize(resized, Image.Resampling.LANCZOS, reducing_gap=2.0)
        encoder = ENCODERS[kind] if wish.format in (None, "origin") else wish.format.upper()
        if orientation in TURNS:
            small = small.transpose(TURNS[orientation])
        return _encoded(_middle(small, plan.kept), picture, encoder, wish.quality or QUALITY)


def _too_many_to_decode() -> NotRendered:
    return NotRendered(f"The picture has more than {DECODED_PIXELS_MAX} pixels to decode")


def _orientation_of(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(ORIENTATION, 1))
    except Exception:  # EXIF is a decoration: many cameras and programs write it badly
        return 1


def _in_colors(picture: Image.Image) -> Image.Image:
    """L, RGB or RGBA: what every format takes."""
    picture.load()
    if picture.mode in ("L", "RGB", "RGBA") and "transparency" not in picture.info:
        return picture
    if picture.mode.startswith("I"):  # sixteen bits of grey
        return picture.point(lambda value: value / 256).convert("L")
    if picture.mode == "1":
        return picture.convert("L")
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _middle(picture: Image.Image, kept: tuple[int, int]) -> Image.Image:
    if picture.size == kept:
        return picture
    left, top = (picture.width - kept[0]) // 2, (picture.height - kept[1]) // 2
    return picture.crop((left, top, left + kept[0], top + kept[1]))


def _encoded(small: Image.Image, picture: Image.Image, encoder: str, quality: int) -> bytes:
    options = OPTIONS[encoder] | _what_it_says(picture, encoder)
    if encoder != "PNG":
        options["quality"] = max(quality - AVIF_IS_LESS, 1) if encoder == "AVIF" else quality
    if encoder == "JPEG" and small.mode == "RGBA":
        small = Image.alpha_composite(Image.new("RGBA", small.size, "white"), small).convert("RGB")
    bare = Image.frombytes(small.mode, small.size, small.tobytes())  # pixels, and nothing that hung on them
    out = BytesIO()
    bare.save(out, encoder, **options)
    return out.getvalue()


def _what_it_says(picture: Image.Image, encoder: str) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if picture.mode in ("L", "RGB", "RGBA") and (profile := picture.info.get("icc_profile")):
        said["icc_profile"] = profile
    xmp = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    source = only_source(xmp.encode() if isinstance(xmp, str) else xmp)
    if source and encoder == "PNG":
        said["pnginfo"] = PngImagePlugin.PngInfo()
        said["pnginfo"].add_itxt("XML:com.adobe.xmp", source.decode())
    elif source:
        said["xmp"] = source
    return said
