"""A Google service account: its key file, and the access tokens that are had with it.

Source: "Using OAuth 2.0 for Server to Server Applications". A token is asked for with the account's key, for one scope,
and kept until shortly before its end.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

import jwt
import orjson

from sahne.errors import SettingInvalid, Unavailable
from sahne.providers.exchange import ProviderFault, ask

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_SECONDS = 600
EARLIER_SECONDS = 120.0  # a token is not used in its last moments


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """As its key file has it; `project` is empty in files that name none."""

    email: str
    private_key: str = field(repr=False)
    token_url: str
    project: str

    @classmethod
    def of(cls, path: Path, variable: str) -> ServiceAccount:
        """Raises SettingInvalid: the file that the variable names is no key of a service account."""
        try:
            held = orjson.loads(path.read_bytes())
            found = cls(held["client_email"], held["private_key"], held["token_uri"], held.get("project_id", ""))
            found.assertion("", 0)
        except (OSError, ValueError, KeyError, TypeError, jwt.PyJWTError) as error:
            raise SettingInvalid(
                details=f"{variable}: {path} is no key of a service account",
                hint="In Google Cloud: IAM → Service accounts → Keys → Add key → JSON.",
            ) from error
        return found

    def assertion(self, scope: str, now: float) -> str:
        """What an access token is asked for with; `now` in Unix seconds."""
        claims = {"iss": self.email, "scope": scope, "aud": self.token_url, "iat": int(now)}
        return jwt.encode(claims | {"exp": int(now) + ASSERTION_SECONDS}, self.private_key, algorithm="RS256")


class AccessTokens:
    """One account's tokens for one scope, the same for everybody who asks while it is good."""

    def __init__(self, account: ServiceAccount, scope: str) -> None:
        self._account = account
        self._scope = scope
        self._token = ""
        self._good_until = float("-inf")
        self._asking = asyncio.Lock()

    async def current(self) -> str:
        """Raises Unavailable: Google gives none now."""
        async with self._asking:
            if time.monotonic() >= self._good_until:
                await self._renew()
            return self._token

    def forget(self, token: str) -> None:
        """It was taken back before its end: the next one is new."""
        if token == self._token:
            self._good_until = float("-inf")

    async def _renew(self) -> None:
        form = {"grant_type": GRANT, "assertion": self._account.assertion(self._scope, time.time())}
        try:
            answer = await ask("POST", self._account.token_url, form=form)
        except ProviderFault as fault:
            raise Unavailable(details=f"Google cannot be reached: {fault}") from fault
        told = answer.json()
        if answer.status != 200 or not isinstance(told.get("access_token"), str):
            raise Unavailable(details=f"Google gives no access token: {answer.status}")
        self._token = told["access_token"]
        self._good_until = time.monotonic() + float(told.get("expires_in", 0)) - EARLIER_SECONDS
