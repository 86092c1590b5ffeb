"""Who calls an operation and what the operation may use: the dependencies every router takes.

@router.post("/coins/…")
async def verb(caller: Caller, parts: PartsOf, key: IdempotencyKey) -> …
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI, Header, Request

from sahne.database.actor import AUTHENTICATED, Actor
from sahne.errors import InvalidRequest, Unauthenticated
from sahne.gateway.bearer import bearer_of
from sahne.gateway.parts import Parts

IDEMPOTENCY_KEY_CHARACTERS_MAX = 200
BLANKS = " \t"  # what HTTP lets stand around a header's value


class IdempotencyKeyRequired(InvalidRequest):
    """This operation spends: it needs an Idempotency-Key header."""

    code = "idempotency_key_required"


class IdempotencyKeyUnreadable(InvalidRequest):
    """An Idempotency-Key is made of printable ASCII characters."""

    code = "idempotency_key_unreadable"


def remember_parts(app: FastAPI, parts: Parts) -> None:
    """Let the dependencies below find the opened parts."""
    app.state.parts = parts


async def parts_of(request: Request) -> Parts:
    """The opened parts."""
    parts: Parts = request.app.state.parts
    return parts


async def signed_in(request: Request, parts: Annotated[Parts, Depends(parts_of)]) -> Actor:
    """The signed-in user who calls.

    Raises:
        Unauthenticated: no token, an anon key or a service key.
        InvalidToken, ExpiredToken: as the verifier says.
    """
    actor = parts.verifier.actor(bearer_of(request.headers.get("authorization")))
    if actor.role != AUTHENTICATED or actor.user_id is None:
        raise Unauthenticated(hint="Send the access token of a signed-in user as a bearer token.")
    return actor


async def idempotency_key(
    key: Annotated[str | None, Header(alias="Idempotency-Key", max_length=IDEMPOTENCY_KEY_CHARACTERS_MAX)] = None,
) -> str:
    """The key under which this spending happens once.

    Raises:
        IdempotencyKeyRequired: there is none.
        IdempotencyKeyUnreadable: it would not be the same key on every way here.
    """
    key = (key or "").strip(BLANKS)
    if not key:
        raise IdempotencyKeyRequired(hint="Send a new UUID per intent, and the same one when you try again.")
    if not (key.isascii() and key.isprintable()):
        raise IdempotencyKeyUnreadable(hint="A UUID is what most clients send.")
    return key


PartsOf = Annotated[Parts, Depends(parts_of)]
Caller = Annotated[Actor, Depends(signed_in)]
IdempotencyKey = Annotated[str, Depends(idempotency_key)]
