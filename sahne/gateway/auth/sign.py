"""Signing up and in: `POST /signup`, `POST /token`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne.accounts.errors import (
    AnonymousDisabled,
    EmailDisabled,
    EmailMissing,
    EmailSignUpDisabled,
    SignUpDisabled,
)
from sahne.accounts.identifiers import clean_email, clean_phone
from sahne.accounts.oauth_flows import CODE_PREFIX, Exchanged
from sahne.accounts.oauth_flows import exchange as exchange_oauth
from sahne.accounts.origin import Origin
from sahne.accounts.pkce import exchange
from sahne.accounts.refresh import refresh
from sahne.accounts.sessions import Login
from sahne.accounts.sign_in import sign_in, sign_in_by_phone
from sahne.accounts.sign_up import sign_in_anonymously, sign_up, sign_up_unconfirmed
from sahne.accounts.user_body import user_body
from sahne.gateway.auth import texts
from sahne.gateway.auth.captcha import refuse_unsolved
from sahne.gateway.auth.disabled import Web3Disabled
from sahne.gateway.auth.errors import GrantUnsupported
from sahne.gateway.auth.limits import (
    ANONYMOUS,
    LETTERS_OF_A_CALLER,
    REFRESH,
    SIGN_INS_OF_A_CALLER,
    SIGN_UP,
)
from sahne.gateway.auth.oauth import by_id_token, provider_tokens
from sahne.gateway.auth.parts import AuthParts
from sahne.gateway.auth.requests import JsonFields, limit_caller, read_asking, read_body, read_origin, read_place
from sahne.gateway.auth.sessions import UNKEPT, let_in, session_of

EMAIL_CHARACTERS_MAX = 255


async def up(auth: AuthParts, request: Request) -> Response:
    """`{email, password, data}` → a session, or the user who is sent a letter; without both, an anonymous session."""
    body, origin = await read_body(request), read_origin(request, auth.parts)
    settings = auth.parts.settings
    if not settings.sign_up:
        raise SignUpDisabled()
    if body.text("phone"):
        limit_caller(auth, SIGN_UP, origin)
        return await texts.up(auth, request, body)
    if not body.text("email") and not body.text("password"):
        if not settings.anonymous_sign_in:
            raise AnonymousDisabled()
        limit_caller(auth, ANONYMOUS, origin)
        await auth.hooks.admit({"is_anonymous": True, "user_metadata": dict(body.object("data"))}, origin)
        return await let_in(auth, await sign_in_anonymously(auth.parts.database, body.object("data"), origin))
    if not settings.email_sign_in:
        raise EmailSignUpDisabled()
    limit_caller(auth, SIGN_UP, origin)
    email, password, data = body.text("email"), body.text("password"), body.object("data")
    await auth.hooks.admit({"email": clean_email(email), "user_metadata": dict(data)}, origin)
    if not settings.confirms_email:
        return await let_in(
            auth, await sign_up(auth.parts.database, auth.parts.passwords, email, password, data, origin)
        )
    asking = read_asking(request, body, auth)
    limit_caller(auth, LETTERS_OF_A_CALLER, origin)
    auth.limits.spend_letter(clean_email(email))
    user = await sign_up_unconfirmed(auth.desk, auth.parts.passwords, email, password, data, asking)
    return JSONResponse(user_body(user))


async def token(auth: AuthParts, request: Request) -> Response:
    """`?grant_type=` password, refresh_token, pkce or id_token, each with what it needs → a session."""
    body, origin = await read_body(request), read_origin(request, auth.parts)
    match request.query_params.get("grant_type"):
        case "password":
            await refuse_unsolved(auth, request)
            return await let_in(auth, await _by_password(auth, body, origin))
        case "refresh_token":
            limit_caller(auth, REFRESH, origin)
            return await let_in(
                auth, await refresh(auth.parts.database, body.text("refresh_token"), origin, auth.session_limits)
            )
        case "web3":
            raise Web3Disabled()
        case "pkce":
            limit_caller(auth, SIGN_INS_OF_A_CALLER, origin)
            code, verifier = body.text("auth_code"), body.text("code_verifier")
            if code.startswith(CODE_PREFIX):
                return await _from_elsewhere(auth, await exchange_oauth(auth.parts.database, code, verifier, origin))
            return await let_in(auth, await exchange(auth.parts.database, code, verifier, origin))
        case "id_token":
            limit_caller(auth, SIGN_INS_OF_A_CALLER, origin)
            return await let_in(auth, await by_id_token(auth, request, body, origin))
        case _:
            raise GrantUnsupported()


async def _by_password(auth: AuthParts, body: JsonFields, origin: Origin) -> Login:
    limit_caller(auth, SIGN_INS_OF_A_CALLER, origin)
    if body.text("phone"):
        return await _by_phone(auth, body, origin)
    if not auth.parts.settings.email_sign_in:
        raise EmailDisabled()
    email = body.text("email")
    if not email:
        raise EmailMissing()
    account, place = email.lower()[:EMAIL_CHARACTERS_MAX], read_place(auth, origin) or origin.ip or ""
    auth.limits.spend_guess(account, place)
    login = await sign_in(auth.ground, email, body.text("password"), origin)
    auth.limits.remember_home(account, place)
    return login


async def _by_phone(auth: AuthParts, body: JsonFields, origin: Origin) -> Login:
    texts.desk_of(auth)
    phone, place = clean_phone(body.text("phone")), read_place(auth, origin) or origin.ip or ""
    auth.limits.spend_guess(phone, place)
    login = await sign_in_by_phone(auth.ground, phone, body.text("password"), origin)
    auth.limits.remember_home(phone, place)
    return login


async def _from_elsewhere(auth: AuthParts, exchanged: Exchanged) -> Response:
    """With the provider's tokens, which the app is told this once."""
    tokens = provider_tokens(exchanged.provider_token, exchanged.provider_refresh_token)
    return JSONResponse(await session_of(auth, exchanged.login) | tokens, headers=UNKEPT)
