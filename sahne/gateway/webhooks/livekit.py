"""`POST /webhooks/livekit`: verify, keep, 200. LiveKit sends a room's events one after another and waits for each
answer, so nothing else happens here.

401 for whatever is not ours; 200 for events nobody knows; 5xx only when the event could not be kept, so that
LiveKit sends it again.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne.database.actor import SERVICE
from sahne.database.result import StatementFailed
from sahne.gateway.parts import Parts
from sahne.live.inbox import STORE_EVENT, stored
from sahne.providers.livekit.webhook import WebhookUnreadable

DATA_EXCEPTION = "22"  # the class of SQLSTATE


async def keep_event(parts: Parts, request: Request) -> Response:
    """Keep the event of a webhook for the inbox.

    Raises:
        LiveKitUnavailable: there is no LiveKit here.
        WebhookRefused, WebhookUnreadable: it is not ours, or no event that can be kept.
    """
    event = parts.stage.livekit.verify(await request.body(), request.headers.get("authorization"))
    try:
        await parts.pipeline.run(SERVICE, STORE_EVENT, stored(event))
    except StatementFailed as failure:
        if failure.sqlstate.startswith(DATA_EXCEPTION):
            raise WebhookUnreadable(details=failure.message) from failure
        raise
    parts.stage.wake_inbox()
    return JSONResponse({})
