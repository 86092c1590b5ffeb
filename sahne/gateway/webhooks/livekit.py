"""`POST /webhooks/livekit`: verify, keep, 200. LiveKit sends a room's events one after another and waits for each
answer, so nothing else happens here.

401 for whatever is not ours; 200 for events nobody knows; 5xx only when the event could not be kept, so that
LiveKit sends it again.
"""

from __future__ import annotations

from psycopg import DataError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sahne.database.actor import SERVICE
from sahne.gateway.parts import Door, Parts
from sahne.live.inbox import store_event
from sahne.providers.livekit.webhook import WebhookUnreadable

PREFIX = "/webhooks"


def build_webhooks(parts: Parts) -> Door:
    """The door of `/webhooks`."""
    stage = parts.stage

    async def livekit(request: Request) -> Response:
        event = stage.livekit.verify(await request.body(), request.headers.get("authorization"))
        try:
            async with stage.database.transaction(SERVICE) as conn:
                await store_event(conn, event)
        except DataError as error:
            raise WebhookUnreadable(details=type(error).__name__) from error
        stage.wake_inbox()
        return JSONResponse({})

    app = Starlette(routes=[Route(f"{PREFIX}/livekit", livekit, methods=["POST"])])
    return app.router
