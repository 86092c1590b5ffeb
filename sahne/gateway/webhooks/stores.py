"""`POST /webhooks/revenuecat`, `/webhooks/apple`, `/webhooks/google`: verify, keep, 200.

What it means is found out afterwards. 401 for whatever is not the store's and 503 as long as its keys are not set; 200
for events nobody knows. Anything but 200 makes a store send it again.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne.gateway.parts import Parts
from sahne.store import revenuecat
from sahne.store.errors import StoreNotJson, StoreTooLarge

BODY_BYTES_MAX = 256 * 1024


async def keep_of_revenuecat(parts: Parts, request: Request) -> Response:
    """Keep the event of a webhook.

    Raises:
        StoreNotSet, StoreRefused: nobody is believed here, or not this one.
        StoreNotJson, StoreTooLarge, StoreUnreadable: it is no event that can be kept.
    """
    believed, body = parts.till.revenuecat, await _bounded_body(request)
    believed.verify(body, request.headers.get("authorization"), request.headers.get("x-revenuecat-webhook-signature"))
    refuse_unless_json(request)
    await parts.till.keep(revenuecat.read_event(body))
    return JSONResponse({})


async def keep_of_apple(parts: Parts, request: Request) -> Response:
    """Keep the event of a notification, whose signature is in its body.

    Raises:
        StoreNotSet, StoreRefused: nobody is believed here, or not this one.
        StoreNotJson, StoreTooLarge, StoreUnreadable: it is no event that can be kept.
    """
    believed, body = parts.till.apple, await _bounded_body(request)
    refuse_unless_json(request)
    await parts.till.keep(believed.read_event(body))
    return JSONResponse({})


async def keep_of_google(parts: Parts, request: Request) -> Response:
    """Keep what became of the purchase that a notification names; Google Play is asked for it first.

    Raises:
        StoreNotSet, StoreRefused: nobody is believed here, or not this one.
        StoreNotJson, StoreTooLarge, StoreUnreadable: it is no event that can be kept.
        Unavailable: Google cannot be asked; Pub/Sub sends it again.
    """
    believed, body = parts.till.google, await _bounded_body(request)
    await believed.verify(request.headers.get("authorization"))
    refuse_unless_json(request)
    for event in await believed.read_events(body):
        await parts.till.keep(event)
    return JSONResponse({})


def refuse_unless_json(request: Request) -> None:
    """By what it calls itself.

    Raises:
        StoreNotJson
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise StoreNotJson(details=kind[:100], hint="Send application/json.")


async def _bounded_body(request: Request) -> bytes:
    body = await request.body()
    if len(body) > BODY_BYTES_MAX:
        raise StoreTooLarge(hint=f"At most {BODY_BYTES_MAX} bytes are taken.")
    return body
