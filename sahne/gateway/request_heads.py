"""uvicorn's HTTP protocol with a bound on what a client may say before there is a request, and on how long it takes.

The parser keeps header fields until the last of them has come, and uvicorn sets no bound: without one here a single
connection that never ends its headers fills the memory, and one that says nothing stays for ever. Bodies have
bounds of their own (`front`, `storage`).
"""

from __future__ import annotations

import asyncio

from sahne.gateway.joined_writes import JoinedHttpProtocol

HEAD_BYTES_MAX = 128 * 1024  # and one read of the socket more; the same for a chunked body's trailer
HEAD_SECONDS_MAX = 20.0
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedHttpProtocol(JoinedHttpProtocol):
    """The class for uvicorn's `http=`."""

    seconds_max = HEAD_SECONDS_MAX

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there; it has some seconds to ask for something."""
        super().connection_made(transport)
        self._unparsed_bytes = 0
        self._in_head = True
        self._too_late = self.loop.call_later(self.seconds_max, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._too_late.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes; those since the last whole head or piece of a body are what the parser keeps."""
        self._unparsed_bytes += len(data)
        super().data_received(data)
        if self._unparsed_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            if self._in_head:
                self.transport.write(TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head = True
        self._too_late.cancel()
        self._too_late = self.loop.call_later(self.seconds_max, self.transport.close)
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head; a trailer's fields are nobody's to read."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._in_head = False
        self._unparsed_bytes = 0
        self._too_late.cancel()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._unparsed_bytes = 0
        super().on_body(body)
