"""Signed URLs: made under the policies of who asks, used by whoever holds them."""

from __future__ import annotations

from pydantic import Field
from starlette.responses import Response

from sahne.database.actor import SERVICE
from sahne.gateway.storage.answers import answer_json
from sahne.gateway.storage.calls import Call, LenientBody
from sahne.gateway.storage.downloads import send_object
from sahne.gateway.storage.forms import user_metadata
from sahne.gateway.storage.renderings import send_rendering
from sahne.gateway.storage.uploads import keep, wants_upsert
from sahne.objects.errors import InvalidParameter
from sahne.objects.names import object_place
from sahne.objects.read import find_names, find_object
from sahne.objects.signing import (
    UploadPermit,
    open_download,
    open_render,
    open_upload,
    signed_path,
    signed_upload_path,
)
from sahne.objects.store import Content, How, Upload, try_object
from sahne.objects.transforms import transform_from

PATHS_AT_ONCE_MAX = 1000
UNKNOWN_PATH = "Either the object does not exist or you do not have access to it"


class SignBody(LenientBody):
    """`expiresIn` in seconds."""

    expiresIn: int = Field(ge=1)
    transform: dict[str, object] | None = None


class SignManyBody(LenientBody):
    """Several paths of one bucket at once."""

    expiresIn: int = Field(ge=1)
    paths: list[str] = Field(min_length=1, max_length=PATHS_AT_ONCE_MAX)


async def sign(call: Call) -> Response:
    """POST /object/sign/{bucket}/{name}"""
    call.must_be_signed_in()
    body = await call.json(SignBody)
    transform = transform_from(body.transform, "body/transform") if body.transform else None
    place = call.place
    await find_object(call.parts.database, call.actor, place, operation="storage.object.sign")
    return answer_json({"signedURL": signed_path(call.parts.own_secret, place, body.expiresIn, transform)})


async def sign_many(call: Call) -> Response:
    """POST /object/sign/{bucket}"""
    call.must_be_signed_in()
    body = await call.json(SignManyBody)
    visible = await find_names(
        call.parts.database, call.actor, call.bucket, body.paths, operation="storage.object.sign_many"
    )
    secret = call.parts.own_secret
    return answer_json(
        [
            {
                "error": None,
                "path": path,
                "signedURL": signed_path(secret, object_place(call.bucket, path), body.expiresIn),
            }
            if path in visible
            else {"error": UNKNOWN_PATH, "path": path, "signedURL": None}
            for path in body.paths
        ]
    )


async def download(call: Call) -> Response:
    """GET /object/sign/{bucket}/{name}?token=…"""
    permit = open_download(call.parts.own_secret, _token(call), call.place)
    return await send_object(
        call, lambda: find_object(call.parts.database, SERVICE, permit.place), expires=permit.expires_at
    )


async def rendering(call: Call) -> Response:
    """GET /render/image/sign/{bucket}/{name}?token=…: as the token says, whatever the URL says."""
    permit = open_render(call.parts.own_secret, _token(call), call.place)
    return await send_rendering(
        call, lambda: find_object(call.parts.database, SERVICE, permit.place), permit.transform, permit.expires_at
    )


async def sign_upload(call: Call) -> Response:
    """POST /object/upload/sign/{bucket}/{name}: whether the caller might upload is found out now, by trying."""
    call.must_be_signed_in()
    place, upsert = call.place, wants_upsert(call)
    owner = call.actor.subject
    trial = Upload(
        place,
        Content("application/octet-stream", user_metadata=user_metadata(call)),
        how="upsert" if upsert else "insert",
        owner=owner,
        operation="storage.object.sign_upload_url",
    )
    await try_object(call.parts.database, call.actor, trial)
    url, token = signed_upload_path(call.parts.own_secret, UploadPermit(place, owner, upsert))
    return answer_json({"url": url, "token": token})


async def upload(call: Call) -> Response:
    """PUT /object/upload/sign/{bucket}/{name}?token=…"""
    permit = open_upload(call.parts.own_secret, _token(call), call.place)
    how: How = "upsert" if permit.upsert else "insert"
    return await keep(
        call, SERVICE, how, place=permit.place, owner=permit.owner, operation="storage.object.upload_signed"
    )


def _token(call: Call) -> str:
    token = call.request.query_params.get("token")
    if not token:
        raise InvalidParameter("querystring must have required property 'token'")
    return token
