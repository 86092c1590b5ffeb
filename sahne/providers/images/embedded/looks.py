"""Which picture a scene asks for: its keywords and category choose a backdrop, a grade and, perhaps, a brush.

The prompt's sentence is not read: this maker cannot follow one and does not pretend to. Keywords may be
English or Turkish; the first known one decides the place, the first known one decides the brush.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, replace
from enum import StrEnum
from itertools import pairwise


class Hand(StrEnum):
    """Who paints."""

    OIL = "oil"
    IMPRESSION = "impression"
    WATERCOLOUR = "watercolour"
    PENCIL = "pencil"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """How a print is finished; 0 leaves alone. Tints are `#rrggbb` for shadows and highlights."""

    shadows: str = "#808080"
    highlights: str = "#808080"
    tint: float = 0.0
    contrast: float = 0.15
    saturation: float = 1.0
    vignette: float = 0.25
    grain: float = 0.012


@dataclass(frozen=True, slots=True)
class Look:
    """A backdrop's name, a grade, and a brush: a hand, or one of the net's 26 styles with `strength` from 0 to 1."""

    name: str
    backdrop: str
    grade: Grade
    _: KW_ONLY
    brush: Hand | int | None = None
    strength: float = 0.0
    keep_color: bool = False


CLEAN = Grade(contrast=0.12, vignette=0.18)
WARM = Grade(shadows="#3a2a3f", highlights="#ffcf9a", tint=0.10, contrast=0.16, saturation=1.06)
COOL = Grade(shadows="#22384f", highlights="#e9f2ff", tint=0.10, contrast=0.18, saturation=0.96)
FILM = Grade(shadows="#2b3a33", highlights="#ffeabf", tint=0.12, contrast=0.20, saturation=0.84, grain=0.024)
NIGHT = Grade(shadows="#14204a", highlights="#ffc98f", tint=0.14, contrast=0.22, saturation=1.12, vignette=0.35)
MONO = Grade(contrast=0.30, saturation=0.0, vignette=0.35, grain=0.026)

LOOKS = {
    look.name: look
    for look in (
        Look("studio", "studio", CLEAN),
        Look("canvas", "warm_canvas", WARM),
        Look("park", "park", WARM),
        Look("sunset", "sunset", WARM),
        Look("office", "office", COOL),
        Look("library", "library", WARM),
        Look("city", "city_night", NIGHT),
        Look("neon", "neon", NIGHT),
        Look("winter", "winter", COOL),
        Look("mountains", "mountains", CLEAN),
        Look("blossom", "blossom", replace(WARM, tint=0.06)),
        Look("nebula", "nebula", NIGHT),
        Look("theatre", "theatre", WARM),
        Look("autumn", "autumn", WARM),
        Look("beach", "beach", CLEAN),
        Look("cafe", "cafe", WARM),
        Look("rooftop", "rooftop", WARM),
        Look("desert", "desert", WARM),
        Look("aurora", "aurora", NIGHT),
        Look("garden", "garden", CLEAN),
        Look("film", "warm_canvas", FILM),
        Look("mono", "studio", MONO),
    )
}

PLACES = {
    word.strip(): look
    for look, words in {
        "studio": "studio, studyo, portrait, portre, headshot, passport, vesikalik",
        "office": "office, ofis, business, corporate, kurumsal, linkedin, profesyonel",
        "park": "park, outdoor, nature, doga, forest, orman, casual",
        "garden": "garden, bahce, roses, gul, lavender, lavanta",
        "autumn": "autumn, fall, sonbahar, leaves, yaprak",
        "sunset": "sunset, gun batimi, golden hour, sea, deniz",
        "beach": "beach, plaj, summer, yaz, holiday, tatil",
        "desert": "desert, col, dunes, kum",
        "library": "library, kutuphane, books, academic, cozy",
        "cafe": "cafe, kafe, coffee, kahve, bar",
        "theatre": "theatre, theater, tiyatro, stage, sahne, curtain, perde",
        "rooftop": "rooftop, cati, dawn, safak, skyline",
        "aurora": "aurora, northern lights, kuzey isiklari, lake, gol",
        "city": "city, sehir, night, gece, street, sokak, urban, istanbul",
        "neon": "neon, cyberpunk, futuristic, club, party, parti",
        "winter": "winter, kis, snow, kar, christmas",
        "mountains": "mountains, mountain, dag, travel, seyahat, adventure, macera",
        "blossom": "blossom, spring, ilkbahar, flowers, cicek, romantic, romantik, wedding, dugun",
        "nebula": "nebula, space, uzay, fantasy, fantastik, magic, cosmic",
        "film": "film, vintage, retro, nostalji",
        "canvas": "canvas, classic, klasik, rembrandt, renaissance, ronesans, oil painting, yagli boya",
        "mono": "mono, black and white, monochrome, siyah beyaz, noir",
    }.items()
    for word in words.split(",")
}

# a hand; or a style of the 26-style net, its strength, and whether the photo's own colours are kept
_BRUSHES: dict[str, tuple[Hand | int, float, bool]] = {
    "watercolor, watercolour, sulu boya": (Hand.WATERCOLOUR, 1.0, False),
    "oil painting, yagli boya, painting, tablo, renaissance, ronesans": (Hand.OIL, 1.0, False),
    "impressionist, izlenimci, monet, van gogh, starry": (Hand.IMPRESSION, 1.0, False),
    "sketch, drawing, pencil, eskiz, karakalem": (Hand.PENCIL, 1.0, False),
    "fauvist": (3, 0.60, False),
    "expressionist": (5, 0.70, True),
    "pop art": (7, 0.70, False),
    "comic, cizgi roman, manga": (8, 0.80, False),
    "anime": (8, 0.70, True),
    "pastel": (12, 0.80, True),
    "cubist, kubist": (15, 0.65, False),
    "engraving, gravur": (18, 0.85, False),
    "woodblock, ukiyo e": (24, 0.75, False),
    "mosaic, mozaik": (25, 0.70, True),
}
BRUSHES = {word.strip(): brush for words, brush in _BRUSHES.items() for word in words.split(",")}

_TURKISH = str.maketrans("Iİı", "iii")


def choose_look(keywords: Iterable[str], category: str) -> Look:
    """The look of a scene. Keywords come before the category; nothing known is a studio portrait."""
    words = [word for keyword in keywords for word in _words(keyword)]
    place = next((PLACES[word] for word in [*words, *_words(category)] if word in PLACES), "studio")
    look = LOOKS[place]
    brush = next((BRUSHES[word] for word in words if word in BRUSHES), None)
    if brush is None:
        return look
    return replace(look, brush=brush[0], strength=brush[1], keep_color=brush[2])


def _words(phrase: str) -> list[str]:
    """The phrase, its neighbouring pairs, its single words; in lower case without marks."""
    lower = phrase.strip().translate(_TURKISH).lower().replace("-", " ")
    plain = "".join(c for c in unicodedata.normalize("NFD", lower) if not unicodedata.combining(c))
    single = plain.split()
    pairs = [" ".join(pair) for pair in pairwise(single)]
    return [" ".join(single), *pairs, *single]
