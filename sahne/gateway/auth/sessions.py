"""The answer that lets somebody in: a session with its token, in which the app may have had its say."""

from __future__ import annotations

import time
from typing import Any

from starlette.responses import JSONResponse, Response

from sahne.accounts.sessions import Login
from sahne.accounts.tokens import access_claims
from sahne.gateway.auth.parts import AuthParts
from sahne.gateway.auth.shapes import session_body

UNKEPT = {"cache-control": "no-store"}


async def session_of(auth: AuthParts, login: Login) -> dict[str, Any]:
    """The session's body.

    Raises:
        HookRefused, HookTimeout, HookBroken: the hook of access tokens.
    """
    now = int(time.time())
    claims = await auth.hooks.claims(login, access_claims(login.user, login.session, auth.issuer, now))
    return session_body(login, auth.issuer, now, auth.issuer.signed(claims))


async def let_in(auth: AuthParts, login: Login) -> Response:
    """The session, kept by nobody on the way."""
    return JSONResponse(await session_of(auth, login), headers=UNKEPT)
