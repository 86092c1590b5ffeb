"""The routes of `/auth/v1`."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from sahne.gateway.asgi import Door
from sahne.gateway.auth import (
    admin,
    disabled,
    factors,
    identities,
    letters,
    meta,
    oauth,
    passkeys,
    person,
    recovery,
    sign,
)
from sahne.gateway.auth.captcha import solved
from sahne.gateway.auth.errors import NoSuchPath, in_dialect, refuse
from sahne.gateway.auth.parts import Action, auth_parts
from sahne.gateway.auth.requests import place_of_request
from sahne.gateway.exact_paths import fitted_exactly, without_redirects
from sahne.gateway.parts import Parts


def build_auth(parts: Parts) -> Door:
    """The auth door, mounted at `/auth/v1`."""
    auth = auth_parts(parts)

    def route(method: str, path: str, action: Action, *, holds_a_place: bool = True) -> Route:
        async def handle(request: Request) -> Response:
            await request.body()  # kept by the request; who is slow to send it holds no place meanwhile
            if not holds_a_place:  # it waits for others, and takes a place for the database alone
                return await action(auth, request)
            async with place_of_request(auth, request):
                return await action(auth, request)

        return Route(path, in_dialect(handle), methods=method.split(","))

    routes = [
        route("POST", "/signup", solved(sign.up)),
        route("POST", "/token", sign.token),
        route("POST", "/logout", person.logout),
        route("POST", "/recover", solved(letters.recover)),
        route("POST", "/otp", solved(letters.sign_in_link)),
        route("POST", "/magiclink", solved(letters.sign_in_link)),
        route("POST", "/resend", solved(letters.resend)),
        route("GET", "/verify", letters.follow),
        route("POST", "/verify", letters.prove),
        route("GET", "/user", person.show),
        route("PUT", "/user", person.change),
        route("GET", "/reauthenticate", letters.reauthenticate),
        route("POST", "/invite", admin.invite_by_letter),
        route("POST", "/admin/generate_link", admin.link),
        route("GET", "/admin/users", admin.page),
        route("POST", "/admin/users", admin.create),
        route("GET", "/admin/users/{user_id}", admin.show),
        route("PUT", "/admin/users/{user_id}", admin.change),
        route("DELETE", "/admin/users/{user_id}", admin.delete),
        route("GET", "/admin/users/{user_id}/factors", admin.list_factors),
        route("DELETE", "/admin/users/{user_id}/factors/{factor_id}", admin.delete_factor),
        route("GET", "/admin/users/{user_id}/passkeys", passkeys.show_of),
        route("DELETE", "/admin/users/{user_id}/passkeys/{passkey_id}", passkeys.remove_of),
        route("POST", "/sso", disabled.saml),
        route("GET", "/sso/saml/metadata", disabled.saml),
        route("POST", "/sso/saml/acs", disabled.saml),
        route("POST", "/passkeys/authentication/options", passkeys.begin_sign_in),
        route("POST", "/passkeys/authentication/verify", passkeys.sign_in),
        route("POST", "/passkeys/registration/options", passkeys.begin_registration),
        route("POST", "/passkeys/registration/verify", passkeys.register),
        route("GET", "/passkeys", passkeys.show),
        route("PATCH", "/passkeys/{passkey_id}", passkeys.rename),
        route("DELETE", "/passkeys/{passkey_id}", passkeys.remove),
        route("GET", "/user/identities/authorize", identities.authorize, holds_a_place=False),
        route("DELETE", "/user/identities/{identity_id}", identities.remove),
        route("GET", "/authorize", oauth.authorize, holds_a_place=False),
        route("GET,POST", "/callback", oauth.callback, holds_a_place=False),
        route("POST", "/factors", factors.enroll),
        route("GET", "/factors/recovery-codes", recovery.show),
        route("POST", "/factors/recovery-codes", recovery.make),
        route("DELETE", "/factors/recovery-codes", recovery.delete),
        route("POST", "/factors/recovery-codes/regenerate", recovery.renew),
        route("POST", "/factors/recovery-codes/verify", recovery.verify),
        route("POST", "/factors/{factor_id}/challenge", factors.challenge),
        route("POST", "/factors/{factor_id}/verify", factors.verify),
        route("DELETE", "/factors/{factor_id}", factors.unenroll),
        route("GET", "/settings", meta.show_settings),
        route("GET", "/health", meta.health),
        route("GET", "/.well-known/jwks.json", meta.keys),
    ]
    handlers = {404: _no_such_path, 405: _no_such_path}
    return without_redirects(
        Starlette(routes=fitted_exactly([Mount("/auth/v1", routes=routes)]), exception_handlers=handlers)
    )


async def _no_such_path(request: Request, error: Exception) -> Response:
    return refuse(request, NoSuchPath(details=str(error)))
