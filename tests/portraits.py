"""A portrait drawn by code, so that no photo of anybody lies in the repository.

`draw_portrait()` is a head and shoulders in soft light before a room, `SITTERS` are some who look otherwise;
`draw_wall()` is a photo of nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageFilter

DRAWN_AT = 2  # drawn twice as large and scaled down: smooth edges

Color = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Who is drawn."""

    skin: Color = (228, 176, 146)
    hair: Color = (52, 34, 26)
    jacket: Color = (38, 54, 88)
    long_hair: bool = True
    glasses: bool = False
    hat: Color | None = None


SITTERS = {
    "brown hair": Drawn(),
    "dark skin, glasses": Drawn(
        skin=(112, 72, 52), hair=(24, 18, 16), jacket=(120, 36, 44), long_hair=False, glasses=True
    ),
    "grey hair": Drawn(skin=(240, 204, 184), hair=(176, 174, 172), jacket=(56, 84, 70), long_hair=False),
    "a hat": Drawn(skin=(196, 140, 104), hair=(34, 26, 22), jacket=(196, 170, 120), hat=(92, 62, 40)),
    "red hair, glasses": Drawn(skin=(248, 216, 200), hair=(168, 76, 34), jacket=(40, 92, 104), glasses=True),
    "black hair, light shirt": Drawn(skin=(222, 178, 136), hair=(18, 16, 18), jacket=(214, 216, 220), long_hair=False),
}


def portrait_bytes(
    width: int = 900, height: int = 1200, *, orientation: int | None = None, who: Drawn = SITTERS["brown hair"]
) -> bytes:
    """The portrait as JPEG; `orientation` writes that EXIF tag and turns the pixels the other way."""
    picture = draw_portrait(width, height, who)
    exif = Image.Exif()
    if orientation == 6:  # the camera was held upright: a viewer turns the picture a quarter to the right
        picture = picture.transpose(Image.Transpose.ROTATE_90)
        exif[0x0112] = orientation
    exif[0x010F] = "A camera with a serial number"
    out = BytesIO()
    picture.save(out, "JPEG", quality=92, exif=exif)
    return out.getvalue()


def draw_portrait(width: int = 900, height: int = 1200, who: Drawn = SITTERS["brown hair"]) -> Image.Image:
    """Head and shoulders, a jacket, light from the left."""
    w, h = width * DRAWN_AT, height * DRAWN_AT
    room = _gradient(w, h, (196, 202, 206), (150, 154, 158))
    person = Image.new("RGBA", (w, h), (0, 0, 0, 0))
    draw = ImageDraw.Draw(person)

    def oval(x: float, y: float, rx: float, ry: float, color: tuple[int, int, int]) -> None:
        draw.ellipse([(x - rx) * w, (y - ry) * h, (x + rx) * w, (y + ry) * h], fill=color)

    def shade(tint: Color, by: float) -> Color:
        red, green, blue = (min(255, round(part * by)) for part in tint)
        return red, green, blue

    oval(0.50, 0.335, 0.200, 0.205, who.hair)  # hair behind
    if who.long_hair:
        draw.rounded_rectangle([0.31 * w, 0.34 * h, 0.69 * w, 0.62 * h], 0.09 * w, fill=shade(who.hair, 0.88))
    oval(0.50, 1.02, 0.42, 0.36, who.jacket)  # shoulders
    draw.polygon([(0.40 * w, 0.66 * h), (0.60 * w, 0.66 * h), (0.50 * w, 0.93 * h)], fill=(236, 236, 232))
    draw.polygon(
        [(0.39 * w, 0.67 * h), (0.30 * w, 0.74 * h), (0.49 * w, h), (0.50 * w, 0.93 * h)], fill=shade(who.jacket, 0.75)
    )
    draw.polygon(
        [(0.61 * w, 0.67 * h), (0.70 * w, 0.74 * h), (0.51 * w, h), (0.50 * w, 0.93 * h)], fill=shade(who.jacket, 0.75)
    )
    draw.rounded_rectangle([0.435 * w, 0.50 * h, 0.565 * w, 0.71 * h], 0.06 * w, fill=shade(who.skin, 0.88))  # neck
    oval(0.50, 0.385, 0.152, 0.178, who.skin)  # face
    oval(0.349, 0.395, 0.020, 0.034, shade(who.skin, 0.92))
    oval(0.651, 0.395, 0.020, 0.034, shade(who.skin, 0.92))
    draw.chord([0.335 * w, 0.175 * h, 0.665 * w, 0.40 * h], 180, 360, fill=shade(who.hair, 1.12))  # fringe
    for x in (0.437, 0.563):
        oval(x, 0.378, 0.030, 0.0135, (248, 246, 242))
        oval(x, 0.378, 0.0140, 0.0130, (84, 62, 44))
        oval(x, 0.378, 0.0065, 0.0060, (18, 14, 12))
        oval(x + 0.004, 0.375, 0.0030, 0.0026, (255, 255, 255))
        draw.arc(
            [(x - 0.040) * w, 0.338 * h, (x + 0.040) * w, 0.372 * h],
            200,
            340,
            fill=shade(who.hair, 1.04),
            width=w // 130,
        )
        draw.arc(
            [(x - 0.032) * w, 0.362 * h, (x + 0.032) * w, 0.394 * h],
            195,
            345,
            fill=(70, 44, 34),
            width=w // 260,
        )
    draw.line(
        [(0.497 * w, 0.39 * h), (0.488 * w, 0.445 * h), (0.506 * w, 0.452 * h)],
        fill=shade(who.skin, 0.82),
        width=w // 160,
    )
    draw.chord([0.447 * w, 0.468 * h, 0.553 * w, 0.520 * h], 8, 172, fill=(178, 84, 80))
    draw.arc([0.447 * w, 0.462 * h, 0.553 * w, 0.518 * h], 10, 170, fill=(150, 66, 64), width=w // 220)

    if who.glasses:
        for x in (0.437, 0.563):
            rim = [(x - 0.048) * w, 0.348 * h, (x + 0.048) * w, 0.412 * h]
            draw.rounded_rectangle(rim, 0.02 * w, outline=(30, 28, 30), width=w // 150)
        draw.line([(0.485 * w, 0.378 * h), (0.515 * w, 0.378 * h)], fill=(30, 28, 30), width=w // 150)
    if who.hat:
        draw.rounded_rectangle([0.33 * w, 0.10 * h, 0.67 * w, 0.27 * h], 0.05 * w, fill=who.hat)
        oval(0.50, 0.27, 0.27, 0.028, shade(who.hat, 0.85))

    alpha = person.getchannel("A")
    light = _gradient(w, h, (255, 255, 255), (150, 150, 158), sideways=True)
    cheeks = Image.new("RGB", (w, h), (255, 255, 255))
    for x in (0.41, 0.59):
        ImageDraw.Draw(cheeks).ellipse([(x - 0.05) * w, 0.41 * h, (x + 0.05) * w, 0.47 * h], fill=(255, 222, 214))
    cheeks = cheeks.filter(ImageFilter.GaussianBlur(w / 45))
    soft = person.convert("RGB").filter(ImageFilter.GaussianBlur(w / 420))
    lit = ImageChops.multiply(ImageChops.multiply(soft, light), cheeks)
    room.paste(lit, (0, 0), alpha.filter(ImageFilter.GaussianBlur(w / 700)))
    return room.resize((width, height), Image.Resampling.LANCZOS)


def draw_wall(width: int = 800, height: int = 800) -> Image.Image:
    """An even wall: there is nobody to cut out."""
    return _gradient(width, height, (180, 180, 180), (176, 176, 176))


def wall_bytes() -> bytes:
    """The wall as JPEG."""
    out = BytesIO()
    draw_wall().save(out, "JPEG", quality=92)
    return out.getvalue()


def _gradient(
    w: int, h: int, first: tuple[int, int, int], second: tuple[int, int, int], *, sideways: bool = False
) -> Image.Image:
    ramp = Image.linear_gradient("L")
    if sideways:
        ramp = ramp.transpose(Image.Transpose.ROTATE_90)
    ramp = ramp.resize((w, h), Image.Resampling.BILINEAR)
    return Image.composite(Image.new("RGB", (w, h), second), Image.new("RGB", (w, h), first), ramp)
