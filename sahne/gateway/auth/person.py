"""What a signed-in person does with their account: `GET`/`PUT /user`, `POST /logout`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne.accounts.edits import Edit, edit_account
from sahne.accounts.errors import PhoneSignUpDisabled
from sahne.accounts.sessions import SCOPES, sign_out
from sahne.gateway.auth.errors import AppMetadataForbidden, ScopeUnsupported
from sahne.gateway.auth.parts import AuthParts
from sahne.gateway.auth.requests import read_body, read_origin, read_person
from sahne.gateway.auth.shapes import user_body


async def show(auth: AuthParts, request: Request) -> Response:
    """The person's own user."""
    person = await read_person(request, auth.parts)
    return JSONResponse(user_body(person.user))


async def change(auth: AuthParts, request: Request) -> Response:
    """`{email, password, current_password, data}` → the user as changed."""
    person = await read_person(request, auth.parts)
    body = await read_body(request)
    if "app_metadata" in body:
        raise AppMetadataForbidden()
    if body.text("phone"):
        raise PhoneSignUpDisabled()
    edit = Edit(
        email=body.text_or_none("email"),
        password=body.text_or_none("password"),
        current_password=body.text_or_none("current_password"),
        data=body.object("data"),
    )
    origin = read_origin(request, auth.parts)
    return JSONResponse(user_body(await edit_account(auth.parts.database, auth.parts.passwords, person, edit, origin)))


async def logout(auth: AuthParts, request: Request) -> Response:
    """`?scope=global|local|others` → 204."""
    scope = request.query_params.get("scope") or "global"
    if scope not in SCOPES:
        raise ScopeUnsupported(f'Unsupported logout scope "{scope}"')
    person = await read_person(request, auth.parts)
    await sign_out(auth.parts.database, person, scope, read_origin(request, auth.parts))
    return Response(status_code=204)
