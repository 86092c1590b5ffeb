"""Google Play's own account of a purchase: a notification says that something changed, this says how it is now.

Source: "Google Play Developer API" v3, `purchases.subscriptionsv2` and `purchases.products`; "Using OAuth 2.0 for
Server to Server Applications". An access token is asked for with a service account's key and kept until shortly before
its end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jwt
import orjson

from sahne.errors import SettingInvalid, Unavailable
from sahne.providers.images.exchange import Answer, ask
from sahne.providers.images.provider import ProviderFault

SCOPE = "https://www.googleapis.com/auth/androidpublisher"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_SECONDS = 600
EARLIER_SECONDS = 120.0  # a token is not used in its last moments
GONE = (404, 410)


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A Google service account, as its key file has it."""

    email: str
    private_key: str = field(repr=False)
    token_url: str

    @classmethod
    def of(cls, path: Path) -> ServiceAccount:
        """Raises SettingInvalid: the file is no key of a service account."""
        try:
            held = orjson.loads(path.read_bytes())
            found = cls(held["client_email"], held["private_key"], held["token_uri"])
            found.assertion(0)
        except (OSError, ValueError, KeyError, TypeError, jwt.PyJWTError) as error:
            raise SettingInvalid(
                details=f"SAHNE_GOOGLE_SERVICE_ACCOUNT: {path} is no key of a service account",
                hint="In Google Cloud: IAM → Service accounts → Keys → Add key → JSON.",
            ) from error
        return found

    def assertion(self, now: float) -> str:
        """What an access token is asked for with; `now` in Unix seconds."""
        claims = {"iss": self.email, "scope": SCOPE, "aud": self.token_url, "iat": int(now)}
        return jwt.encode(claims | {"exp": int(now) + ASSERTION_SECONDS}, self.private_key, algorithm="RS256")


class PlayApi:
    """Asks for one purchase at a time, by the token that a notification names."""

    def __init__(self, url: str, account: ServiceAccount) -> None:
        self._url = f"{url.rstrip('/')}/androidpublisher/v3/applications"
        self._account = account
        self._token = ""
        self._good_until = float("-inf")
        self._asking = asyncio.Lock()

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
        headers = {"Authorization": f"Bearer {await self._access_token()}"}
        answer = await _asked("GET", f"{self._url}/{path}", headers=headers)
        if answer.status in GONE:
            return None
        if answer.status == 401:
            self._good_until = float("-inf")  # taken back before its end: the next one is new
        if answer.status != 200:
            raise Unavailable(details=f"Google Play answers {answer.status}")
        return answer.json()

    async def _access_token(self) -> str:
        async with self._asking:
            if time.monotonic() >= self._good_until:
                form = {"grant_type": GRANT, "assertion": self._account.assertion(time.time())}
                answer = await _asked("POST", self._account.token_url, form=form)
                told = answer.json()
                if answer.status != 200 or not isinstance(told.get("access_token"), str):
                    raise Unavailable(details=f"Google gives no access token: {answer.status}")
                self._token = told["access_token"]
                self._good_until = time.monotonic() + float(told.get("expires_in", 0)) - EARLIER_SECONDS
            return self._token


async def _asked(method: str, url: str, **options: Any) -> Answer:
    try:
        return await ask(method, url, **options)
    except ProviderFault as fault:
        raise Unavailable(details=f"Google cannot be reached: {fault}") from fault


def _part(text: str) -> str:
    return quote(text, safe="")
