"""The wire over Redis or Valkey: one channel, subscribed to on one connection and published to on another.

Nothing is kept there. Neither connection is mended by the library: the bus must know of a gap to close it.
"""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

CONNECT_SECONDS_MAX = 3.0
SEND_SECONDS_MAX = 5.0


class RedisWire:
    """See `Wire`. `channel` is the installation's own: one Redis may serve several."""

    def __init__(self, url: str, channel: str) -> None:
        self._url = url
        self._channel = channel
        self._client: Redis | None = None
        self._subscription: PubSub | None = None

    async def connect(self) -> None:
        """See `Wire`; it returns when the subscription is confirmed."""
        self._client = Redis.from_url(
            self._url,
            socket_connect_timeout=CONNECT_SECONDS_MAX,
            socket_timeout=SEND_SECONDS_MAX,
            retry=Retry(NoBackoff(), 0),
        )
        self._subscription = self._client.pubsub()
        await self._subscription.subscribe(self._channel)
        while (said := await self._next()) is None or said["type"] != "subscribe":
            pass

    async def send(self, message: bytes) -> None:
        """See `Wire`."""
        assert self._client is not None, "connect comes first"
        await self._client.publish(self._channel, message)

    async def receive(self) -> bytes:
        """See `Wire`."""
        while (said := await self._next()) is None or said["type"] != "message":
            pass
        message: bytes = said["data"]
        return message

    async def _next(self) -> dict[str, Any] | None:
        assert self._subscription is not None, "connect comes first"
        said: dict[str, Any] | None = await self._subscription.get_message(timeout=None)
        return said

    async def close(self) -> None:
        """See `Wire`."""
        subscription, client = self._subscription, self._client
        self._subscription = self._client = None
        if subscription is not None:
            await subscription.aclose()  # type: ignore[no-untyped-call]
        if client is not None:
            await client.aclose()
