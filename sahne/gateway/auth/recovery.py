"""Recovery codes: `/factors/recovery-codes`, as supabase-js asks for them (`auth.mfa.recoveryCodes`)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne.accounts import recovery_codes
from sahne.accounts.factor_errors import FactorCodeMissing, FactorNameTooLong, RecoveryCodesDisabled
from sahne.accounts.factors import NAME_CHARACTERS_MAX
from sahne.accounts.recovery_codes import RecoverySet
from sahne.gateway.auth.factors import place_of_tries
from sahne.gateway.auth.limits import FACTORS
from sahne.gateway.auth.parts import AuthParts
from sahne.gateway.auth.requests import limit_caller, read_body, read_origin, read_person
from sahne.gateway.auth.sessions import UNKEPT, let_in


async def show(auth: AuthParts, request: Request) -> Response:
    """→ `{id, type, friendly_name, total, remaining}`."""
    return _shown(await recovery_codes.find_set(auth.parts.database, await read_person(request, auth.parts)))


async def make(auth: AuthParts, request: Request) -> Response:
    """`{friendly_name}` → the set with its `codes`, told this once."""
    person, body = await read_person(request, auth.parts), await read_body(request)
    name, origin = body.text("friendly_name"), read_origin(request, auth.parts)
    if not auth.parts.settings.mfa_totp:
        raise RecoveryCodesDisabled()
    if len(name) > NAME_CHARACTERS_MAX:
        raise FactorNameTooLong()
    return _shown(await recovery_codes.make_codes(auth.parts.database, person, name, origin))


async def renew(auth: AuthParts, request: Request) -> Response:
    """→ the set with new `codes`; those of before are void."""
    person = await read_person(request, auth.parts)
    return _shown(await recovery_codes.renew_codes(auth.parts.database, person, read_origin(request, auth.parts)))


async def verify(auth: AuthParts, request: Request) -> Response:
    """`{code}` → the session anew, at `aal2`."""
    person, body = await read_person(request, auth.parts), await read_body(request)
    origin = read_origin(request, auth.parts)
    limit_caller(auth, FACTORS, origin)
    if not body.text("code").strip():
        raise FactorCodeMissing()
    place = place_of_tries(auth, origin)
    return await let_in(
        auth, await recovery_codes.use_code(auth.parts.database, person, body.text("code"), place, origin)
    )


async def delete(auth: AuthParts, request: Request) -> Response:
    """→ `{id}`."""
    person = await read_person(request, auth.parts)
    gone = await recovery_codes.delete_codes(auth.parts.database, person, read_origin(request, auth.parts))
    return JSONResponse({"id": str(gone)})


def _shown(codes: RecoverySet) -> Response:
    body: dict[str, Any] = {"id": str(codes.id), "type": "recovery_code", "total": codes.total}
    if codes.friendly_name:
        body["friendly_name"] = codes.friendly_name
    beside = {"codes": list(codes.codes)} if codes.codes else {"remaining": codes.remaining}
    return JSONResponse(body | beside, headers=UNKEPT)
