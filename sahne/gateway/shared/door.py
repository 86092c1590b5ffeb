"""The door of `/s`: `/s/{token}` is the page of a link, `/s/{token}/{number}` each of its pictures.

Every answer asks the database anew, so that a link that was taken back shows nothing from then on: nobody may show an
answer again without asking. What shows nothing is found out by the same question, whatever the reason.
"""

from __future__ import annotations

from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sahne.database.actor import ANONYMOUS, SERVICE
from sahne.gateway.asgi import Door
from sahne.gateway.callers import Callers, counted
from sahne.gateway.exact_paths import fitted_exactly, without_redirects
from sahne.gateway.parts import Parts
from sahne.gateway.shared.page import POLICY, nothing_page, page_of, words_for
from sahne.objects.errors import BytesMissing, NoSuchKey
from sahne.objects.read import find_object, open_object
from sahne.studio.sharing import Shown, ShownPicture, count_view, shown_by_link

TOKEN_CHARACTERS_MAX = 100
ASK_AGAIN = "private, no-cache"
HEADERS = {
    "cache-control": ASK_AGAIN,
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "vary": "accept-language",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow, noarchive",
}


def build_shared(parts: Parts) -> Door:
    """The door of `/s`; its callers are counted as those of every door."""

    async def page(request: Request) -> Response:
        token = request.path_params["token"]
        words = words_for(request.headers.get("accept-language", ""))
        async with parts.shares.of_request(ANONYMOUS, request.scope):
            shown = await _shown(parts, token)
            if shown is None:
                return HTMLResponse(nothing_page(words), 404, HEADERS)
            if request.method == "GET":
                await count_view(parts.pipeline, token)
        return HTMLResponse(page_of(shown, f"{parts.settings.api_url}/s/{token}", words), headers=HEADERS)

    async def picture(request: Request) -> Response:
        number = request.path_params["number"]
        async with parts.shares.of_request(ANONYMOUS, request.scope):
            shown = await _shown(parts, request.path_params["token"])
            if shown is None or not 1 <= number <= len(shown.pictures):
                return _nothing(request)
            return await _picture(parts, request, shown.pictures[number - 1])

    async def nothing(request: Request) -> Response:
        return _nothing(request)

    routes = [
        Route("/s/{token}", page),
        Route("/s/{token}/{number:int}", picture),
        Route("/{path:path}", nothing),
    ]
    door = without_redirects(Starlette(routes=fitted_exactly(routes))).router
    return counted(door, Callers(parts.settings), parts.verifier)


async def _shown(parts: Parts, token: str) -> Shown | None:
    return await shown_by_link(parts.pipeline, token) if len(token) <= TOKEN_CHARACTERS_MAX else None


async def _picture(parts: Parts, request: Request, picture: ShownPicture) -> Response:
    try:
        async with open_object(parts.blobs, partial(find_object, parts.database, SERVICE, picture.place)) as opened:
            etag = f'"{opened.row.version}"'
            headers = {**HEADERS, "etag": etag}
            if request.headers.get("if-none-match", "").removeprefix("W/") == etag:
                return Response(None, 304, headers)
            content = b"".join([chunk async for chunk in opened.blob.chunks()])
            return Response(content, headers=headers, media_type=opened.row.mimetype)
    except (NoSuchKey, BytesMissing):
        return _nothing(request)


def _nothing(request: Request) -> Response:
    words = words_for(request.headers.get("accept-language", ""))
    return HTMLResponse(nothing_page(words), 404, HEADERS)
