"""The page of a link, in its reader's language: plain HTML that needs no script, with a head that other apps preview.

It says what is shared and nothing of whose it is: no photo, no prompt, no name, no id.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape

from sahne.studio.sharing import Shown, ShownPicture

MEDIUM_SIDE_PIXELS = 768

STYLE = (
    "*{box-sizing:border-box}html{color-scheme:light dark}"
    "body{margin:0;min-height:100vh;display:grid;grid-template-rows:auto 1fr auto;gap:1.25rem;padding:1.25rem;"
    "font:16px/1.5 system-ui,sans-serif;background:light-dark(#fbf9f6,#141116);color:light-dark(#1d1a20,#f3eff5)}"
    "h1{margin:0;font-size:1.25rem;text-align:center;overflow-wrap:anywhere}"
    "main{display:flex;flex-wrap:wrap;gap:1rem;align-content:center;justify-content:center}"
    "img{display:block;max-width:min(100%,48rem);max-height:78vh;width:auto;height:auto;border-radius:1rem}"
    "main.several img{max-width:min(100%,22rem)}"
    "p,footer{margin:0;text-align:center;color:light-dark(#5f5866,#b7aebd)}"
)
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; img-src 'self'; style-src 'sha256-{STYLE_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the page says in one language."""

    language: str
    picture: str
    made: str
    nothing: str
    why: str


ENGLISH = Words(
    language="en",
    picture="A picture made with Sahne",
    made="Made by a computer with Sahne.",
    nothing="There is nothing here",
    why="This link is over, was taken back, or never was.",
)
TURKISH = Words(
    language="tr",
    picture="Sahne ile yapılmış bir resim",
    made="Sahne ile bilgisayarda yapıldı.",
    nothing="Burada bir şey yok",
    why="Bu bağlantının süresi doldu, geri alındı ya da hiç olmadı.",
)


def words_for(accepted: str) -> Words:
    """By an `Accept-Language`: Turkish where it stands before English."""
    for each in accepted.lower().split(","):
        language = each.partition(";")[0].strip().partition("-")[0]
        if language in ("tr", "en"):
            return TURKISH if language == "tr" else ENGLISH
    return ENGLISH


def page_of(shown: Shown, url: str, words: Words) -> str:
    """The page of what a link at `url` shows."""
    name = shown.name or words.picture
    pictures = "\n".join(
        f'<img src="{escape(f"{url}/{number}")}" alt="{escape(name)}"{_size(picture)}>'
        for number, picture in enumerate(shown.pictures, 1)
    )
    head = [_meta("property", "og:type", "website"), _meta("property", "og:title", name)]
    head += [_meta("property", "og:description", words.made), _meta("property", "og:url", url)]
    head += [_meta("property", "og:site_name", "Sahne"), _meta("name", "twitter:title", name)]
    if shown.pictures:
        head += [_meta("property", "og:image", f"{url}/1"), _meta("property", "og:image:alt", name)]
        head += [_meta("name", "twitter:card", "summary_large_image"), _meta("name", "twitter:image", f"{url}/1")]
        if size := bounded(shown.pictures[0].size):
            head += [
                _meta("property", f"og:image:{side}", str(size[at])) for at, side in enumerate(("width", "height"))
            ]
    kind = ' class="several"' if len(shown.pictures) > 1 else ""
    return _document(words, name, head, f"<main{kind}>\n{pictures}\n</main>\n<footer>{escape(words.made)}</footer>")


def nothing_page(words: Words) -> str:
    """The page of every link that shows nothing, whatever became of it."""
    return _document(words, words.nothing, [], f"<main><p>{escape(words.why)}</p></main>")


def bounded(size: str | None) -> tuple[int, int] | None:
    """Width and height of a picture's middle size, by the pixels of the whole one, such as `1024x768`."""
    width, _, height = (size or "").partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        return None
    shrunk = min(1.0, MEDIUM_SIDE_PIXELS / max(int(width), int(height)))
    return max(1, round(int(width) * shrunk)), max(1, round(int(height) * shrunk))


def _size(picture: ShownPicture) -> str:
    size = bounded(picture.size)
    return f' width="{size[0]}" height="{size[1]}"' if size else ""


def _meta(kind: str, name: str, content: str) -> str:
    return f'<meta {kind}="{name}" content="{escape(content)}">'


def _document(words: Words, title: str, head: list[str], body: str) -> str:
    return "\n".join(
        [
            f'<!doctype html>\n<html lang="{words.language}">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            '<meta name="robots" content="noindex,nofollow,noarchive">',
            '<link rel="icon" type="image/svg+xml" href="/sahne.svg">',
            f"<title>{escape(title)}</title>",
            *head,
            f"<style>{STYLE}</style>\n</head>\n<body>\n<header><h1>{escape(title)}</h1></header>\n{body}\n</body>\n</html>\n",
        ]
    )
