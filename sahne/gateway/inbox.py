"""The inbox of a laptop at `/inbox`: every letter that would have been sent, with its link. Nowhere else is there one.

It is shown to this machine alone, and to no script of a page: letters sign people in. `Accept: application/json` gets
the same as data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import EmailMessage
from html import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sahne.errors import NotFound
from sahne.gateway.asgi import Door
from sahne.gateway.parts import Parts
from sahne.providers.mail.folder import FolderMail
from sahne.public_addresses import is_loopback

LETTERS_SHOWN_MAX = 50
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A letter as it is shown. `link` is the first one in it."""

    name: str
    to: str
    subject: str
    date: str
    text: str
    html: str
    link: str | None

    @classmethod
    def of(cls, name: str, letter: EmailMessage) -> Shown:
        """What stands in an `.eml` file."""
        text = _body(letter, "plain")
        link = _LINK.search(text)
        return cls(
            name=name,
            to=str(letter["To"]),
            subject=str(letter["Subject"]),
            date=str(letter["Date"]),
            text=text,
            html=_body(letter, "html"),
            link=link[0] if link else None,
        )


def build_inbox(parts: Parts) -> Door:
    """The page, which is no path where letters are really sent."""
    settings = parts.settings
    folder = FolderMail(settings.inbox_path, settings.mail_from)

    async def inbox(request: Request) -> Response:
        if not (settings.has_inbox and _is_from_here(request)):
            error = NotFound("There is no inbox here.", details=request.url.path)
            return JSONResponse(error.body(), error.status)
        letters = []
        for name in (await folder.names())[:LETTERS_SHOWN_MAX]:
            if (letter := await folder.read(name)) is not None:
                letters.append(Shown.of(name, letter))
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"letters": [_as_data(letter) for letter in letters]}, headers=HEADERS)
        return HTMLResponse(_page(letters), headers=HEADERS)

    return Starlette(routes=[Route("/inbox", inbox)])


def _is_from_here(request: Request) -> bool:
    """From this machine, and not by a script of another page: that would name its origin."""
    client = request.client.host if request.client else ""
    return is_loopback(client) and "origin" not in request.headers


def _as_data(letter: Shown) -> dict[str, str | None]:
    return {name: getattr(letter, name) for name in Shown.__slots__}


def _page(letters: list[Shown]) -> str:
    shown = "\n".join(map(_article, letters)) or "<p>No letters yet.</p>"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Inbox</title>\n'
        '<meta name="viewport" content="width=device-width">\n'
        "<style>body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 sans-serif }"
        " article { margin: 1.5rem 0; border-top: 1px solid #999 }"
        " pre { white-space: pre-wrap; font: inherit }</style>\n"
        f"</head>\n<body>\n<h1>Inbox</h1>\n{shown}\n</body>\n</html>\n"
    )


def _article(letter: Shown) -> str:
    link = f'<p><a href="{escape(letter.link)}">{escape(letter.link)}</a></p>' if letter.link else ""
    return (
        f"<article>\n<h2>{escape(letter.subject)}</h2>\n<p>{escape(letter.to)}, {escape(letter.date)}</p>\n"
        f"{link}<pre>{escape(letter.text)}</pre>\n</article>"
    )


def _body(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body((kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""
