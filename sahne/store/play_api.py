"""Google Play's own account of a purchase: a notification says that something changed, this says how it is now.

Source: "Google Play Developer API" v3, `purchases.subscriptionsv2` and `purchases.products`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sahne.errors import Unavailable
from sahne.providers.exchange import ProviderFault, ask
from sahne.providers.google_account import AccessTokens, ServiceAccount

SCOPE = "https://www.googleapis.com/auth/androidpublisher"
GONE = (404, 410)


class PlayApi:
    """Asks for one purchase at a time, by the token that a notification names."""

    def __init__(self, url: str, account: ServiceAccount) -> None:
        self._url = f"{url.rstrip('/')}/androidpublisher/v3/applications"
        self._tokens = AccessTokens(account, SCOPE)

    async def subscription(self, package: str, token: str) -> Mapping[str, Any] | None:
        """A SubscriptionPurchaseV2; None where Google knows none, or none any more.

        Raises:
            Unavailable: it cannot be had now.
        """
        return await self._get(f"{_part(package)}/purchases/subscriptionsv2/tokens/{_part(token)}")

    async def product(self, package: str, product_id: str, token: str) -> Mapping[str, Any] | None:
        """A ProductPurchase, what is bought once; None where Google knows none.

        Raises:
            Unavailable: it cannot be had now.
        """
        return await self._get(f"{_part(package)}/purchases/products/{_part(product_id)}/tokens/{_part(token)}")

    async def _get(self, path: str) -> Mapping[str, Any] | None:
        access_token = await self._tokens.current()
        try:
            answer = await ask("GET", f"{self._url}/{path}", {"Authorization": f"Bearer {access_token}"})
        except ProviderFault as fault:
            raise Unavailable(details=f"Google cannot be reached: {fault}") from fault
        if answer.status in GONE:
            return None
        if answer.status == 401:
            self._tokens.forget(access_token)
        if answer.status != 200:
            raise Unavailable(details=f"Google Play answers {answer.status}")
        return answer.json()


def _part(text: str) -> str:
    return quote(text, safe="")
