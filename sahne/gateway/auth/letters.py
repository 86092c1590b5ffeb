"""What begins with a letter and comes back from one: `/recover`, `/otp`, `/resend`, `/verify`."""

from __future__ import annotations

from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne.accounts.errors import EmailDisabled, LinkExpired, OtpExpired
from sahne.accounts.identifiers import clean_email
from sahne.accounts.letters import request_again, request_recovery, request_sign_in
from sahne.accounts.move import request_change_again
from sahne.accounts.one_time import PKCE_PREFIX
from sahne.accounts.reauthentication import request_code
from sahne.accounts.users import refuse_large_metadata
from sahne.accounts.verify import Proof, verify, verify_for_code
from sahne.errors import SahneError
from sahne.gateway.auth import texts
from sahne.gateway.auth.errors import (
    ChannelWithoutPhone,
    ResendTypeMissing,
    TokenHashAlone,
    TokenMissing,
    TokenTwice,
    TypeMissing,
    WhoseCode,
)
from sahne.gateway.auth.leading import OF_LINKS, lead, with_error, with_session
from sahne.gateway.auth.limits import LETTERS_OF_A_CALLER, VERIFY
from sahne.gateway.auth.parts import AuthParts
from sahne.gateway.auth.redirects import with_fragment, with_query
from sahne.gateway.auth.requests import (
    JsonFields,
    limit_caller,
    read_asking,
    read_body,
    read_origin,
    read_person,
    read_place,
)
from sahne.gateway.auth.sessions import let_in, session_of

CODE_CHARACTERS_MAX = 64
ONE_SIDE_AGREED = "Confirmation link accepted. Please proceed to confirm link sent to the other email"


async def recover(auth: AuthParts, request: Request) -> Response:
    """`{email}` → `{}`, whether there is such an account or not; it is written to if there is."""
    body, origin = await read_body(request), read_origin(request, auth.parts)
    _refuse_disabled(auth)
    email = clean_email(body.text("email"))
    asking = read_asking(request, body, auth)
    limit_caller(auth, LETTERS_OF_A_CALLER, origin)
    auth.limits.spend_letter(email)
    request_recovery(auth.desk, email, asking)
    return JSONResponse({})


async def sign_in_link(auth: AuthParts, request: Request) -> Response:
    """`POST /otp`, `/magiclink` `{email, create_user, data}` → `{}`; the letter signs in by its link or its code."""
    body, origin = await read_body(request), read_origin(request, auth.parts)
    if body.text("phone"):
        return await texts.sign_in_code(auth, request, body)
    if body.text("channel"):
        raise ChannelWithoutPhone()
    _refuse_disabled(auth)
    email = clean_email(body.text("email"))
    wants_user, metadata = body.flag("create_user") if "create_user" in body else True, body.object("data")
    refuse_large_metadata(metadata)
    asking = read_asking(request, body, auth)
    limit_caller(auth, LETTERS_OF_A_CALLER, origin)
    auth.limits.spend_letter(email)
    admit = partial(auth.hooks.admit, {"email": email, "user_metadata": dict(metadata)}, origin)
    request_sign_in(
        auth.desk, email, metadata, asking, admit=admit if wants_user and auth.parts.settings.sign_up else None
    )
    return JSONResponse({})


async def resend(auth: AuthParts, request: Request) -> Response:
    """`{type: signup|email_change, email}` → `{}`: the letter once more, if it is still waited for."""
    body, origin = await read_body(request), read_origin(request, auth.parts)
    again = {"signup": request_again, "email_change": request_change_again}.get(body.text("type"))
    if body.text("phone") or body.text("type") in ("sms", "phone_change"):
        return await texts.resend(auth, request, body)
    if again is None:
        raise ResendTypeMissing()
    _refuse_disabled(auth)
    email = clean_email(body.text("email"))
    asking = read_asking(request, body, auth)
    limit_caller(auth, LETTERS_OF_A_CALLER, origin)
    auth.limits.spend_letter(email)
    again(auth.desk, email, asking)
    return JSONResponse({})


def _refuse_disabled(auth: AuthParts) -> None:
    if not auth.parts.settings.email_sign_in:
        raise EmailDisabled()


async def reauthenticate(auth: AuthParts, request: Request) -> Response:
    """`GET /reauthenticate` → `{}`; the code of the letter is the `nonce` of a new password."""
    person = await read_person(request, auth.parts)
    if person.user.phone and not person.user.email:
        return await texts.reauthenticate(auth, request, person.user)
    asking = read_asking(request, JsonFields({}), auth)
    limit_caller(auth, LETTERS_OF_A_CALLER, asking.origin)
    auth.limits.spend_letter(person.user.email or "")
    request_code(auth.desk, person, asking)
    return JSONResponse({})


async def prove(auth: AuthParts, request: Request) -> Response:
    """`POST /verify` `{type, token_hash}` or `{type, token, email}` → a session."""
    body, origin = await read_body(request), read_origin(request, auth.parts)
    limit_caller(auth, VERIFY, origin)
    if body.text("phone") and body.text("token"):
        return await texts.prove(auth, request, body)
    proof = _proof(auth, body, read_place(auth, origin) or origin.ip or "")
    login = await verify(auth.desk, proof, origin)
    if login is None:
        return JSONResponse({"msg": ONE_SIDE_AGREED, "code": "200"})
    return await let_in(auth, login)


async def follow(auth: AuthParts, request: Request) -> Response:
    """`GET /verify?token=&type=&redirect_to=` → 303 to the app, with the session, PKCE's code, or what went wrong.

    Mail programs look at links with HEAD before anybody follows them: nothing is used up by that.
    """
    token, type = request.query_params.get("token", ""), request.query_params.get("type", "")
    if not type:
        raise TypeMissing()
    if not token:
        raise TokenMissing()
    if request.method == "HEAD":
        return Response(headers=OF_LINKS)
    origin = read_origin(request, auth.parts)
    goal = auth.redirects.accept(request.query_params.get("redirect_to", ""))
    try:
        limit_caller(auth, VERIFY, origin)
        proof = Proof.by_link(type, token)
        if _is_pkce(token):
            code = await verify_for_code(auth.desk, proof, origin)
            return lead(with_query(goal, {"code": code}) if code else _with_message(goal, token))
        login = await verify(auth.desk, proof, origin)
    except SahneError as error:
        return lead(
            with_error(goal, LinkExpired() if isinstance(error, OtpExpired) else error, in_query=_is_pkce(token))
        )
    if login is None:
        return lead(_with_message(goal, token))
    try:
        body = await session_of(auth, login)
    except SahneError as error:
        return lead(with_error(goal, error, in_query=_is_pkce(token)))
    return lead(with_session(goal, body, {"type": type}))


def _is_pkce(token: str) -> bool:
    return token.startswith(PKCE_PREFIX)


def _with_message(goal: str, token: str) -> str:
    told = {"message": ONE_SIDE_AGREED}
    return with_fragment(with_query(goal, told) if _is_pkce(token) else goal, told)


def _proof(auth: AuthParts, body: JsonFields, place: str) -> Proof:
    type, token, token_hash = body.text("type"), body.text("token"), body.text("token_hash")
    if not type:
        raise TypeMissing()
    if bool(token) == bool(token_hash):
        raise TokenTwice()
    if token_hash:
        if body.text("email") or body.text("phone") or body.text("redirect_to"):
            raise TokenHashAlone()
        return Proof.by_link(type, token_hash)
    if not body.text("email"):
        raise WhoseCode()
    email = clean_email(body.text("email"))
    auth.limits.spend_code(email, place)
    return Proof.by_code(auth.desk, type, email, token.replace("-", "")[:CODE_CHARACTERS_MAX])
