"""Whether it was a person who solved a captcha: a protocol, the services that show them, and a twin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

URLS = {
    "turnstile": "https://challenges.cloudflare.com/turnstile/v0/siteverify",
    "hcaptcha": "https://api.hcaptcha.com/siteverify",
}


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
