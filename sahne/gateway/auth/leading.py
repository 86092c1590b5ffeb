"""A browser is led on: to the app with a session or a code, or with what went wrong; or away, to another provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from sahne.errors import SahneError
from sahne.gateway.auth.redirects import with_fragment

# Links are looked at by whoever passes them on: what they carry is kept by nobody
OF_LINKS = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
# OAuth's words for a status, which clients read out of the address
OAUTH_ERRORS = {
    400: "invalid_request",
    401: "unauthorized_client",
    403: "access_denied",
    503: "temporarily_unavailable",
}
CARRIED = ("access_token", "expires_at", "expires_in", "refresh_token", "token_type")


def lead(address: str) -> Response:
    """There, with GET."""
    return RedirectResponse(address, 303, OF_LINKS)


def with_session(goal: str, body: Mapping[str, Any], beside: Mapping[str, str]) -> str:
    """The app's address with a session after its `#`, where nobody on the way sees it."""
    return with_fragment(goal, {name: str(body[name]) for name in CARRIED} | dict(beside))


def with_error(goal: str, error: SahneError, *, in_query: bool, word: str | None = None) -> str:
    """What went wrong, after the `#`; for PKCE in the query too, where its apps look. `word` is OAuth's own."""
    told = {
        "error": word or OAUTH_ERRORS.get(error.status, "server_error"),
        "error_code": error.code,
        "error_description": error.message,
    }
    plain = goal.partition("#")[0].partition("?")[0]
    if in_query:
        plain = f"{plain}?{urlencode(told)}"
    return with_fragment(plain, told)
