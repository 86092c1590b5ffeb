"""Second factors: `/factors`, set up, asked for, proven and removed."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne.accounts import factor_proofs, factors, phone_factors, totp
from sahne.accounts.factor_errors import (
    ChallengeIdMalformed,
    FactorCodeMissing,
    FactorTypeUnknown,
    PhoneFactorDisabled,
    PhoneFactorMissing,
    PhoneFactorUnverifiable,
    TotpDisabled,
    WebauthnFactorDisabled,
)
from sahne.accounts.identifiers import exact_uuid
from sahne.accounts.origin import Origin
from sahne.accounts.sessions import Bearer
from sahne.gateway.auth.limits import FACTORS
from sahne.gateway.auth.parts import AuthParts
from sahne.gateway.auth.requests import (
    JsonFields,
    limit_caller,
    read_body,
    read_factor_id,
    read_origin,
    read_person,
    read_place,
)
from sahne.gateway.auth.sessions import UNKEPT, let_in
from sahne.gateway.auth.texts import ask_for_text_to, served_number

# what holds a secret, or opens a session, is kept by nobody on the way


async def enroll(auth: AuthParts, request: Request) -> Response:
    """`{factor_type, friendly_name, issuer}` → `{id, type, friendly_name, totp: {qr_code, secret, uri}}`."""
    person, body, origin = (
        await read_person(request, auth.parts),
        await read_body(request),
        read_origin(request, auth.parts),
    )
    match body.text("factor_type"):
        case "totp":
            if not auth.parts.settings.mfa_totp:
                raise TotpDisabled()
        case "phone":
            return await _enroll_phone(auth, request, person, body)
        case "webauthn":
            raise WebauthnFactorDisabled()
        case _:
            raise FactorTypeUnknown()
    limit_caller(auth, FACTORS, origin)
    name = body.text("friendly_name")
    issuer = body.text("issuer") or urlsplit(auth.parts.settings.app_address).netloc
    made = await factors.enroll(auth.parts.database, auth.factor_secrets, person, name, issuer, origin)
    picture = totp.picture_of(made.address)
    shown = {
        "id": str(made.id),
        "type": "totp",
        "friendly_name": made.friendly_name,
        "totp": {"qr_code": picture, "secret": made.secret, "uri": made.address},
    }
    return JSONResponse(shown, headers=UNKEPT)


async def _enroll_phone(auth: AuthParts, request: Request, person: Bearer, body: JsonFields) -> Response:
    """`{factor_type, friendly_name, phone}` → `{id, type, friendly_name, phone}`; a challenge sends the code."""
    if auth.factor_texts is None or not auth.parts.settings.mfa_phone:
        raise PhoneFactorDisabled()
    if not body.text("phone"):
        raise PhoneFactorMissing()
    phone, name, origin = (
        served_number(auth, body.text("phone")),
        body.text("friendly_name"),
        read_origin(request, auth.parts),
    )
    limit_caller(auth, FACTORS, origin)
    id = await phone_factors.enroll_phone(auth.parts.database, person, name, phone, origin)
    return JSONResponse({"id": str(id), "type": "phone", "friendly_name": name, "phone": body.text("phone")})


async def challenge(auth: AuthParts, request: Request) -> Response:
    """`{channel}` → `{id, type, expires_at}`: what the code answers; a phone is sent one."""
    person, factor_id = await read_person(request, auth.parts), read_factor_id(request)
    origin = read_origin(request, auth.parts)
    limit_caller(auth, FACTORS, origin)
    phone = next((each.get("phone") for each in person.user.factors if each["id"] == str(factor_id)), None)
    if phone is None:
        asked = await factor_proofs.challenge(auth.parts.database, person, factor_id, origin)
    elif auth.factor_texts is None:
        raise PhoneFactorUnverifiable()
    else:
        asking = ask_for_text_to(auth, request, await read_body(request), phone)
        asked = await phone_factors.challenge_phone(auth.factor_texts, auth.factor_secrets, person, factor_id, asking)
    return JSONResponse({"id": str(asked.id), "type": asked.type, "expires_at": asked.expires_at})


async def verify(auth: AuthParts, request: Request) -> Response:
    """`{challenge_id, code}` → the session anew, at `aal2`."""
    person, factor_id = await read_person(request, auth.parts), read_factor_id(request)
    body, origin = await read_body(request), read_origin(request, auth.parts)
    limit_caller(auth, FACTORS, origin)
    if not body.text("code"):
        raise FactorCodeMissing()
    try:
        challenge_id = exact_uuid(body.text("challenge_id"))
    except ValueError as error:
        raise ChallengeIdMalformed() from error
    answer = factor_proofs.Answer(challenge_id, body.text("code").strip(), place_of_tries(auth, origin))
    ground = factor_proofs.FactorGround(auth.parts.database, auth.factor_secrets, auth.hooks)
    login = await factor_proofs.verify(ground, person, factor_id, answer, origin)
    return await let_in(auth, login)


async def unenroll(auth: AuthParts, request: Request) -> Response:
    """The factor is removed → `{id}`."""
    person, factor_id = await read_person(request, auth.parts), read_factor_id(request)
    await factors.unenroll(auth.parts.database, person, factor_id, read_origin(request, auth.parts))
    return JSONResponse({"id": str(factor_id)})


def place_of_tries(auth: AuthParts, origin: Origin) -> str:
    """Where wrong codes are counted."""
    return read_place(auth, origin) or origin.ip or ""
