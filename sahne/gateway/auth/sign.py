"""Signing up and in: `POST /signup`, `POST /token`."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne.accounts.errors import EmailMissing, PhoneSignUpDisabled
from sahne.accounts.origin import Origin
from sahne.accounts.refresh import refresh
from sahne.accounts.sessions import Login
from sahne.accounts.sign_in import sign_in
from sahne.accounts.sign_up import sign_in_anonymously, sign_up
from sahne.gateway.auth.disabled import OauthDisabled, Web3Disabled
from sahne.gateway.auth.errors import GrantUnsupported
from sahne.gateway.auth.limits import (
    ANONYMOUS,
    REFRESH,
    SIGN_INS_OF_A_CALLER,
    SIGN_UP,
    Limit,
)
from sahne.gateway.auth.parts import AuthParts
from sahne.gateway.auth.requests import JsonFields, read_body, read_origin
from sahne.gateway.auth.shapes import session_body
from sahne.gateway.callers import place_of

EMAIL_CHARACTERS_MAX = 255


async def up(auth: AuthParts, request: Request) -> Response:
    """`{email, password, data}` → a session; neither e-mail nor phone → an anonymous one."""
    body, origin = await read_body(request), read_origin(request, auth.parts)
    if body.text("phone"):
        raise PhoneSignUpDisabled()
    if not body.text("email") and not body.text("password"):
        _limit_caller(auth, ANONYMOUS, origin)
        return _in(auth, await sign_in_anonymously(auth.parts.database, body.object("data"), origin))
    _limit_caller(auth, SIGN_UP, origin)
    parts, data = auth.parts, body.object("data")
    login = await sign_up(parts.database, parts.passwords, body.text("email"), body.text("password"), data, origin)
    return _in(auth, login)


async def token(auth: AuthParts, request: Request) -> Response:
    """`?grant_type=password` `{email, password}` or `?grant_type=refresh_token` `{refresh_token}` → a session."""
    body, origin = await read_body(request), read_origin(request, auth.parts)
    match request.query_params.get("grant_type"):
        case "password":
            return _in(auth, await _by_password(auth, body, origin))
        case "refresh_token":
            _limit_caller(auth, REFRESH, origin)
            return _in(auth, await refresh(auth.parts.database, body.text("refresh_token"), origin))
        case "web3":
            raise Web3Disabled()
        case "id_token" | "pkce":
            raise OauthDisabled()
        case _:
            raise GrantUnsupported()


async def _by_password(auth: AuthParts, body: JsonFields, origin: Origin) -> Login:
    _limit_caller(auth, SIGN_INS_OF_A_CALLER, origin)
    if body.text("phone"):
        raise PhoneSignUpDisabled()
    email = body.text("email")
    if not email:
        raise EmailMissing()
    account, place = email.lower()[:EMAIL_CHARACTERS_MAX], _place(auth, origin) or origin.ip or ""
    auth.limits.spend_guess(account, place)
    login = await sign_in(auth.parts.database, auth.parts.passwords, email, body.text("password"), origin)
    auth.limits.remember_home(account, place)
    return login


def _limit_caller(auth: AuthParts, limit: Limit, origin: Origin) -> None:
    if place := _place(auth, origin):
        auth.limits.spend(limit, place)


def _place(auth: AuthParts, origin: Origin) -> str | None:
    return place_of(origin.ip, from_header=auth.parts.settings.client_ip_header is not None)


def _in(auth: AuthParts, login: Login) -> Response:
    return JSONResponse(session_body(login, auth.issuer, int(time.time())), headers={"cache-control": "no-store"})
