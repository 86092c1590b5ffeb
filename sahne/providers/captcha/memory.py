"""A captcha that takes one token, as often as it comes: for tests."""

from __future__ import annotations

from sahne.providers.captcha import Verdict


class OneToken:
    """A `Captcha`."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def verdict(self, token: str, _: str | None) -> Verdict:
        """See `Captcha.verdict`."""
        return Verdict(True) if token == self._token else Verdict(False, ("invalid-input-response",))
