"""The body of a request on its way: taken from the client piece by piece, only as fast as the project takes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from sahne.gateway.asgi import Receive
from sahne.gateway.project.errors import BodyStandsStill

STILL_SECONDS_MAX = 30.0


class ClientGone(Exception):
    """Whoever asked has hung up: nobody waits for the answer."""


class ClientBody:
    """What one client sends, and whether it is still there."""

    def __init__(self, receive: Receive, *, is_empty: bool) -> None:
        self._receive = receive
        self._came = asyncio.Event()
        if is_empty:
            self._came.set()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The pieces as they come.

        Raises:
            ClientGone. BodyStandsStill: nothing came for a while.
        """
        while True:
            try:
                async with asyncio.timeout(STILL_SECONDS_MAX):
                    message = await self._receive()
            except TimeoutError:
                raise BodyStandsStill() from None
            if message["type"] == "http.disconnect":
                raise ClientGone()
            if piece := message.get("body"):
                yield piece
            if not message.get("more_body"):
                self._came.set()
                return

    async def until_gone(self) -> None:
        """Return when the body has come whole and the client has hung up then."""
        await self._came.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
