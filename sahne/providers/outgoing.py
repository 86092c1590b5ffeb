"""Questions to servers of others over connections that are kept: HTTP/2 where they speak it, else HTTP/1.1.

open → ask, many at once → close. Nothing is tried twice, no redirect is followed, no answer is read past `bytes_max`.
Where somebody else named the address (`public_only`), a name is resolved here, each of its addresses is looked at, and
the connection is made to one of those: a name cannot lead to another place once it was looked at.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import orjson

from sahne.providers.questions import asking, provider_at
from sahne.public_addresses import is_everybodys

CONNECT_SECONDS_MAX = 10.0
ANSWER_SECONDS_MAX = 20.0
ANSWER_BYTES_MAX = 64 * 1024
IDLE_SECONDS_MAX = 300.0
RETRY_AFTER_SECONDS_MAX = 3600.0


class Unreached(Exception):
    """There is no whole answer: nobody was there, the line broke, it took too long or was too much."""


class AddressRefused(Unreached):
    """The name leads to an address that is not everybody's."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered; header names are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The object it is, else an empty one."""
        try:
            answer = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return answer if isinstance(answer, dict) else {}

    @property
    def retry_after_seconds(self) -> float | None:
        """What it asks for in seconds; a date is as good as nothing said."""
        try:
            return min(max(float(self.headers["retry-after"]), 0.0), RETRY_AFTER_SECONDS_MAX)
        except (KeyError, ValueError):
            return None


class Outgoing:
    """Connections to servers of others, at most `connections_max` at once."""

    def __init__(
        self,
        *,
        connections_max: int,
        http2: bool = True,
        public_only: bool = False,
        answer_bytes_max: int = ANSWER_BYTES_MAX,
        answer_seconds_max: float = ANSWER_SECONDS_MAX,
        cuts_answers: bool = False,
        provider: str | None = None,
    ) -> None:
        """`public_only`: see above. `cuts_answers`: the beginning of a long answer is enough. `provider` is what all
        its questions are counted as, where others gave the addresses."""
        self._provider = provider
        self._cuts = cuts_answers
        self._bytes_max = answer_bytes_max
        self._seconds_max = answer_seconds_max
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=connections_max,
            keepalive_expiry=IDLE_SECONDS_MAX,
            http2=http2,
            network_backend=PublicAddresses() if public_only else None,
        )

    async def close(self) -> None:
        """Close what is kept; what is under way ends as `Unreached`."""
        await self._pool.aclose()

    async def post(self, url: str, headers: Mapping[str, str], content: bytes) -> Reply:
        """The answer to one question.

        Raises:
            Unreached: there is none. AddressRefused: it was not asked.
        """
        with asking(self._provider or provider_at(urlsplit(url).hostname)) as question:
            reply = await self._reply(url, {**headers, **question.headers}, content)
            question.status = reply.status
            return reply

    async def _reply(self, url: str, headers: Mapping[str, str], content: bytes) -> Reply:
        try:
            async with asyncio.timeout(CONNECT_SECONDS_MAX + self._seconds_max):
                return await self._exchange(url, headers, content)
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError) as error:
            raise Unreached(type(error).__name__) from error
        except (OSError, ValueError, httpcore2.UnsupportedProtocol) as error:
            raise Unreached(type(error).__name__) from error

    async def _exchange(self, url: str, headers: Mapping[str, str], content: bytes) -> Reply:
        seconds = {"connect": CONNECT_SECONDS_MAX} | dict.fromkeys(("read", "write", "pool"), self._seconds_max)
        named = [*headers.items(), ("content-length", str(len(content)))]
        async with self._pool.stream(
            "POST", url, headers=named, content=content, extensions={"timeout": seconds}
        ) as response:
            body = bytearray()
            async for part in response.aiter_stream():
                body += part
                if len(body) > self._bytes_max:
                    if self._cuts:
                        break
                    raise Unreached("its answer is too long")
            return Reply(
                response.status,
                {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers},
                bytes(body),
            )


class PublicAddresses(httpcore2.AsyncNetworkBackend):
    """Connects to what everybody can reach, and to nothing else."""

    def __init__(self) -> None:
        self._lines = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 the seam has it so
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """To the first of a name's addresses that takes us, if all of them are everybody's.

        Raises:
            AddressRefused: one of them is not.
        """
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        if not addresses or not all(map(is_everybodys, addresses)):
            raise AddressRefused("the address is not a public one")
        for address in addresses[:-1]:
            try:
                return await self._lines.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._lines.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """See httpcore2."""
        await self._lines.sleep(seconds)
