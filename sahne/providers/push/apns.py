"""Apple Push Notification service: alerts, silent pushes, and VoIP pushes, which ring.

Source: "Sending notification requests to APNs", "Establishing a token-based connection to APNs", "Handling notification
responses from APNs"; PushKit for `.voip`. HTTP/2 only, one connection for as many as the service takes at once.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sahne.errors import SettingInvalid
from sahne.providers.outgoing import Outgoing, Reply, Unreached
from sahne.providers.push import Gone, Later, Outcome, Push, Refused, Sent
from sahne.providers.push.lifetime import EXPIRED, TOO_LARGE, of_failing_service, seconds_left

CONNECTIONS_MAX = 4
PAYLOAD_BYTES_MAX = {"apns": 4096, "apns_voip": 5120}
COLLAPSE_BYTES_MAX = 64
RENEW_SECONDS = 50 * 60.0  # a provider token is refused after an hour
RENEW_SECONDS_MIN = 20 * 60.0  # and one that is made anew before this is held against us
GONE = ("BadDeviceToken", "Unregistered", "ExpiredToken")
OURS_TO_MEND = ("ExpiredProviderToken", "InvalidProviderToken", "MissingProviderToken", "TooManyProviderTokenUpdates")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApnsKey:
    """A key for token-based authentication, as the developer account gives it."""

    private_key: str = field(repr=False)
    key_id: str
    team_id: str

    @classmethod
    def of(cls, path: Path, key_id: str, team_id: str) -> ApnsKey:
        """Raises SettingInvalid: the file is no such key."""
        try:
            text = path.read_text("ascii")
            if not isinstance(load_pem_private_key(text.encode(), None), ec.EllipticCurvePrivateKey):
                raise ValueError("another kind of key")
        except (OSError, ValueError, TypeError) as error:
            raise SettingInvalid(
                details=f"SAHNE_APNS_KEY: {path} is no key of Apple's (AuthKey_….p8)",
                hint="In the developer account: Keys → + → Apple Push Notifications service.",
            ) from error
        return cls(private_key=text, key_id=key_id, team_id=team_id)

    def token(self, now: float) -> str:
        """A provider token; `now` in Unix seconds."""
        claims = {"iss": self.team_id, "iat": int(now)}
        return jwt.encode(claims, self.private_key, algorithm="ES256", headers={"kid": self.key_id})


class ProviderTokens:
    """The provider token of now: one for all pushes, made anew after 50 minutes, or once when it was refused before."""

    def __init__(self, key: ApnsKey) -> None:
        self._key = key
        self._token = ""
        self._made_at = float("-inf")
        self._refused_at = float("-inf")

    def current(self) -> str:
        """The token to send."""
        if time.monotonic() - self._made_at > RENEW_SECONDS:
            self._make()
        return self._token

    def after_refused(self, token: str) -> str | None:
        """The one in place of a token that had expired there; None when that was the last answer as well."""
        if token == self._token:
            if time.monotonic() - self._refused_at < RENEW_SECONDS_MIN:
                return None
            self._refused_at = time.monotonic()
            self._make()
        return self._token

    def _make(self) -> None:
        self._token = self._key.token(time.time())
        self._made_at = time.monotonic()


class Apns:
    """The channels `apns` and `apns_voip` of the apps that one key may send to."""

    def __init__(self, url: str, key: ApnsKey, apps: frozenset[str]) -> None:
        self._url = f"{url.rstrip('/')}/3/device"
        self._apps = apps
        self._tokens = ProviderTokens(key)
        self._outgoing = Outgoing(connections_max=CONNECTIONS_MAX)

    async def close(self) -> None:
        """See `ClosableChannel`."""
        await self._outgoing.close()

    async def send(self, push: Push) -> Outcome:
        """See `Channel.send`."""
        if push.app not in self._apps:
            return Refused("another_app")
        if not push.token.isascii() or not push.token.isalnum():
            return Gone()
        if seconds_left(push) <= 0:
            return EXPIRED
        content = orjson.dumps(payload_of(push))
        if len(content) > PAYLOAD_BYTES_MAX[push.platform]:
            return TOO_LARGE
        try:
            return outcome_of(await self._post(push, content), push)
        except Unreached:
            return Later(None)

    async def _post(self, push: Push, content: bytes) -> Reply:
        token = self._tokens.current()
        reply = await self._outgoing.post(f"{self._url}/{push.token}", headers_of(push, token), content)
        if reply.status == 403 and reply.json().get("reason") == "ExpiredProviderToken":
            if (newer := self._tokens.after_refused(token)) is None:
                return reply
            return await self._outgoing.post(f"{self._url}/{push.token}", headers_of(push, newer), content)
        return reply


def headers_of(push: Push, provider_token: str) -> dict[str, str]:
    """How it is delivered. A silent one must not ask for priority 10; a VoIP push always does."""
    is_voip = push.platform == "apns_voip"
    headers = {
        "authorization": f"bearer {provider_token}",
        "apns-id": str(push.id),
        "apns-topic": f"{push.app}.voip" if is_voip else push.app,
        "apns-push-type": "voip" if is_voip else "alert" if push.title else "background",
        "apns-priority": "10" if is_voip or (push.urgent and push.title) else "5",
        "apns-expiration": str(int(push.expires_at.timestamp())),
    }
    if push.collapse and not is_voip:
        headers["apns-collapse-id"] = push.collapse[:COLLAPSE_BYTES_MAX]
    return headers


def payload_of(push: Push) -> dict[str, Any]:
    """The words for the system, beside them the data for the app. A VoIP push is the app's alone: it shows the call."""
    aps: dict[str, Any] = {}
    if push.platform == "apns" and push.title:
        aps = {"alert": {"title": push.title, "body": push.body}, "sound": "default"}
    elif push.platform == "apns":
        aps = {"content-available": 1}
    return {**push.data, "aps": aps}


def outcome_of(reply: Reply, push: Push) -> Outcome:
    """What an answer means."""
    if reply.status == 200:
        return Sent(reply.headers.get("apns-id", str(push.id)))
    reason = str(reply.json().get("reason") or reply.status)
    if reply.status == 410 or reason in GONE:
        return Gone()
    if reason in OURS_TO_MEND:
        return Later(None)
    return of_failing_service(reply) or Refused(reason)
