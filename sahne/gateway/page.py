"""The web page at `/`: built files out of the package, and `/config.json` with what a browser may know."""

from __future__ import annotations

import os
from importlib.resources import files
from os import PathLike
from os.path import exists
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from sahne.errors import NotFound
from sahne.gateway.asgi import Door
from sahne.gateway.parts import Parts
from sahne.settings import Settings

NAMED_BY_CONTENT = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"

# The page may load from here only, and nothing of it is inline; pictures and LiveKit may come from where the
# installation keeps them.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob: https:; "
    "connect-src 'self' ws: wss: https: http://127.0.0.1:* http://localhost:*; media-src 'self' blob:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


# What lies compressed beside a file, the best first
CODINGS = (("br", ".br"), ("gzip", ".gz"))

ELSEWHERE = "The APIs are /auth/v1 /rest/v1 /realtime/v1 /storage/v1 /functions/v1; operations are described at /docs."


class PageFiles(StaticFiles):
    """Static files whose hashed names may be kept for ever and whose page is asked for each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file with its cache rule and the page's security headers.

        Raises:
            NotFound: there is no such file.
        """
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404:
                raise
            raise NotFound(details=scope["path"], hint=ELSEWHERE) from error
        headers = MutableHeaders(raw=response.raw_headers)
        headers["cache-control"] = NAMED_BY_CONTENT if path.startswith("assets/") else ASK_EACH_TIME
        headers["content-security-policy"] = CONTENT_SECURITY_POLICY
        headers["x-content-type-options"] = "nosniff"
        headers["referrer-policy"] = "no-referrer"
        return response

    def file_response(
        self, full_path: PathLike[str] | str, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, or what the build compressed it to where the caller takes that. Each has an ETag of its own."""
        compressed = [(coding, f"{full_path}{ending}") for coding, ending in CODINGS if exists(f"{full_path}{ending}")]
        response = super().file_response(full_path, stat_result, scope, status_code)
        if not compressed:
            return response
        taken = Headers(scope=scope).get("accept-encoding", "")
        for coding, path in compressed:
            if takes(taken, coding):
                response = super().file_response(path, os.stat(path), scope, status_code)
                response.headers["content-encoding"] = coding
                break
        response.headers["vary"] = "accept-encoding"
        return response


def takes(accepted: str, coding: str) -> bool:
    """Whether an `Accept-Encoding` names the coding and does not refuse it (`br;q=0`)."""
    for each in accepted.lower().split(","):
        name, _, weight = each.partition(";")
        if name.strip() == coding:
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def build_page(parts: Parts) -> Door:
    """The page, or a clear 404 when the package was installed without it."""
    settings = parts.settings
    vapid_public_key = _vapid_public_key(settings)

    async def config(_: Request) -> Response:
        return JSONResponse(
            {
                "publishable_key": settings.publishable_key or settings.anon_key,
                "demo": settings.uses_development_keys and not settings.public_hosts,
                "livekit": settings.has_livekit,
                "providers": [each.name for each in settings.sign_in_providers if each.sends_people],
                "linking": settings.manual_linking,
                "passkeys": site.id if (site := settings.passkey_site) else None,
                "phone": settings.phone_sign_in,
                "phone_factor": settings.mfa_phone,
                "vapid_public_key": vapid_public_key,
            },
            headers={"cache-control": ASK_EACH_TIME},
        )

    async def not_built(request: Request) -> Response:
        error = NotFound(
            "The web page is not in this installation.",
            details=request.url.path,
            hint="Install the package from a checkout (`pip install .`): its build makes the page.",
        )
        return JSONResponse(error.body(), error.status)

    folder = Path(str(files("sahne"))) / "web"
    page = Mount("/", PageFiles(directory=folder, html=True)) if folder.is_dir() else Route("/{path:path}", not_built)

    async def not_found(_: Request, error: Exception) -> Response:
        assert isinstance(error, NotFound)
        return JSONResponse(error.body(), error.status)

    return Starlette(routes=[Route("/config.json", config), page], exception_handlers={NotFound: not_found})


def _vapid_public_key(settings: Settings) -> str | None:
    """What a browser subscribes to pushes with; None where none are sent."""
    if not (settings.vapid_private_key and settings.vapid_subject):
        return None
    from sahne.providers.push.vapid import Vapid  # only here: most servers have no key

    return Vapid(settings.vapid_private_key, settings.vapid_subject).public_key
