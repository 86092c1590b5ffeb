"""A call to the storage door: who calls, on what, with which JSON."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from sahne.database.actor import ANONYMOUS, SERVICE_ROLE, Actor
from sahne.database.pipeline import Pipeline
from sahne.errors import InvalidToken
from sahne.gateway.bearer import bearer_of
from sahne.gateway.callers import Places
from sahne.gateway.parts import Parts
from sahne.objects.errors import AccessDenied, EntityTooLarge, InvalidParameter
from sahne.objects.names import Place, object_place
from sahne.wrong_values import in_our_words

PROGRESS_SECONDS_MAX = 30.0  # of waiting for an upload: then so many bytes must have come
PROGRESS_BYTES_MIN = 64 * 1024
OF_NOBODY = frozenset({"/storage/v1/status", "/storage/v1/version"})
NEED_NO_TOKEN = (
    "/storage/v1/object/public/",
    "/storage/v1/object/info/public/",
    "/storage/v1/render/image/public/",
    "/storage/v1/upload/resumable/sign",
    "/storage/v1/s3",
)
SIGNED = ("/storage/v1/object/sign/", "/storage/v1/object/upload/sign/", "/storage/v1/render/image/sign/")


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

    @property
    def is_nobodys(self) -> bool:
        """Whether it comes in a role that is everybody's."""
        return self.actor.subject is None and self.actor.role != SERVICE_ROLE

    @property
    def address_of_nobody(self) -> str | None:
        """Where such a call comes from; None of others, and where addresses tell nobody apart."""
        return Places(self.parts.settings).of(self.request.scope) if self.is_nobodys else None

    @asynccontextmanager
    async def in_pipeline(self) -> AsyncIterator[Pipeline]:
        """The pipeline, for as long as the caller may hold one of its connections."""
        shares = self.parts.shares
        async with AsyncExitStack() as held:
            await held.enter_async_context(shares.of_request(self.actor, self.request.scope))
            if self.actor.user_id is None and self.actor.role != SERVICE_ROLE:
                await held.enter_async_context(shares.anonymous_in_pipeline)
            yield self.parts.pipeline

    def as_actor(self, actor: Actor) -> Call:
        """The same call by whom another signature than a bearer's names."""
        return Call(_parts_for(actor, self.request, self.parts), self.request, actor, signed_in=True)

    def must_be_signed_in(self) -> None:
        """Raises AccessDenied when no token came with the request."""
        if not self.signed_in:
            raise AccessDenied("headers must have required property 'authorization'")

    async def json(self, model: type[Model]) -> Model:
        """The body as a value of `model`.

        Raises:
            InvalidParameter, EntityTooLarge, BodiesCrowd. TimeoutError: it took longer than a request may.
        """
        limit = self.parts.settings.request_body_bytes_max
        content = bytearray()
        with self.parts.bodies.of_request(self.request.scope) as body:
            async with asyncio.timeout(self.parts.settings.request_timeout_seconds):
                async for chunk in self.request.stream():
                    content += chunk
                    if body.grow(len(chunk)) > limit:
                        too_large = "The body exceeded the maximum allowed size"
                        raise EntityTooLarge(too_large, hint=f"The limit is {limit} bytes.")
        try:
            return model.model_validate_json(bytes(content) or b"{}")
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = "/".join(["body", *map(str, first["loc"])])
            raise InvalidParameter(f"{where} {in_our_words(first)}") from error


def open_call(parts: Parts, request: Request) -> Call:
    """The call of a request: its bearer token, or else its `apikey`, says who calls.

    Raises:
        AccessDenied: the token is not valid; signed and public paths want none and look at none.
    """
    token = bearer_of(request.headers.get("authorization")) or request.headers.get("apikey")
    if not token or _needs_no_token(request):
        return Call(_parts_for(ANONYMOUS, request, parts), request, ANONYMOUS, signed_in=False)
    try:
        actor = parts.verifier.actor(token)
    except InvalidToken as error:
        raise AccessDenied(str(error.details or error.message), hint=error.hint) from error
    return Call(_parts_for(actor, request, parts), request, actor, signed_in=True)


def _parts_for(actor: Actor, request: Request, parts: Parts) -> Parts:
    """With a database that gives this caller no more than their share, and none to who only sends or takes bytes."""
    shares = [parts.shares.of_request(actor, request.scope)]
    if actor.user_id is None and actor.role != SERVICE_ROLE:
        shares.append(parts.shares.anonymous_in_pool)
    return replace(parts, database=parts.database.within(*shares))


async def upload_chunks(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes.

    Raises:
        ClientDisconnect. TimeoutError: we waited `PROGRESS_SECONDS_MAX` for `PROGRESS_BYTES_MIN` in vain.
    """
    stream, loop, progress = request.stream(), asyncio.get_running_loop(), Progress()
    while True:
        began = loop.time()
        async with asyncio.timeout(progress.seconds_left):
            chunk = await anext(stream, None)
        if chunk is None:
            return
        progress.note(len(chunk), loop.time() - began)
        if chunk:
            yield chunk


class Progress:
    """How long an upload may still be waited for: all its time again whenever enough of it has come."""

    def __init__(self) -> None:
        self.seconds_left = PROGRESS_SECONDS_MAX
        self._bytes = 0

    def note(self, count: int, waited_seconds: float) -> None:
        """So many bytes came after so long a wait; what we did with those before does not count."""
        self.seconds_left -= waited_seconds
        self._bytes += count
        if self._bytes >= PROGRESS_BYTES_MIN:
            self.seconds_left, self._bytes = PROGRESS_SECONDS_MAX, 0


def _needs_no_token(request: Request) -> bool:
    path = request.url.path
    if path in OF_NOBODY or request.method == "OPTIONS" or path.startswith(NEED_NO_TOKEN):
        return True
    return "token" in request.query_params and path.startswith(SIGNED)
