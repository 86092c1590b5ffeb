"""uvicorn's HTTP protocol with a bound on what a client may say before there is a request, and on how long it takes.

The parser keeps header fields until the last of them has come, and uvicorn sets no bound: without one here a single
connection that never ends its headers fills the memory, and one that says nothing stays for ever. How many there are of
an address has a bound, too (`connections`); bodies have bounds of their own (`front`, `storage`).

It is built on parts of uvicorn that are nobody's promise. Without it (`SAHNE_HTTP_PROTOCOL=plain`) uvicorn's h11
protocol bounds a head's bytes by its own setting; no one bounds its seconds then, nor what clients leave unread.
"""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from sahne.gateway.connections import Connections, TooManyConnections, as_bytes
from sahne.gateway.untaken import Untaken
from sahne.gateway.upgrades import UpgradesPassedOver, framing_of
from sahne.gateway.whole_answers import WholeAnswerProtocol

HEAD_BYTES_MAX = 128 * 1024  # and one read of the socket more; the same for a chunked body's trailer
HEAD_SECONDS_MAX = 20.0
LEAVING_SECONDS = 1.0  # so long a client that has just come may still begin to ask
PLAIN_HTTP: Literal["h11"] = "h11"  # of uvicorn's protocols the one that bounds a head; the other is the faster
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedHttpProtocol(WholeAnswerProtocol):
    """The class for uvicorn's `http=`, with `untaken` and `connections` given."""

    seconds_max = HEAD_SECONDS_MAX
    is_retold = False
    _is_leaving = False
    _place: str | None = None

    def __init__(self, untaken: Untaken, connections: Connections, **given: Any) -> None:
        super().__init__(untaken, **given)
        self._connections = connections
        self.parser = UpgradesPassedOver(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does with its own

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there; it has some seconds to ask for something."""
        super().connection_made(transport)
        self._unparsed_bytes = 0
        self._head_since: float | None = self.loop.time()
        self._head_timer = self.loop.call_later(self.seconds_max, self._look_whether_late)
        place = self._connections.place_of_peer(self.client[0] if self.client else None)
        try:
            self._connections.enter(place)
            self._place = place
        except TooManyConnections as error:
            transport.write(as_bytes(error))
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._head_timer.cancel()
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes; those since the last whole head or piece of a body are what the parser keeps."""
        self._unparsed_bytes += len(data)
        super().data_received(data)
        if self._unparsed_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            if self._head_since is not None:
                self.transport.write(TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        if self.is_retold:
            return
        self._head_since = self.loop.time()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A piece of its target."""
        if not self.is_retold:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head; a trailer's fields are nobody's to read, and what is told again is known."""
        if self._head_since is not None:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole.

        Raises:
            ValueError: its target has a fragment, which the parser would drop with all behind it: a filter, perhaps.
        """
        if self.is_retold:
            return
        if b"#" in self.url:
            raise ValueError("a # in the target")
        self._head_since = None
        self._unparsed_bytes = 0
        super().on_headers_complete()
        if self._is_leaving and self.cycle is not None:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._unparsed_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole, unless the parser only left its body to a protocol that nobody speaks."""
        if not (self.parser.should_upgrade() and framing_of(self.headers)):
            super().on_message_complete()

    def changes_protocol(self) -> bool:
        """Whether the request at hand goes over to another protocol indeed."""
        return self._should_upgrade()

    def handle_websocket_upgrade(self) -> None:
        """Another protocol takes the connection over; it has its own bounds."""
        self._head_timer.cancel()
        self._leave()
        super().handle_websocket_upgrade()
        self.parser = None  # type: ignore[assignment] # it knows us: a ring that nobody else would cut

    def shutdown(self) -> None:
        """The server ends: who has just come, or is asking at this moment, is answered before the connection goes.

        A proxy does not send a second time what it has sent once, unless it only reads.
        """
        if self._head_since is None:
            super().shutdown()
            return
        self._is_leaving = True
        self._head_timer.cancel()
        self._head_timer = self.loop.call_later(LEAVING_SECONDS, self._go_unless_asked)

    def _go_unless_asked(self) -> None:
        if self._head_since is not None:
            self.transport.close()

    def _leave(self) -> None:
        place, self._place = self._place, None
        self._connections.leave(place)

    def _look_whether_late(self) -> None:
        """One timer for the connection's life, not one per request: close, or look again when it could be late."""
        since, now = self._head_since, self.loop.time()
        left = self.seconds_max if since is None else since + self.seconds_max - now
        if left > 0:
            self._head_timer = self.loop.call_later(left, self._look_whether_late)
        else:
            self.transport.close()
