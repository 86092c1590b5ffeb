"""`POST /webhooks/<maker>`: a maker of pictures elsewhere says that one is there. Verified, then only looked at sooner.

401 for whatever is not theirs; 200 for jobs nobody knows and for what comes again; 5xx only when it could not be read
who signed, or not be kept, so that it is sent again.
"""

from __future__ import annotations

import time
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne.errors import Unavailable
from sahne.gateway.parts import Parts
from sahne.providers.exchange import ProviderFault
from sahne.studio.words import hear_word


async def hear(parts: Parts, name: str, request: Request) -> Response:
    """Hear what the maker of this name says.

    Raises:
        ImageWebhookRefused, ImageWebhookUnreadable: it is not theirs, or says nothing.
        Unavailable: their keys cannot be had.
    """
    try:
        word = await parts.image_providers[name].parse_webhook(request.headers, await request.body(), time.time())
    except ProviderFault as fault:
        raise Unavailable(details=f"the keys of {name} cannot be had") from fault
    await hear_word(parts.database, name, word, _picture(request))
    return JSONResponse({})


def _picture(request: Request) -> UUID | None:
    try:
        return UUID(request.query_params.get("picture", ""))
    except ValueError:
        return None
