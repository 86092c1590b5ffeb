"""What a signed-in person does with their account: `GET`/`PUT /user`, `POST /logout`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne.accounts.edits import ByLetter, ByText, Edit, edit_account
from sahne.accounts.identifiers import clean_email, clean_phone
from sahne.accounts.letters import Asking
from sahne.accounts.sessions import SCOPES, Bearer, sign_out
from sahne.accounts.user_body import user_body
from sahne.gateway.auth import texts
from sahne.gateway.auth.errors import AppMetadataForbidden, ScopeUnsupported
from sahne.gateway.auth.limits import LETTERS_OF_A_CALLER
from sahne.gateway.auth.parts import AuthParts
from sahne.gateway.auth.requests import (
    JsonFields,
    limit_caller,
    read_asking,
    read_body,
    read_origin,
    read_person,
    read_place,
)


async def show(auth: AuthParts, request: Request) -> Response:
    """The person's own user."""
    person = await read_person(request, auth.parts)
    return JSONResponse(user_body(person.user))


async def change(auth: AuthParts, request: Request) -> Response:
    """`{email, phone, password, current_password, data}` → the user as changed."""
    person = await read_person(request, auth.parts)
    body = await read_body(request)
    if "app_metadata" in body:
        raise AppMetadataForbidden()
    edit = Edit(
        email=body.text_or_none("email"),
        phone=clean_phone(body.text("phone")) if body.text("phone") else None,
        password=body.text_or_none("password"),
        current_password=body.text_or_none("current_password"),
        nonce=body.text("nonce"),
        data=body.object("data"),
    )
    if edit.password is not None:  # whether it is the one of now is answered: a guess, for who stole the session
        place = read_place(auth, origin := read_origin(request, auth.parts)) or origin.ip or ""
        auth.limits.spend_guess(person.user.email or person.user.phone or str(person.user.id), place)
    by_letter, by_text = _by_letter(auth, request, body, person, edit), _by_text(auth, request, body, person, edit)
    changed = await edit_account(auth.desk, auth.parts.passwords, person, edit, by_letter, by_text)
    return JSONResponse(user_body(changed))


def _by_text(auth: AuthParts, request: Request, body: JsonFields, person: Bearer, edit: Edit) -> ByText | None:
    """The short message that another number needs, counted."""
    if edit.phone is None or edit.phone == person.user.phone:
        return None
    desk = texts.desk_of(auth)
    return ByText(
        desk, texts.ask_for_text(auth, request, JsonFields({"phone": edit.phone, "channel": body.text("channel")}))[1]
    )


def _by_letter(auth: AuthParts, request: Request, body: JsonFields, person: Bearer, edit: Edit) -> ByLetter:
    """What letters the edit needs; each that will be sent is counted, and so is each try at a code."""
    settings = auth.parts.settings
    moves = bool(edit.email) and edit.email != person.user.email
    if moves and settings.confirms_email:
        asking = read_asking(request, body, auth)
        limit_caller(auth, LETTERS_OF_A_CALLER, asking.origin)
        auth.limits.spend_letter(clean_email(edit.email or ""))
    else:
        asking = Asking(origin=read_origin(request, auth.parts), redirect_to=auth.redirects.app)
    if edit.nonce:
        auth.limits.spend_code(
            person.user.email or person.user.phone or "", read_place(auth, asking.origin) or asking.origin.ip or ""
        )
    seconds = settings.otp_expiry_seconds if person.user.email else settings.sms_expiry_seconds
    return ByLetter(asking, settings.confirms_email, settings.reauthenticate_for_password, seconds)


async def logout(auth: AuthParts, request: Request) -> Response:
    """`?scope=global|local|others` → 204."""
    scope = request.query_params.get("scope") or "global"
    if scope not in SCOPES:
        raise ScopeUnsupported(f'Unsupported logout scope "{scope}"')
    person = await read_person(request, auth.parts)
    await sign_out(auth.parts.database, person, scope, read_origin(request, auth.parts))
    return Response(status_code=204)
