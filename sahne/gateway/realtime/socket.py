"""One WebSocket: a bounded queue out, whole messages in; a delivery costs little more than the kernel's send."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import Any, Protocol

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from sahne.gateway.realtime.bounds import CLOSING_SECONDS_MAX
from sahne.gateway.realtime.flushing import Flushing
from sahne.gateway.realtime.queues import SharedQueues
from sahne.gateway.realtime.unfinished import Unfinished
from sahne.telemetry import observe

# Of what a socket is read into: what many people behind one address may need, each for messages of a usual size
BUFFER_BYTES_UNCOUNTED = 128 * 1024


@dataclass(frozen=True, slots=True)
class SlowReaderClosed:
    """A client did not read what it asked for; more than `queue_bytes_max` were waiting."""

    queue_bytes_max: int


class Visitor(Protocol):
    """Who listens to a socket."""

    def received(self, data: bytes, *, is_text: bool) -> None:
        """One whole message."""

    def left(self) -> None:
        """The connection is gone."""


class Socket(WSListener):
    """The wire under a visitor. `send` queues; `flushing` writes the queue once a loop tick."""

    def __init__(self, frame_bytes_max: int, queue_bytes_max: int, flushing: Flushing, others: SharedQueues) -> None:
        self.visitor: Visitor | None = None
        self._others = others
        self._backlog_bytes = 0
        self._frame_bytes_max = frame_bytes_max
        self._queue_bytes_max = queue_bytes_max
        self._flushing = flushing
        self._transport: WSTransport | None = None
        self._under: Any = None
        self._fd = -1
        self._queue: list[bytes] = []
        self._queued_bytes = 0
        self._partial = bytearray()
        self._partial_is_text = True
        self._is_in_message = False  # a part of it is there, perhaps an empty one, and its end is not
        self._begun_bytes = 0  # of a frame that is not whole yet
        self._unfinished = Unfinished()
        self._buffer_bytes = BUFFER_BYTES_UNCOUNTED
        self.closing = False

    @property
    def waiting_bytes(self) -> int:
        """What is queued here and in the transport."""
        return self._queued_bytes + (self._under.get_write_buffer_size() if self._under is not None else 0)

    @property
    def kept_bytes(self) -> int:
        """See `Queue`."""
        buffer_bytes = self._buffer_bytes if self._buffer_bytes > BUFFER_BYTES_UNCOUNTED else 0
        return self.waiting_bytes + self._backlog_bytes + len(self._partial) + buffer_bytes

    def came(self, size: int) -> None:
        """So many bytes have come. The buffer that they are read into grows with a frame and never shrinks again."""
        self._begun_bytes += size
        if self._begun_bytes > self._buffer_bytes:
            self._buffer_bytes = self._begun_bytes
            self._grew()

    def was_read(self) -> None:
        """What has come was read: what of it is begun and not whole has some seconds."""
        if self._begun_bytes or self._is_in_message:
            self._unfinished.goes_on(len(self._partial) + self._begun_bytes, self._tell_unfinished)
        else:
            self._unfinished.ends()

    def _tell_unfinished(self) -> None:
        self._partial = bytearray()
        self.close(WSCloseCode.POLICY_VIOLATION, "too slow: a message was begun, and its end did not come")

    def keep_backlog(self, size: int) -> None:
        """So many bytes of messages that came wait for their turn."""
        more = size > self._backlog_bytes
        self._backlog_bytes = size
        if more:
            self._grew()

    def give_way(self) -> None:
        """See `Queue`. Who was told so already is not waited for any longer."""
        if self.closing:
            self._under.abort()
            return
        self._drop_queue()
        self._partial = bytearray()
        observe(SlowReaderClosed(self._queue_bytes_max))
        self.close(WSCloseCode.POLICY_VIOLATION, f"too slow: too many bytes were waiting for {self._others.whose}")

    def send(self, frame: bytes) -> None:
        """Queue a framed message. A full queue closes this socket with a reason and slows nobody else."""
        if self.closing:
            return
        if not self._queue:
            self._flushing.wants(self)
        self._queue.append(frame)
        self._queued_bytes += len(frame)
        if self._queued_bytes > self._queue_bytes_max:
            self.flush()  # much at once is not slow yet: first see what the kernel takes
        self._refuse_full()

    def send_at_once(self, frame: bytes) -> None:
        """As `send`, and not at the end of the tick: what comes alone, as heartbeats do, needs no turn more."""
        if self.closing or self._queue:
            self.send(frame)
            return
        self._queue.append(frame)
        self._queued_bytes += len(frame)
        self.flush()
        self._refuse_full()

    def _refuse_full(self) -> None:
        if self.waiting_bytes > self._queue_bytes_max:
            self._drop_queue()
            observe(SlowReaderClosed(self._queue_bytes_max))
            self.close(WSCloseCode.POLICY_VIOLATION, f"too slow: more than {self._queue_bytes_max} bytes were waiting")

    def flush(self) -> None:
        """Write all that is queued, in one write."""
        if self.closing or not self._queue or self._under is None:
            return
        data = self._queue[0] if len(self._queue) == 1 else b"".join(self._queue)
        self._drop_queue()
        sent = 0
        if self._fd >= 0 and not self._under.get_write_buffer_size() and not self._under.is_closing():
            # straight to the kernel: the transport would copy first and write in a later tick
            try:
                sent = os.write(self._fd, data)
            except OSError:  # no `suppress`: made for each socket it was a tenth of a broadcast
                sent = 0
        if sent < len(data):
            self._under.write(data[sent:] if sent else data)
            self._grew()

    def _grew(self) -> None:
        self._others.grew(self)

    def close(self, code: WSCloseCode, reason: str) -> None:
        """Send what is queued, say why, and leave the hanging up to the client; who does not is cut after a while.

        To hang up over bytes that nobody has read takes back what was said last.
        """
        if self.closing or self._transport is None:
            return
        self.flush()
        self.closing = True
        self._transport.send_close(code, reason.encode()[:120])
        if code == WSCloseCode.SERVICE_RESTART:  # a server that stops waits for nobody
            self._under.close()
        asyncio.get_running_loop().call_later(CLOSING_SECONDS_MAX, self._under.abort)

    def _drop_queue(self) -> None:
        self._queue = []
        self._queued_bytes = 0

    # picows calls these

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._others.enter(self)
        self._under = transport.underlying_transport
        if not transport.is_secure:
            self._fd = self._under.get_extra_info("socket").fileno()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self._begun_bytes = frame.tail_size
        kind = frame.msg_type
        if kind == WSMsgType.CLOSE:
            self.close(WSCloseCode.OK, "")
            self._under.close()
        elif kind == WSMsgType.PING and not self.closing:
            transport.send_pong(frame.get_payload_as_bytes())
            if self.waiting_bytes:  # who pings and reads nothing is as who asks and reads nothing
                self._grew()
                self._refuse_full()
        elif kind in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION) and not self.closing:
            self._take(frame, kind)

    def _take(self, frame: WSFrame, kind: WSMsgType) -> None:
        self._is_in_message = not frame.fin
        if frame.fin:
            self._unfinished.ends()
        if kind != WSMsgType.CONTINUATION:
            self._partial_is_text = kind == WSMsgType.TEXT
            if frame.fin:
                self._hand_over(frame.get_payload_as_bytes())
                return
            self._partial = bytearray()
        self._partial += frame.get_payload_as_bytes()  # one buffer: a thousand empty frames weigh nothing
        if len(self._partial) > self._frame_bytes_max:
            self.close(WSCloseCode.MESSAGE_TOO_BIG, f"a message is at most {self._frame_bytes_max} bytes")
        elif frame.fin:
            whole, self._partial = bytes(self._partial), bytearray()
            self._hand_over(whole)
        else:
            self._grew()

    def _hand_over(self, message: bytes) -> None:
        if self.visitor is not None:
            self.visitor.received(message, is_text=self._partial_is_text)

    def on_ws_disconnected(self, _: WSTransport) -> None:
        self.closing = True
        self._fd = -1
        self._unfinished.ends()
        self._others.leave(self)
        if self.visitor is not None:
            visitor, self.visitor = self.visitor, None
            visitor.left()
