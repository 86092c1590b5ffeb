"""Web Push (RFC 8030): a browser's own push service, at an address that the browser named.

What is sent is sealed for that browser (`sealed.py`) and signed for that service (`vapid.py`). Anybody may name an
address, so none is asked but known services over https, at public addresses; on a laptop any.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from sahne.providers.outgoing import AddressRefused, Outgoing, Reply, Unreached
from sahne.providers.push import Gone, Later, Outcome, Push, Refused, Sent
from sahne.providers.push.lifetime import EXPIRED, TOO_LARGE, of_failing_service, seconds_left
from sahne.providers.push.sealed import CONTENT_BYTES_MAX, seal_anew
from sahne.providers.push.vapid import Vapid, from_base64url, to_base64url
from sahne.push_rules import WEB_PUSH_SERVICES, is_among

CONNECTIONS_MAX = 32
TTL_SECONDS_MAX = 28 * 86_400
TOPIC_BYTES = 24  # 32 characters of base64url, the most there may be
UNUSABLE = Refused("subscription_unusable")


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser's `PushSubscription` says."""

    endpoint: str
    key: bytes
    auth: bytes

    @classmethod
    def of(cls, told: dict[str, Any] | None) -> Subscription:
        """Raises ValueError: it is none."""
        try:
            keys = (told or {})["keys"]
            return cls(str((told or {})["endpoint"]), from_base64url(keys["p256dh"]), from_base64url(keys["auth"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("no subscription") from error


class WebPush:
    """The channel `web`."""

    def __init__(self, vapid: Vapid, *, anywhere: bool, services: str = WEB_PUSH_SERVICES) -> None:
        """`services` are the hosts that may be asked; with `anywhere`, as on a laptop, any address is."""
        self._vapid = vapid
        self._services = services
        self._anywhere = anywhere
        self._outgoing = Outgoing(connections_max=CONNECTIONS_MAX, public_only=not anywhere, provider="web_push")

    async def close(self) -> None:
        """See `ClosableChannel`."""
        await self._outgoing.close()

    async def send(self, push: Push) -> Outcome:
        """See `Channel.send`."""
        seconds = min(seconds_left(push), TTL_SECONDS_MAX)
        if seconds <= 0:
            return EXPIRED
        content = orjson.dumps({"id": str(push.id), "title": push.title, "body": push.body, "data": push.data})
        if len(content) > CONTENT_BYTES_MAX:
            return TOO_LARGE
        try:
            to = Subscription.of(push.subscription)
            sealed = seal_anew(content, to.key, to.auth)
        except ValueError:
            return UNUSABLE
        if not self._may_ask(to.endpoint):
            return UNUSABLE
        headers = headers_of(push, seconds) | {"authorization": self._vapid.authorization(to.endpoint)}
        try:
            return outcome_of(await self._outgoing.post(to.endpoint, headers, sealed))
        except AddressRefused:
            return UNUSABLE
        except Unreached:
            return Later(None)

    def _may_ask(self, endpoint: str) -> bool:
        try:
            parts = urlsplit(endpoint)
        except ValueError:
            return False
        is_known = parts.scheme == "https" and is_among(parts.hostname or "", self._services)
        return self._anywhere or is_known


def headers_of(push: Push, seconds: int) -> dict[str, str]:
    """How long the service keeps it, how soon it is delivered, and what it takes the place of."""
    headers = {
        "content-type": "application/octet-stream",
        "content-encoding": "aes128gcm",
        "ttl": str(seconds),
        "urgency": "high" if push.urgent else "normal",
    }
    if push.collapse:
        headers["topic"] = to_base64url(hashlib.sha256(push.collapse.encode()).digest()[:TOPIC_BYTES])
    return headers


def outcome_of(reply: Reply) -> Outcome:
    """What an answer means: 201 as RFC 8030 has it, 200 and 202 as some services do."""
    match reply.status:
        case 200 | 201 | 202:
            return Sent(reply.headers.get("location", ""))
        case 404 | 410:
            return Gone()
        case 413:
            return TOO_LARGE
    return of_failing_service(reply) or Refused(str(reply.status))
