"""A call to the storage door: who calls, on what, with which JSON."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from sahne.database.actor import ANONYMOUS, Actor
from sahne.errors import InvalidToken
from sahne.gateway.bearer import bearer_of
from sahne.gateway.parts import Parts
from sahne.objects.errors import AccessDenied, EntityTooLarge, InvalidParameter
from sahne.objects.names import Place, object_place

CHUNK_SECONDS_MAX = 30.0


class LenientBody(BaseModel):
    """A JSON body; what is not known is passed over, as Supabase does."""

    model_config = ConfigDict(extra="ignore")


Model = TypeVar("Model", bound=LenientBody)


@dataclass(frozen=True, slots=True)
class Call:
    """One request with its verified caller. `signed_in` is whether any token came with it."""

    parts: Parts
    request: Request
    actor: Actor
    signed_in: bool

    @property
    def bucket(self) -> str:
        """The bucket in the path."""
        return str(self.request.path_params["bucket"])

    @property
    def place(self) -> Place:
        """The bucket and the name in the path. Raises InvalidKey."""
        return object_place(self.bucket, str(self.request.path_params["name"]))

    def must_be_signed_in(self) -> None:
        """Raises AccessDenied when no token came with the request."""
        if not self.signed_in:
            raise AccessDenied("headers must have required property 'authorization'")

    async def json(self, model: type[Model]) -> Model:
        """The body as a value of `model`. Raises InvalidParameter, EntityTooLarge."""
        limit = self.parts.settings.request_body_bytes_max
        content = bytearray()
        async for chunk in body_chunks(self.request):
            content += chunk
            if len(content) > limit:
                raise EntityTooLarge("The body exceeded the maximum allowed size", hint=f"The limit is {limit} bytes.")
        try:
            return model.model_validate_json(bytes(content) or b"{}")
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = "/".join(str(part) for part in first["loc"])
            raise InvalidParameter(f"body/{where} {first['msg']}" if where else f"body {first['msg']}") from error


def open_call(parts: Parts, request: Request) -> Call:
    """The call of a request: its bearer token, or else its `apikey`, says who calls.

    Raises:
        AccessDenied: the token is not valid; signed and public paths want none and look at none.
    """
    token = bearer_of(request.headers.get("authorization")) or request.headers.get("apikey")
    if not token or _needs_no_token(request):
        return Call(parts, request, ANONYMOUS, signed_in=False)
    try:
        return Call(parts, request, parts.verifier.actor(token), signed_in=True)
    except InvalidToken as error:
        raise AccessDenied(str(error.details or error.message)) from error


async def body_chunks(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes. Raises ClientDisconnect, TimeoutError: nothing came for `CHUNK_SECONDS_MAX`."""
    stream = request.stream()
    while True:
        async with asyncio.timeout(CHUNK_SECONDS_MAX):
            try:
                chunk = await anext(stream)
            except StopAsyncIteration:
                return
        if chunk:
            yield chunk


def _needs_no_token(request: Request) -> bool:
    path = request.url.path
    if "/object/public/" in path or "/object/info/public/" in path:
        return True
    return "token" in request.query_params and ("/object/sign/" in path or "/object/upload/sign/" in path)
