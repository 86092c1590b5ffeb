"""What a file says its pixels mean, applied: bit depth, transparency in each of its forms, profile, orientation."""

from __future__ import annotations

import struct
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from sahne.providers.images.embedded.profiles import profile_of

ORIENTATION = 0x0112  # the tag of EXIF
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
PNG_DEPTH_AT = 24  # in IHDR, which comes first
MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # what a profile is for → what we call it
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
# Colours that sRGB has stay what they are; black stays black, also where ink or paper make a lighter one.
INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
BROKEN_PROFILE = (ImageCms.PyCMSError, OSError, ArithmeticError, ValueError, struct.error)
_SIXTEEN_TO_EIGHT = ((np.arange(65536, dtype=np.uint32) + 128) // 257).astype(np.uint8)

Bytes = NDArray[np.uint8]


def in_eight_bits(photo: Image.Image, data: bytes) -> Image.Image:
    """The pixels as L, LA, RGB, RGBA or CMYK; a colour or a palette's entry that means "nothing here" as alpha."""
    depth = data[PNG_DEPTH_AT] if photo.format == "PNG" else 8
    most = 2**depth - 1
    key = photo.info.get("transparency")
    if photo.mode in ("P", "PA"):
        return photo.convert("RGBA" if photo.has_transparency_data else "RGB")
    if photo.mode == "I;16":
        wide = np.asarray(photo)
        grey = Image.fromarray(_SIXTEEN_TO_EIGHT[wide])
        return grey if key is None else _with_alpha(grey, wide != key)
    if photo.mode == "1":
        grey = photo.convert("L")
        return grey if key is None else _with_alpha(grey, np.asarray(grey) != key)
    if photo.mode == "L" and key is not None:
        return _with_alpha(photo, np.asarray(photo) != (key & most) * 255 // most)
    if photo.mode == "RGB" and key is not None:  # of 16 bits each Pillow keeps the upper eight
        upper = np.array([(each & most) >> (depth - 8) for each in key], dtype=np.uint8)
        return _with_alpha(photo, (np.asarray(photo) != upper).any(axis=2))
    return photo


def in_srgb(picture: Image.Image, photo: Image.Image, data: bytes) -> Image.Image:
    """RGB or RGBA in sRGB. A profile that is broken, or for other pixels, says nothing, as in every browser."""
    alpha = picture.getchannel("A") if "A" in picture.getbands() else None
    colors = picture.convert(picture.mode.rstrip("A"))
    colors = _transformed(colors, photo, data).convert("RGB")
    if alpha is not None:
        colors.putalpha(alpha)
    return colors


def on_white(picture: Image.Image) -> Image.Image:
    """RGB: what is transparent shows white."""
    if picture.mode == "RGB":
        return picture
    return Image.composite(picture.convert("RGB"), Image.new("RGB", picture.size, "white"), picture.getchannel("A"))


def upright(picture: Image.Image, photo: Image.Image) -> Image.Image:
    """Turned as `photo` says by EXIF or XMP; where these are too broken to be read, as it is."""
    try:
        turn = TURNS.get(photo.getexif().get(ORIENTATION, 1))
    except Exception:  # EXIF is a decoration: many cameras and programs write it badly
        return picture
    return picture if turn is None else picture.transpose(turn)


def _with_alpha(picture: Image.Image, opaque: NDArray[np.bool_]) -> Image.Image:
    alpha: Bytes = opaque.astype(np.uint8) * np.uint8(255)
    picture = picture.copy()
    picture.putalpha(Image.fromarray(alpha))
    return picture


def _transformed(colors: Image.Image, photo: Image.Image, data: bytes) -> Image.Image:
    try:
        profile = profile_of(photo, data)
        if profile is None:
            return colors
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = MODES.get(source.profile.xcolor_space.strip(), "")
        if colors.mode == "L" and mode == "RGB":
            colors = colors.convert("RGB")
        if colors.mode != mode:
            return colors
        return ImageCms.profileToProfile(colors, source, SRGB, INTENT, "RGB", flags=FLAGS) or colors
    except BROKEN_PROFILE:
        return colors
