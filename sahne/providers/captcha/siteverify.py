"""Whether it was a person who solved a captcha: asked of the service that showed it.

Source: Cloudflare's "Validate the token" (Turnstile) and hCaptcha's "Verify the User Response Server Side", whose wire
is the same: a form with `secret`, `response` and `remoteip`, an object with `success` and `error-codes`.
"""

from __future__ import annotations

import asyncio

from sahne.providers.captcha import CaptchaUnanswered, Verdict
from sahne.providers.exchange import ProviderFault, ask

SECONDS_MAX = 5.0
TOKEN_CHARACTERS_MAX = 8_192
ERRORS_MAX = 5
ERROR_CHARACTERS_MAX = 60


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
