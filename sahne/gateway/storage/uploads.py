"""Uploading: POST makes an object (or replaces it, with `x-upsert: true`), PUT replaces one that is there."""

from __future__ import annotations

from starlette.responses import Response

from sahne.database.actor import Actor
from sahne.gateway.storage.answers import answer_json
from sahne.gateway.storage.calls import Call
from sahne.gateway.storage.forms import read_upload
from sahne.objects.names import Place
from sahne.objects.store import UPLOAD, How, Upload, store_object

UPDATE = "storage.object.upload_update"


async def upload(call: Call) -> Response:
    """POST /object/{bucket}/{name}"""
    call.must_be_signed_in()
    return await keep(call, call.actor, "upsert" if wants_upsert(call) else "insert")


async def update(call: Call) -> Response:
    """PUT /object/{bucket}/{name}"""
    call.must_be_signed_in()
    return await keep(call, call.actor, "update", operation=UPDATE)


async def keep(
    call: Call,
    actor: Actor,
    how: How,
    *,
    place: Place | None = None,
    owner: str | None = None,
    operation: str = UPLOAD,
) -> Response:
    """Store the body of a call as an actor, at the path's place unless told another."""
    place = place or call.place
    with call.parts.bodies.of_request(call.request.scope) as held:
        body = await read_upload(call, held)
        target = Upload(
            place,
            body.content,
            how=how,
            owner=owner,
            declared_bytes=body.declared_bytes,
            bytes_max=call.parts.settings.upload_bytes_max,
            operation=operation,
        )
        id = await store_object(call.parts.database, call.parts.blobs, actor, target, body.chunks)
    return answer_json({"Id": str(id), "Key": str(place)})


def wants_upsert(call: Call) -> bool:
    """Whether `x-upsert` says so."""
    return call.request.headers.get("x-upsert", "").lower() == "true"
