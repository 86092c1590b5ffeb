"""What begins with a short message and comes back from one: signing up and in by phone, another number."""

from __future__ import annotations

from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne.accounts.errors import NumberNotServed, PhoneDisabled, PhoneSignUpDisabled
from sahne.accounts.identifiers import clean_phone
from sahne.accounts.phone_sign_up import sign_up_by_phone
from sahne.accounts.texts import (
    TextAsking,
    TextDesk,
    request_number_change_again,
    request_number_proof,
    request_text_nonce,
    request_text_sign_in,
)
from sahne.accounts.user_body import user_body
from sahne.accounts.users import User, refuse_large_metadata
from sahne.accounts.verify_number import verify_number
from sahne.gateway.auth.errors import ChannelUnsupported, OneIdentifier, ResendTypeMissing
from sahne.gateway.auth.limits import TEXTS_OF_A_CALLER
from sahne.gateway.auth.parts import AuthParts
from sahne.gateway.auth.requests import JsonFields, limit_caller, read_languages, read_origin, read_place
from sahne.gateway.auth.sessions import let_in

CODE_CHARACTERS_MAX = 64
WHATSAPP = "whatsapp"
CHANNELS = ("", "sms", WHATSAPP)


async def up(auth: AuthParts, request: Request, body: JsonFields) -> Response:
    """`POST /signup` `{phone, password, data}` → the user, who is sent a code."""
    if auth.texts is None:
        raise PhoneSignUpDisabled()
    phone, asking = ask_for_text(auth, request, body)
    password, data = body.text("password"), body.object("data")
    await auth.hooks.admit({"phone": phone, "user_metadata": dict(data)}, asking.origin)
    user = await sign_up_by_phone(auth.texts, auth.parts.passwords, phone, password, data, asking)
    return JSONResponse(user_body(user))


async def sign_in_code(auth: AuthParts, request: Request, body: JsonFields) -> Response:
    """`POST /otp` `{phone, create_user, data}` → `{}`, whether there is such an account or not."""
    desk = desk_of(auth)
    wants_user, metadata = body.flag("create_user") if "create_user" in body else True, body.object("data")
    refuse_large_metadata(metadata)
    phone, asking = ask_for_text(auth, request, body)
    admit = partial(auth.hooks.admit, {"phone": phone, "user_metadata": dict(metadata)}, asking.origin)
    request_text_sign_in(
        desk, phone, metadata, asking, admit=admit if wants_user and auth.parts.settings.sign_up else None
    )
    return JSONResponse({})


async def resend(auth: AuthParts, request: Request, body: JsonFields) -> Response:
    """`POST /resend` `{type: sms|phone_change, phone}` → `{}`: the code once more, if it is still waited for."""
    desk = desk_of(auth)
    again = {"sms": request_number_proof, "phone_change": request_number_change_again}.get(body.text("type"))
    if again is None:
        raise ResendTypeMissing()
    phone, asking = ask_for_text(auth, request, body)
    again(desk, phone, asking)
    return JSONResponse({})


async def prove(auth: AuthParts, request: Request, body: JsonFields) -> Response:
    """`POST /verify` `{type: sms|phone_change, phone, token}` → a session."""
    desk, origin = desk_of(auth), read_origin(request, auth.parts)
    if body.text("email"):
        raise OneIdentifier()
    phone = clean_phone(body.text("phone"))
    auth.limits.spend_code(phone, read_place(auth, origin) or origin.ip or "")
    code = body.text("token")[:CODE_CHARACTERS_MAX]
    return await let_in(auth, await verify_number(desk, body.text("type"), phone, code, origin))


async def reauthenticate(auth: AuthParts, request: Request, user: User) -> Response:
    """`GET /reauthenticate` of who has a number and no address → `{}`; the code is the `nonce` of a new password."""
    desk = desk_of(auth)
    phone, asking = ask_for_text(auth, request, JsonFields({"phone": user.phone}))
    request_text_nonce(desk, user, phone, asking)
    return JSONResponse({})


def desk_of(auth: AuthParts) -> TextDesk:
    """What short messages are written with.

    Raises:
        PhoneDisabled
    """
    if auth.texts is None:
        raise PhoneDisabled()
    return auth.texts


def ask_for_text(auth: AuthParts, request: Request, body: JsonFields) -> tuple[str, TextAsking]:
    """The number and who asks, counted; a number for tests counts as any other.

    Raises:
        OneIdentifier, ChannelUnsupported, PhoneMalformed, NumberNotServed, OverRequestRateLimit, OverSmsSendRateLimit
    """
    if body.text("email"):
        raise OneIdentifier()
    phone = served_number(auth, body.text("phone"))
    return phone, ask_for_text_to(auth, request, body, phone)


def served_number(auth: AuthParts, phone: str) -> str:
    """A number in the form that is stored, which is written to.

    Raises:
        PhoneMalformed, NumberNotServed
    """
    cleaned = clean_phone(phone)
    if not auth.countries.serve(cleaned):
        raise NumberNotServed()
    return cleaned


def ask_for_text_to(auth: AuthParts, request: Request, body: JsonFields, phone: str) -> TextAsking:
    """Who asks for a message to a number, counted.

    Raises:
        ChannelUnsupported, OverRequestRateLimit, OverSmsSendRateLimit
    """
    channel = body.text("channel")
    if channel not in CHANNELS or (channel == WHATSAPP and not auth.parts.settings.has_whatsapp):
        raise ChannelUnsupported()
    origin = read_origin(request, auth.parts)
    limit_caller(auth, TEXTS_OF_A_CALLER, origin)
    auth.limits.spend_text(phone)
    return TextAsking(origin, read_languages(request), by_whatsapp=channel == WHATSAPP)
