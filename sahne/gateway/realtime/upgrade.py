"""From uvicorn to picows: HTTP and WebSocket share one port and one loop.

uvicorn parses the upgrade request and hands the transport to a `RealtimeProtocol`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import orjson
from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined]

from sahne.errors import Forbidden, InvalidRequest, SahneError
from sahne.gateway.realtime.socket import Socket
from sahne.gateway.upgrades import headers_in

HANDSHAKE_SECONDS_MAX = 5
READ_BUFFER_BYTES = 2 * 1024

Headers = Sequence[tuple[bytes, bytes]]
Admit = Callable[[str, Headers, str | None], Socket]


def websocket_protocol(admit: Admit, frame_bytes_max: int) -> Callable[..., asyncio.Protocol]:
    """What uvicorn's `ws=` makes its protocols with. `admit(path, headers, host)` answers the socket or raises what
    refuses it; `headers` are as ASGI has them, every one that was sent, with names in small letters.
    """
    logger = logging.getLogger("sahne.realtime.socket")
    logger.setLevel(logging.CRITICAL)  # picows tells each connection; telemetry tells what matters
    return partial(RealtimeProtocol, admit, frame_bytes_max, logger)


class RealtimeProtocol(WSProtocol):  # type: ignore[misc]
    """picows' protocol with uvicorn's constructor and its feed of the upgrade request."""

    def __init__(
        self, admit: Admit, frame_bytes_max: int, logger: logging.Logger, *, server_state: Any, **_: Any
    ) -> None:
        super().__init__(
            host_port=None,
            ws_path=None,
            is_client_side=False,
            ws_listener_factory=self._listener_of,
            logger=logger,
            disconnect_on_exception=True,
            websocket_handshake_timeout=HANDSHAKE_SECONDS_MAX,
            enable_auto_ping=False,
            auto_ping_idle_timeout=0,
            auto_ping_reply_timeout=0,
            auto_ping_strategy=WSAutoPingStrategy.PING_WHEN_IDLE,
            enable_auto_pong=False,  # the socket does it, to which every frame is told then
            max_frame_size=frame_bytes_max,
            extra_headers=None,
            read_buffer_init_size=READ_BUFFER_BYTES,
        )
        self._admit = admit
        self._server_state = server_state
        self._host: str | None = None
        self._headers: Headers = ()
        self._socket: Socket | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """uvicorn hands the transport over."""
        self._server_state.connections.add(self)
        peer = transport.get_extra_info("peername")
        self._host = str(peer[0]) if isinstance(peer, tuple) else None
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """The upgrade request, which uvicorn had read already; what comes later picows reads into its own buffer."""
        if not self._headers:  # uvicorn hands the whole head over at once
            self._headers = headers_in(data)  # picows keeps one of a name
        view = memoryview(data)
        while view:
            room = self.get_buffer(len(view))
            size = min(len(room), len(view))
            room[:size] = view[:size]
            self.buffer_updated(size)
            view = view[size:]

    def buffer_updated(self, size: int) -> None:
        """So many bytes more were read into it."""
        if self._socket is not None:
            self._socket.came(size)
        super().buffer_updated(size)
        if self._socket is not None:
            self._socket.was_read()

    def connection_lost(self, error: Exception | None) -> None:
        """It is gone."""
        self._socket = None
        self._server_state.connections.discard(self)
        super().connection_lost(error)

    def shutdown(self) -> None:
        """uvicorn stops: the client reconnects to whoever comes after us."""
        if isinstance(self.listener, Socket):
            self.listener.close(WSCloseCode.SERVICE_RESTART, "the server is restarting")
        else:
            self.transport.disconnect()

    def _listener_of(self, request: WSUpgradeRequest) -> Socket | WSUpgradeResponseWithListener:
        try:
            self._socket = self._admit(request.path.decode("latin-1"), self._headers, self._host)
        except SahneError as error:
            return WSUpgradeResponseWithListener(_refuse(error), None)
        return self._socket


def _refuse(error: SahneError) -> Any:
    ours = error.body() if isinstance(error, InvalidRequest | Forbidden) else {}  # the rest is as Supabase says it
    body = orjson.dumps({"error": error.message, **ours})
    return WSUpgradeResponse.create_error_response(error.status, body, {"Content-Type": "application/json"})
