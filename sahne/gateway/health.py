"""`/health` says the process runs, `/ready` that it can serve, `/metrics` what it has done (Prometheus)."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from psycopg import Error
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sahne import __version__
from sahne.database.actor import ANONYMOUS
from sahne.errors import Unavailable
from sahne.gateway.parts import Door, Parts


def build_health(parts: Parts) -> Door:
    """The three operational pages."""

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "version": __version__})

    async def ready(_: Request) -> Response:
        try:
            async with parts.database.transaction(ANONYMOUS) as conn:
                await conn.execute("select 1")
        except (Error, Unavailable) as error:
            return JSONResponse({"status": "unavailable", "database": type(error).__name__}, 503, {"retry-after": "1"})
        return JSONResponse({"status": "ready", "livekit": parts.settings.has_livekit})

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/health", health), Route("/ready", ready), Route("/metrics", metrics)])
