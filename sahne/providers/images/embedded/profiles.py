"""Which colours a file's numbers stand for: its ICC profile, or one made of what PNG and AVIF say in a few numbers.

A profile made here is a matrix and a curve (ICC.1:2010, 8.3.3): primaries moved to D50 as Bradford's matrix does, and
one curve for all three channels.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image

from sahne.providers.images.embedded.models import Floats

# x, y of white, red, green and blue (ITU-T H.273, table 2)
BT709 = (0.3127, 0.3290, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060)
BT2020 = (0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046)
DISPLAY_P3 = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
PRIMARIES = {1: BT709, 9: BT2020, 12: DISPLAY_P3}
# the sRGB curve for what is meant for such a screen; PQ and HLG are brighter than any, and are left as they are
CURVES = {1: None, 2: None, 4: 2.2, 5: 2.8, 6: None, 8: 1.0, 13: None, 14: None, 15: None}
NCLX = b"colrnclx"  # the box that says so in AVIF
CICP = b"\0\0\0\x04cICP"  # and the chunk in PNG

SRGB_GAMMA = 1 / 2.2  # as PNG's gAMA calls it
GAMMA_TOLERANCE = 0.05  # nearer than that means sRGB, as libpng has it
D50 = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


@dataclass(frozen=True, slots=True)
class Colors:
    """Primaries (x, y of white, red, green, blue) and gamma; None is sRGB's curve."""

    primaries: tuple[float, ...]
    gamma: float | None


def profile_of(photo: Image.Image, data: bytes) -> bytes | None:
    """The ICC profile of its colours; None where they are sRGB's, or nothing is said."""
    icc: bytes | None = photo.info.get("icc_profile")
    match photo.format:
        case "PNG":
            colors = _cicp_colors(data) or (None if icc else _png_colors(photo))
        case "AVIF":
            colors = None if icc else _avif_colors(data)
        case _:
            colors = None
    if colors is None:
        return icc
    if colors == Colors(BT709, None):
        return None
    return make_profile(colors, gray=photo.mode in ("1", "L", "LA", "I;16"))


def make_profile(colors: Colors, *, gray: bool = False) -> bytes:
    """An ICC profile, version 4, of `colors`; for gray pixels only the curve counts."""
    curve = _curve(colors.gamma)
    tags = {b"wtpt": _xyz(D50)}
    if gray:
        tags |= {b"kTRC": curve}
    else:
        red, green, blue = _to_d50(colors.primaries).T
        tags |= {b"rXYZ": _xyz(red), b"gXYZ": _xyz(green), b"bXYZ": _xyz(blue)}
        tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    return _file(b"GRAY" if gray else b"RGB ", tags)


def _cicp_colors(data: bytes) -> Colors | None:
    """The chunk cICP, which goes over all others (PNG, third edition, 4.3)."""
    at = data.find(CICP, 0, data.find(b"IDAT"))
    return None if at < 0 else _by_code(*data[at + len(CICP) :][:2])


def _png_colors(photo: Image.Image) -> Colors | None:
    """gAMA and cHRM, over which the chunk sRGB goes."""
    if "srgb" in photo.info:
        return None
    gamma = float(photo.info.get("gamma", SRGB_GAMMA))
    is_srgb = abs(gamma / SRGB_GAMMA - 1) <= GAMMA_TOLERANCE
    primaries = photo.info.get("chromaticity", BT709)
    if is_srgb and np.allclose(primaries, BT709, atol=0.002):
        return None
    return Colors(tuple(primaries), None if is_srgb else 1 / gamma)


def _avif_colors(data: bytes) -> Colors | None:
    at = data.find(NCLX)
    if at < 0:
        return None
    return _by_code(*struct.unpack_from(">HH", data, at + len(NCLX)))


def _by_code(primaries: int, transfer: int) -> Colors | None:
    """By the numbers of H.273."""
    if primaries not in PRIMARIES or transfer not in CURVES:
        return None
    return Colors(PRIMARIES[primaries], CURVES[transfer])


def _to_d50(primaries: tuple[float, ...]) -> Floats:
    """The matrix from linear RGB to XYZ under D50; one column a primary."""
    white, *rgb = (
        np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in zip(primaries[::2], primaries[1::2], strict=True)
    )
    columns = np.stack(rgb, axis=1)
    matrix = columns * np.linalg.solve(columns, white)
    cones = BRADFORD @ D50 / (BRADFORD @ white)
    adapted: Floats = np.linalg.inv(BRADFORD) @ np.diag(cones) @ BRADFORD @ matrix
    return adapted


def _curve(gamma: float | None) -> bytes:
    kind, numbers = (3, SRGB_CURVE) if gamma is None else (0, (gamma,))
    return b"para" + bytes(4) + struct.pack(">HH", kind, 0) + b"".join(_fixed(each) for each in numbers)


def _xyz(values: Floats) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(_fixed(float(each)) for each in values)


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _file(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Header of 128 bytes, table of tags, tags."""
    at = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, tag in tags.items():
        table += name + struct.pack(">II", at + len(body), len(tag))
        body += tag + bytes(-len(tag) % 4)
    header = struct.pack(">I4sI4s4s4s", at + len(body), b"", 0x04200000, b"mntr", space, b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + b"".join(_fixed(float(each)) for each in D50)
    return header.ljust(128, b"\0") + table + body
