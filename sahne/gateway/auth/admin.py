"""What the holder of the service key does: `/admin/users`, `/admin/generate_link`, `/invite`."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne.accounts.administration import (
    add_user_as,
    change_user_as,
    delete_user_as,
    get_user,
    list_users,
)
from sahne.accounts.errors import PhoneSignUpDisabled
from sahne.accounts.factor_administration import list_factors_as, remove_factor_as
from sahne.accounts.identifiers import clean_email, clean_phone, exact_uuid
from sahne.accounts.invitations import LinkOrder, invite, make_link
from sahne.accounts.passwords import accept_hash
from sahne.accounts.user_body import user_body, without_nulls
from sahne.accounts.users import PAGE_USERS_MAX, NewUser, UserChange
from sahne.database.actor import AUTHENTICATED
from sahne.gateway.auth.errors import IdMalformed, PaginationMalformed
from sahne.gateway.auth.parts import AuthParts
from sahne.gateway.auth.requests import (
    JsonFields,
    read_admin,
    read_asking,
    read_ban,
    read_body,
    read_factor_id,
    read_link_asking,
    read_origin,
    read_user_id,
)

PAGE_USERS = 50
PAGE_MAX = 1_000_000
COUNT_DIGITS_MAX = 9
PHONE_ALONE = "Nobody can sign in by phone here: give an e-mail address too."


async def page(auth: AuthParts, request: Request) -> Response:
    """`?page=&per_page=&filter=` → `{users, aud}`, the number of all in `X-Total-Count`, the neighbours in `Link`."""
    actor = read_admin(request, auth.parts)
    number = _count(request, "page", 1, PAGE_MAX)
    per_page = _count(request, "per_page", PAGE_USERS, PAGE_USERS_MAX)
    filter = request.query_params.get("filter", "")
    users, total = await list_users(auth.parts.database, actor, page=number, per_page=per_page, filter=filter)
    headers = {"x-total-count": str(total), "link": links(request, number, -(-total // per_page))}
    return JSONResponse({"users": [user_body(user) for user in users], "aud": AUTHENTICATED}, headers=headers)


async def create(auth: AuthParts, request: Request) -> Response:
    """A user as described; without `email_confirm` they cannot sign in yet."""
    actor = read_admin(request, auth.parts)
    body = await read_body(request)
    new = NewUser(
        id=_id(body),
        email=_email(body),
        phone=_phone(body),
        password_hash=await _password_hash(auth, body) or "",
        email_confirmed=body.flag("email_confirm"),
        phone_confirmed=body.flag("phone_confirm"),
        user_metadata=body.object("user_metadata"),
        app_metadata=body.object("app_metadata"),
        role=body.text("role") or AUTHENTICATED,
        ban_seconds=read_ban(body) or None,
    )
    if new.phone and not new.email and auth.texts is None:
        raise PhoneSignUpDisabled(hint=PHONE_ALONE)
    origin = read_origin(request, auth.parts)
    return JSONResponse(user_body(await add_user_as(auth.parts.database, actor, new, origin)))


async def show(auth: AuthParts, request: Request) -> Response:
    """One user."""
    actor = read_admin(request, auth.parts)
    return JSONResponse(user_body(await get_user(auth.parts.database, actor, read_user_id(request))))


async def change(auth: AuthParts, request: Request) -> Response:
    """What is given of a user is changed, at once and without a letter."""
    actor = read_admin(request, auth.parts)
    user_id, body = read_user_id(request), await read_body(request)
    update = UserChange(
        email=_email(body),
        phone=_phone(body),
        password_hash=await _password_hash(auth, body),
        email_confirmed=body.flag("email_confirm"),
        phone_confirmed=body.flag("phone_confirm"),
        user_metadata=body.object("user_metadata"),
        app_metadata=body.object("app_metadata"),
        role=body.text("role") or None,
        ban_seconds=read_ban(body),
    )
    is_alone = update.phone and not update.email and auth.texts is None
    if is_alone and not (await get_user(auth.parts.database, actor, user_id)).email:
        raise PhoneSignUpDisabled(hint=PHONE_ALONE)
    origin = read_origin(request, auth.parts)
    return JSONResponse(user_body(await change_user_as(auth.parts.database, actor, user_id, update, origin)))


async def delete(auth: AuthParts, request: Request) -> Response:
    """`{should_soft_delete}` → `{}`."""
    actor = read_admin(request, auth.parts)
    user_id, body = read_user_id(request), await read_body(request)
    origin = read_origin(request, auth.parts)
    await delete_user_as(auth.parts.database, actor, user_id, origin, softly=body.flag("should_soft_delete"))
    return JSONResponse({})


async def list_factors(auth: AuthParts, request: Request) -> Response:
    """A user's second factors."""
    actor = read_admin(request, auth.parts)
    factors = await list_factors_as(auth.parts.database, actor, read_user_id(request))
    return JSONResponse([without_nulls(factor) for factor in factors])


async def delete_factor(auth: AuthParts, request: Request) -> Response:
    """One of them is removed → what it was."""
    actor = read_admin(request, auth.parts)
    user_id, factor_id, origin = read_user_id(request), read_factor_id(request), read_origin(request, auth.parts)
    gone = await remove_factor_as(auth.parts.database, actor, user_id, factor_id, origin)
    return JSONResponse(without_nulls(gone))


async def invite_by_letter(auth: AuthParts, request: Request) -> Response:
    """`POST /invite` `{email, data}` → the user, who is written to."""
    actor = read_admin(request, auth.parts)
    body = await read_body(request)
    email, asking = clean_email(body.text("email")), read_asking(request, body, auth)
    return JSONResponse(user_body(await invite(auth.desk, actor, email, body.object("data"), asking)))


async def link(auth: AuthParts, request: Request) -> Response:
    """`{type, email, password, new_email, data, redirect_to}` → the user with the link that a letter would carry."""
    actor = read_admin(request, auth.parts)
    body = await read_body(request)
    asking = read_link_asking(request, body, auth)
    order = LinkOrder(
        type=body.text("type"),
        email=clean_email(body.text("email")),
        new_email=clean_email(body.text("new_email")) if body.text("type").startswith("email_change") else None,
        password_hash=await _password_hash(auth, body) or "",
        data=body.object("data"),
    )
    made = await make_link(auth.desk, actor, order, asking)
    beside = {
        "action_link": made.address,
        "email_otp": made.code.code,
        "hashed_token": made.code.token_hash,
        "verification_type": made.type,
        "redirect_to": asking.redirect_to,
    }
    return JSONResponse(user_body(made.user) | beside, headers={"cache-control": "no-store"})


def links(request: Request, page: int, pages: int) -> str:
    """RFC 8288 links to the next and the last page."""
    shown = []
    if page < pages:
        shown.append((page + 1, "next"))
    shown.append((pages, "last"))
    return ", ".join(f'<{_address_of(request, number)}>; rel="{rel}"' for number, rel in shown)


def _address_of(request: Request, page: int) -> str:
    url = request.url.include_query_params(page=page)
    return f"{url.path}?{url.query}"


def _count(request: Request, name: str, default: int, count_max: int) -> int:
    text = request.query_params.get(name) or str(default)
    if not (text.isascii() and text.isdigit()) or len(text) > COUNT_DIGITS_MAX or int(text) == 0:
        raise PaginationMalformed()
    return min(int(text), count_max)


def _email(body: JsonFields) -> str | None:
    return clean_email(email) if (email := body.text("email")) else None


def _phone(body: JsonFields) -> str | None:
    return clean_phone(phone) if (phone := body.text("phone")) else None


def _id(body: JsonFields) -> UUID | None:
    text = body.text("id")
    try:
        return exact_uuid(text) if text else None
    except ValueError as error:
        raise IdMalformed() from error


async def _password_hash(auth: AuthParts, body: JsonFields) -> str | None:
    if body.text("password_hash"):
        return accept_hash(body.text("password_hash"))
    if body.text("password"):
        await auth.parts.passwords.rules.accept(body.text("password"))
        return await auth.parts.passwords.hash(body.text("password"))
    return None
