"""A request that asks for a protocol which this server does not speak is answered in the one it speaks (RFC 9110, 7.8).

httptools takes whatever follows the head of such a request for the other protocol's: its body would be lost, or read as
the next request. Java's HTTP client asks for `h2c` with its first request to an `http://`, whatever it sends.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import httptools

Headers = Iterable[tuple[bytes, bytes]]

FRAMING = frozenset({b"content-length", b"transfer-encoding"})


class PassingOver(Protocol):
    """What the parser asks of the protocol it works for. While `is_retold`, the head that comes is no request."""

    headers: list[tuple[bytes, bytes]]
    is_retold: bool

    def changes_protocol(self) -> bool:
        """Whether the request at hand goes over to another protocol indeed."""


class UpgradesPassedOver(httptools.HttpRequestParser):
    """httptools' parser, which goes on where that one stops: it is told a head anew that says of the body alone."""

    def __init__(self, protocol: PassingOver) -> None:
        super().__init__(protocol)
        self._protocol = protocol

    def feed_data(self, data: bytes) -> None:  # type: ignore[override] # a protocol is given bytes
        """Read what came.

        Raises:
            httptools.HttpParserError: it is no HTTP. HttpParserUpgrade: the rest is another protocol's indeed.
        """
        while True:
            try:
                super().feed_data(data)
            except httptools.HttpParserUpgrade as stopped:
                if self._protocol.changes_protocol():
                    raise
                data = data[stopped.args[0] :]
            else:
                return
            if framing := framing_of(self._protocol.headers):
                self._tell_anew(framing)

    def _tell_anew(self, framing: bytes) -> None:
        self._protocol.is_retold = True
        try:
            super().feed_data(b"POST / HTTP/1.1\r\n" + framing + b"\r\n")
        finally:
            self._protocol.is_retold = False


def framing_of(headers: Headers) -> bytes:
    """The header lines that say where a body ends; none where there is no body."""
    return b"".join(b"%b: %b\r\n" % (name, value) for name, value in headers if name in FRAMING and value != b"0")


def headers_in(head: bytes) -> list[tuple[bytes, bytes]]:
    """Every header of a request as uvicorn writes it out, with names in small letters."""
    lines = (line.partition(b":") for line in head.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:])
    return [(name.lower(), value.strip(b" \t")) for name, _, value in lines]
