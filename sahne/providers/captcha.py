"""Whether it was a person who solved a captcha: asked of the service that showed it.

Source: Cloudflare's "Validate the token" (Turnstile) and hCaptcha's "Verify the User Response Server Side", whose wire
is the same: a form with `secret`, `response` and `remoteip`, an object with `success` and `error-codes`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from sahne.providers.images.exchange import ask
from sahne.providers.images.provider import ProviderFault

URLS = {
    "turnstile": "https://challenges.cloudflare.com/turnstile/v0/siteverify",
    "hcaptcha": "https://api.hcaptcha.com/siteverify",
}
SECONDS_MAX = 5.0
TOKEN_CHARACTERS_MAX = 8_192
ERRORS_MAX = 5
ERROR_CHARACTERS_MAX = 60


class CaptchaUnanswered(Exception):
    """The service could not be asked, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it was solved, and else why not, in the service's words."""

    solved: bool
    errors: tuple[str, ...] = ()


class Captcha(Protocol):
    """Who knows whether a captcha was solved."""

    async def verdict(self, token: str, address: str | None) -> Verdict:
        """Of what an app sent, from an address. A token is good once.

        Raises:
            CaptchaUnanswered
        """


class OneToken:
    """A captcha that takes one token, as often as it comes: for tests."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def verdict(self, token: str, _: str | None) -> Verdict:
        """See `Captcha.verdict`."""
        return Verdict(True) if token == self._token else Verdict(False, ("invalid-input-response",))


class SiteVerify:
    """Turnstile or hCaptcha, at `url`."""

    def __init__(self, url: str, secret: str, *, seconds_max: float = SECONDS_MAX) -> None:
        self._url = url
        self._secret = secret
        self._seconds_max = seconds_max

    async def verdict(self, token: str, address: str | None) -> Verdict:
        """See `Captcha.verdict`."""
        if len(token) > TOKEN_CHARACTERS_MAX:
            return Verdict(False, ("invalid-input-response",))
        form = {"secret": self._secret, "response": token} | ({"remoteip": address} if address else {})
        try:
            async with asyncio.timeout(self._seconds_max):
                answer = await ask("POST", self._url, form=form)
        except (ProviderFault, TimeoutError) as error:
            raise CaptchaUnanswered(type(error).__name__) from error
        told = answer.json()
        if not isinstance(told.get("success"), bool):
            raise CaptchaUnanswered(f"it answered {answer.status}, and nothing of a captcha")
        errors = told.get("error-codes")
        shown = [str(each)[:ERROR_CHARACTERS_MAX] for each in errors] if isinstance(errors, list) else []
        return Verdict(told["success"] and answer.status == 200, tuple(shown[:ERRORS_MAX]))
