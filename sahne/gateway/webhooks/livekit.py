"""`POST /webhooks/livekit`: verify, keep, 200. LiveKit sends a room's events one after another and waits for each
answer, so nothing else happens here.

401 for whatever is not ours; 200 for events nobody knows; 5xx only when the event could not be kept, so that
LiveKit sends it again.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sahne.database.actor import SERVICE
from sahne.database.result import StatementFailed
from sahne.gateway.parts import Door, Parts
from sahne.live.inbox import STORE_EVENT, stored
from sahne.providers.livekit.webhook import WebhookUnreadable

PREFIX = "/webhooks"
DATA_EXCEPTION = "22"


def build_webhooks(parts: Parts) -> Door:
    """The door of `/webhooks`."""
    stage = parts.stage

    async def livekit(request: Request) -> Response:
        event = stage.livekit.verify(await request.body(), request.headers.get("authorization"))
        try:
            await parts.pipeline.run(SERVICE, STORE_EVENT, stored(event))
        except StatementFailed as failure:
            if failure.sqlstate.startswith(DATA_EXCEPTION):
                raise WebhookUnreadable(details=failure.message) from failure
            raise
        stage.wake_inbox()
        return JSONResponse({})

    app = Starlette(routes=[Route(f"{PREFIX}/livekit", livekit, methods=["POST"])])
    return app.router
