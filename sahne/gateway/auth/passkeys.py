"""Passkeys, `/passkeys`: added, named and removed by whose they are; and signing in with one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne.accounts import passkey_sign_in, passkeys
from sahne.accounts.identifiers import exact_uuid
from sahne.accounts.passkey_challenges import Answer, Challenge
from sahne.accounts.passkey_errors import (
    CredentialMissing,
    PasskeyChallengeMalformed,
    PasskeyChallengeMissing,
    PasskeyNotFound,
    PasskeysDisabled,
)
from sahne.accounts.user_body import time_text, without_nulls
from sahne.gateway.auth.captcha import refuse_unsolved
from sahne.gateway.auth.limits import PASSKEYS
from sahne.gateway.auth.parts import AuthParts
from sahne.gateway.auth.requests import (
    JsonFields,
    limit_caller,
    read_admin,
    read_body,
    read_origin,
    read_person,
    read_user_id,
)
from sahne.gateway.auth.sessions import UNKEPT, let_in

if TYPE_CHECKING:
    from sahne.accounts.relying_party import RelyingParty


async def begin_sign_in(auth: AuthParts, request: Request) -> Response:
    """→ `{challenge_id, options, expires_at}`: what a browser asks for a key with."""
    party = _party(auth)
    await refuse_unsolved(auth, request)
    limit_caller(auth, PASSKEYS, read_origin(request, auth.parts))
    return _shown(await passkey_sign_in.begin_sign_in(auth.parts.database, party))


async def sign_in(auth: AuthParts, request: Request) -> Response:
    """`{challenge_id, credential}` → a session."""
    party, body, origin = _party(auth), await read_body(request), read_origin(request, auth.parts)
    limit_caller(auth, PASSKEYS, origin)
    login = await passkey_sign_in.sign_in_by_passkey(auth.parts.database, party, _answer(body), origin)
    return await let_in(auth, login)


async def begin_registration(auth: AuthParts, request: Request) -> Response:
    """→ `{challenge_id, options, expires_at}`: what a browser has a key made with."""
    party = _party(auth)
    person = await read_person(request, auth.parts)
    limit_caller(auth, PASSKEYS, read_origin(request, auth.parts))
    return _shown(await passkeys.begin_registration(auth.parts.database, party, person))


async def register(auth: AuthParts, request: Request) -> Response:
    """`{challenge_id, credential}` → `{id, friendly_name, created_at}`."""
    party = _party(auth)
    person, body, origin = (
        await read_person(request, auth.parts),
        await read_body(request),
        read_origin(request, auth.parts),
    )
    limit_caller(auth, PASSKEYS, origin)
    row = await passkeys.register(auth.parts.database, party, person, _answer(body), origin)
    return JSONResponse(_item(row))


async def show(auth: AuthParts, request: Request) -> Response:
    """One's own: `[{id, friendly_name, created_at, last_used_at}]`."""
    _party(auth)
    person = await read_person(request, auth.parts)
    rows = await passkeys.list_passkeys(auth.parts.database, person.actor, person.user.id)
    return JSONResponse([_item(row) for row in rows])


async def rename(auth: AuthParts, request: Request) -> Response:
    """`{friendly_name}` → it as it is now."""
    _party(auth)
    person, passkey_id = await read_person(request, auth.parts), _passkey_id(request)
    name, origin = (await read_body(request)).text("friendly_name"), read_origin(request, auth.parts)
    return JSONResponse(_item(await passkeys.rename_passkey(auth.parts.database, person, passkey_id, name, origin)))


async def remove(auth: AuthParts, request: Request) -> Response:
    """→ 204."""
    _party(auth)
    person, passkey_id = await read_person(request, auth.parts), _passkey_id(request)
    await passkeys.remove_passkey(auth.parts.database, person, passkey_id, read_origin(request, auth.parts))
    return Response(status_code=204)


async def show_of(auth: AuthParts, request: Request) -> Response:
    """A user's, for the holder of the service key; also where passkeys are disabled by now."""
    actor = read_admin(request, auth.parts)
    rows = await passkeys.list_passkeys(auth.parts.database, actor, read_user_id(request))
    return JSONResponse([_item(row) for row in rows])


async def remove_of(auth: AuthParts, request: Request) -> Response:
    """One of theirs → 204."""
    actor = read_admin(request, auth.parts)
    user_id, passkey_id, origin = read_user_id(request), _passkey_id(request), read_origin(request, auth.parts)
    await passkeys.remove_passkey_as(auth.parts.database, actor, user_id, passkey_id, origin)
    return Response(status_code=204)


def _party(auth: AuthParts) -> RelyingParty:
    if auth.passkeys is None:
        raise PasskeysDisabled()
    return auth.passkeys


def _passkey_id(request: Request) -> UUID:
    try:
        return exact_uuid(request.path_params["passkey_id"])
    except ValueError as error:
        raise PasskeyNotFound() from error


def _answer(body: JsonFields) -> Answer:
    id, credential = body.text("challenge_id"), body.object("credential")
    if not id:
        raise PasskeyChallengeMissing()
    if not credential:
        raise CredentialMissing()
    try:
        return Answer(exact_uuid(id), credential)
    except ValueError as error:
        raise PasskeyChallengeMalformed() from error


def _shown(challenge: Challenge) -> Response:
    body = {"challenge_id": str(challenge.id), "options": challenge.options, "expires_at": challenge.expires_at}
    return JSONResponse(body, headers=UNKEPT)


def _item(row: dict[str, Any]) -> dict[str, Any]:
    return without_nulls(
        {
            "id": str(row["id"]),
            "friendly_name": row["friendly_name"] or None,
            "created_at": time_text(row["created_at"]),
            "last_used_at": time_text(row["last_used_at"]),
        }
    )
