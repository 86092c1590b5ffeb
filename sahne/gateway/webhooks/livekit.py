"""`POST /webhooks/livekit`: verify, keep, 200. LiveKit sends a room's events one after another and waits for each
answer, so nothing else happens here.

401 for whatever is not ours; 200 for events nobody knows; 5xx only when the event could not be kept, so that
LiveKit sends it again.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne.gateway.parts import Parts
from sahne.live import inbox


async def keep_event(parts: Parts, request: Request) -> Response:
    """Keep the event of a webhook for the inbox.

    Raises:
        LiveKitUnavailable: there is no LiveKit here.
        WebhookRefused, WebhookUnreadable: it is not ours, or no event that can be kept.
    """
    server, event = parts.stage.servers.verify(await request.body(), request.headers.get("authorization"))
    if await inbox.keep(parts.pipeline, event, server):
        parts.stage.wake_inbox(server)
    return JSONResponse({})
