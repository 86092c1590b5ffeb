"""Resumable uploads: TUS 1.0 (tus.io/protocols/resumable-upload) at `/upload/resumable`, over `objects/unfinished.py`.

An upload is announced by POST, which answers where it goes on: PATCH brings the next bytes, HEAD says how many there
are, DELETE gives it up. Below `/sign` the token of a signed upload in `x-signature` stands for whoever made it. Errors
have their own status and a line of text, as TUS's clients expect.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import format_datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sahne.database.actor import SERVICE, Actor
from sahne.errors import InvalidRequest
from sahne.gateway.storage.answers import refusal_of
from sahne.gateway.storage.calls import Call, upload_chunks
from sahne.gateway.storage.tus_headers import (
    UploadMetadata,
    checksum_in,
    number_in,
    read_metadata,
    written_metadata,
)
from sahne.gateway.storage.uploads import wants_upsert
from sahne.objects.body_parts import CHECKSUMS
from sahne.objects.errors import EntityTooLarge, InvalidParameter, InvalidSignature, NoSuchUpload
from sahne.objects.names import Place
from sahne.objects.signing import upload_permit
from sahne.objects.store import How, Upload
from sahne.objects.unfinished import (
    OtherOffset,
    Unfinished,
    begin_upload,
    find_upload,
    give_up,
    holder_of,
    receive,
    store_empty,
)

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,expiration,checksum"
OFFSET_OCTETS = "application/offset+octet-stream"
CREATE = "storage.tus.upload.create"
PART = "storage.tus.upload.part"
SIGNED = "storage.object.upload_signed"
ROOT = "/storage/v1/upload/resumable"
TOO_LARGE = "Maximum size exceeded\n"  # TUS's own words for it
DEFAULT_PORTS = ("80", "443")

_HOST = re.compile(r"[A-Za-z0-9.\-_]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]{1,64}){0,8}/?")

Handler = Callable[[Call], Awaitable[Response]]


class OtherVersion(InvalidRequest):
    """Tus-Resumable Required"""

    code = "InvalidTusVersion"
    status = 412


class NotOffsetOctets(InvalidRequest):
    """Content-Type must be application/offset+octet-stream"""

    code = "InvalidContentType"
    status = 415


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sender:
    """Who uploads: as whom it is stored, and for whom.

    `place` is the only one, where a signed link names it; `address` is where nobody comes from.
    """

    actor: Actor
    owner: str | None
    holder: str
    how: How
    operation: str
    place: Place | None = None
    address: str | None = None

    def must_be_at(self, place: Place) -> None:
        """Raises InvalidSignature."""
        if self.place is not None and place != self.place:
            raise InvalidSignature()


def in_tus(handler: Handler) -> Handler:
    """A handler whose answers, errors among them, are TUS's."""

    async def answer(call: Call) -> Response:
        try:
            if call.request.method != "OPTIONS" and call.request.headers.get("tus-resumable") != VERSION:
                raise OtherVersion()
            response = await handler(call)
        except Exception as error:
            response = _told(call.request, error)
        response.headers["tus-resumable"] = VERSION
        response.headers["cache-control"] = "no-store"
        return response

    return answer


async def options(call: Call) -> Response:
    """OPTIONS: what is spoken here."""
    headers = {
        "tus-version": VERSION,
        "tus-extension": EXTENSIONS,
        "tus-checksum-algorithm": ",".join(CHECKSUMS),
        "tus-max-size": str(call.parts.settings.upload_bytes_max),
    }
    return Response(None, 204, headers)


async def create(call: Call) -> Response:
    """POST: an upload is announced, and may bring its first bytes along."""
    sender = _sender(call)
    metadata = read_metadata(call.request.headers.get("upload-metadata"))
    sender.must_be_at(metadata.place)
    unfinished = await begin_upload(
        call.parts.database, sender.actor, sender.holder, _announced(call, sender, metadata), sender.address
    )
    try:
        unfinished = await _first_bytes(call, sender, unfinished)
    except Exception:
        await give_up(call.parts.database, call.parts.blobs, unfinished)  # nobody was told where it is
        raise
    return Response(None, 201, {"location": _location(call, unfinished), **_progress(unfinished)})


async def go_on(call: Call) -> Response:
    """PATCH, or POST that says it means it: the next bytes."""
    if call.request.method == "POST" and call.request.headers.get("x-http-method-override", "").upper() != "PATCH":
        raise InvalidParameter("To this address bytes are sent by PATCH.")
    if call.request.headers.get("content-type") != OFFSET_OCTETS:
        raise NotOffsetOctets()
    sender = _sender(call)
    unfinished = await _find(call, sender)
    if number_in(call.request.headers, "upload-offset") != unfinished.received:
        raise OtherOffset(hint=f"{unfinished.received} bytes have come.")
    return Response(None, 204, _progress(await _received(call, sender, unfinished)))


async def show(call: Call) -> Response:
    """HEAD: how much has come."""
    unfinished = await _find(call, _sender(call))
    headers = {
        "upload-length": str(unfinished.bytes),
        "upload-metadata": written_metadata(unfinished.upload),
        **_progress(unfinished),
    }
    return Response(None, 200, headers)


async def cancel(call: Call) -> Response:
    """DELETE: it is given up. An object that it has become stays."""
    await give_up(call.parts.database, call.parts.blobs, await _find(call, _sender(call)))
    return Response(None, 204)


def _sender(call: Call) -> _Sender:
    if _is_signed(call):
        token = call.request.headers.get("x-signature")
        if not token:
            raise InvalidParameter("Missing x-signature header")
        permit = upload_permit(call.parts.own_secret, token)
        return _Sender(
            actor=SERVICE,
            owner=permit.owner,
            holder=permit.owner or f"link {permit.place}",
            how="upsert" if permit.upsert else "insert",
            operation=SIGNED,
            place=permit.place,
        )
    call.must_be_signed_in()
    return _Sender(
        actor=call.actor,
        owner=call.actor.subject,
        holder=holder_of(call.actor),
        how="upsert" if wants_upsert(call) else "insert",
        operation=PART,
        address=call.address_of_nobody,
    )


def _announced(call: Call, sender: _Sender, metadata: UploadMetadata) -> Upload:
    if call.request.headers.get("upload-defer-length"):
        raise InvalidParameter("The length of an upload must be known when it begins: Upload-Length.")
    return Upload(
        metadata.place,
        metadata.content,
        how=sender.how,
        owner=sender.owner,
        declared_bytes=number_in(call.request.headers, "upload-length"),
        bytes_max=call.parts.settings.upload_bytes_max,
        operation=CREATE if sender.operation == PART else sender.operation,
    )


async def _first_bytes(call: Call, sender: _Sender, unfinished: Unfinished) -> Unfinished:
    if not unfinished.bytes:
        return await store_empty(call.parts.database, call.parts.blobs, sender.actor, unfinished)
    if call.request.headers.get("content-type") != OFFSET_OCTETS:
        return unfinished
    return await _received(call, sender, unfinished)


async def _received(call: Call, sender: _Sender, unfinished: Unfinished) -> Unfinished:
    announced = call.request.headers.get("content-length") or ""
    if announced.isdecimal() and int(announced) > unfinished.left:
        raise EntityTooLarge(hint=f"{unfinished.left} bytes are left to come.")
    return await receive(
        call.parts.database,
        call.parts.blobs,
        sender.actor,
        unfinished,
        upload_chunks(call.request),
        checksum_in(call.request.headers),
    )


async def _find(call: Call, sender: _Sender) -> Unfinished:
    id = UUID(str(call.request.path_params["upload"]))
    unfinished = await find_upload(call.parts.database, id, sender.holder, operation=sender.operation)
    sender.must_be_at(unfinished.upload.place)
    if sender.place is not None and sender.how != unfinished.upload.how:
        raise NoSuchUpload(details=str(id))  # a link goes on with what was begun by one like it
    return unfinished


def _is_signed(call: Call) -> bool:
    return call.request.url.path.startswith(f"{ROOT}/sign")


def _progress(unfinished: Unfinished) -> dict[str, str]:
    return {
        "upload-offset": str(unfinished.received),
        "upload-expires": format_datetime(unfinished.expires_at.astimezone(UTC), usegmt=True),
    }


def _location(call: Call, unfinished: Unfinished) -> str:
    """Where the upload goes on, as its client must write it: by `site_url`, or else as the request came here."""
    base = (call.parts.settings.site_url or _as_it_came(call.request)).rstrip("/")
    return f"{base}{ROOT}{'/sign' if _is_signed(call) else ''}/{unfinished.id}"


def _as_it_came(request: Request) -> str:
    """Scheme, host, port and prefix before the proxies, which lead nobody astray but who writes them."""
    headers = request.headers
    proto = _first(headers.get("x-forwarded-proto"))
    scheme = proto if proto in ("http", "https") else request.url.scheme
    host, port = _first(headers.get("x-forwarded-host")), _first(headers.get("x-forwarded-port"))
    if not _HOST.fullmatch(host):
        host = headers.get("host", "")
    elif port.isdecimal() and port not in DEFAULT_PORTS and not re.search(r":[0-9]+$", host):
        host = f"{host}:{port}"
    prefix = _first(headers.get("x-forwarded-prefix"))
    return f"{scheme}://{host}{prefix if _PREFIX.fullmatch(prefix) else ''}"


def _first(value: str | None) -> str:
    return (value or "").partition(",")[0].strip()


def _told(request: Request, error: Exception) -> Response:
    refusal = refusal_of(request, error)
    if isinstance(refusal, EntityTooLarge):
        return PlainTextResponse(TOO_LARGE, refusal.status)
    answer = PlainTextResponse(refusal.message, refusal.status)
    if refusal.status == OtherVersion.status:
        answer.headers["tus-version"] = VERSION
    if refusal.status in (503, 504):
        answer.headers["retry-after"] = "1"
    return answer
