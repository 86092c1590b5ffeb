"""One question to a provider: bounded in time and size, and no redirect is followed.

Nothing inside the house is reached that the settings do not name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sahne.providers.exchange import Answer, ProviderFault, ask
from sahne.providers.sign_in.errors import ProviderUnreachable
from sahne.sign_in_providers import is_address

ANSWER_BYTES_MAX = 256 * 1024
ANSWER_SECONDS_MAX = 8.0
URL_CHARACTERS_MAX = 2_048


class House:
    """What the settings name may be anywhere; what is named there beside it, only in public."""

    def __init__(self, *named: str, seconds_max: float = ANSWER_SECONDS_MAX) -> None:
        self._origins = {_origin(url) for url in named}
        self._seconds_max = seconds_max

    def accepts(self, url: object) -> bool:
        """Whether an address that a provider names may be asked, or a browser be sent there."""
        if not isinstance(url, str) or len(url) > URL_CHARACTERS_MAX or not url.isascii() or not url.isprintable():
            return False
        plain = url.partition("?")[0]
        if " " in url or not is_address(plain):
            return False
        return url.startswith("https://") or _origin(plain) in self._origins

    async def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """Raises ProviderUnreachable: it does not answer as it should, or lies where nobody may send us."""
        asked = {"Accept": "application/json", "User-Agent": "Sahne", **(headers or {})}
        try:
            return await ask(
                method,
                url,
                asked,
                form=form,
                bytes_max=ANSWER_BYTES_MAX,
                seconds_max=self._seconds_max,
                only_public=_origin(url) not in self._origins,
            )
        except ProviderFault as fault:
            raise ProviderUnreachable(details=f"{urlsplit(url).hostname}: {fault}") from fault

    async def get(self, url: str, token: str | None = None) -> Any:
        """The object or list that lies there.

        Raises:
            ProviderUnreachable
        """
        answer = await self.ask("GET", url, {"Authorization": f"Bearer {token}"} if token else None)
        if answer.status != 200:
            raise ProviderUnreachable(details=f"{urlsplit(url).hostname} answers {answer.status}")
        return answer.any_json()


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port
