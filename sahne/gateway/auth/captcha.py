"""Captchas: where they are wanted, nothing is asked of accounts before one was solved. The service key needs none."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from sahne.database.actor import SERVICE_ROLE
from sahne.gateway.auth.errors import CaptchaFailed, CaptchaUnavailable
from sahne.gateway.auth.limits import CAPTCHAS
from sahne.gateway.auth.parts import Action, AuthParts
from sahne.gateway.auth.requests import limit_caller, read_body, read_origin
from sahne.gateway.callers import actor_of
from sahne.providers.captcha import CaptchaUnanswered

MISSING = "no captcha response (captcha_token) found in request"


def solved(action: Action) -> Action:
    """An action whose caller has solved a captcha, where any is wanted."""

    async def act(auth: AuthParts, request: Request) -> Response:
        await refuse_unsolved(auth, request)
        return await action(auth, request)

    return act


async def refuse_unsolved(auth: AuthParts, request: Request) -> None:
    """Let a request pass whose captcha was solved, or that needs none.

    Raises:
        CaptchaFailed, CaptchaUnavailable, OverRequestRateLimit
    """
    if auth.captcha is None or actor_of(request.scope, auth.parts.verifier).role == SERVICE_ROLE:
        return
    token = (await read_body(request)).nested("gotrue_meta_security").text("captcha_token").strip()
    if not token:
        raise _failed(MISSING)
    origin = read_origin(request, auth.parts)
    limit_caller(auth, CAPTCHAS, origin)
    try:
        verdict = await auth.captcha.verdict(token, origin.ip)
    except CaptchaUnanswered as error:
        raise CaptchaUnavailable(details=str(error)) from error
    if not verdict.solved:
        raise _failed(", ".join(verdict.errors) or "it was not solved")


def _failed(why: str) -> CaptchaFailed:
    return CaptchaFailed(f"{CaptchaFailed.__doc__} ({why})")
