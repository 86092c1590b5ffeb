"""uvicorn's HTTP protocol with two things made cheap that every request pays for, and bounds on what nobody takes.

An answer whose head and body are known together is written at once: ASGI hands them over one by one, and each write is
a system call that wakes the client. And a connection has one timer for its idleness, not one per request.
Measured on an app that answers with fixed bytes: 16 to 18 us of CPU a request instead of 19 to 22.
In the Data API, paired, the one write is 7 to 8 % of the CPU for one row and a function, within noise for lists.

What a client leaves unread is counted and watched (`untaken.py`), and who sent requests ahead has taken one answer
before the next is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any
from weakref import ref

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from sahne.gateway.asgi import Header
from sahne.gateway.file_answers import ZERO_COPY, answer_part
from sahne.gateway.untaken import LARGE_ANSWER_BYTES, STILL_SECONDS_MAX, Kept, Untaken, Watch

EXTENSION = "sahne.whole_answer"
WITHOUT_BODY = frozenset({204, 304})
WholeAnswer = Callable[[int, Sequence[Header], bytes], Awaitable[None]]


class WholeAnswerProtocol(HttpToolsProtocol):
    """The class for uvicorn's `http=`, with `untaken` given.

    The scope's extension `EXTENSION` is a `WholeAnswer`, `ZERO_COPY` a `FilePart` (`file_answers.py`).
    """

    still_seconds_max = STILL_SECONDS_MAX
    _idle_since: float | None = None
    _idle_timer: asyncio.TimerHandle | None = None
    _goes_on_when_taken = False
    _kept: Kept | None = None
    _watch: Watch | None = None

    def __init__(self, untaken: Untaken, **given: Any) -> None:
        super().__init__(**given)
        self._untaken = untaken

    def on_headers_complete(self) -> None:
        """A request is there; the task that answers it starts in the loop's next turn."""
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not None and self.cycle is not before:
            # a weak way back: the cycle holds the scope, and a ring a request would be the garbage collector's to find
            way_back = ref(self.cycle)
            self.scope["extensions"] = {
                EXTENSION: partial(answer_whole, way_back),  # type: ignore[dict-item]
                ZERO_COPY: partial(answer_part, way_back),  # type: ignore[dict-item]
            }

    def on_response_complete(self) -> None:
        """Go on, with an answer that is not taken yet later."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            self._begin_watch()
        elif self.flow.write_paused:
            self._goes_on_when_taken = True
            self.flow.pause_reading()
        else:
            self._go_on()

    def pause_writing(self) -> None:
        """More is written than is taken."""
        super().pause_writing()
        self._kept = self._untaken.keep(self.scope, self.transport.get_write_buffer_size())  # type: ignore[arg-type]
        self._begin_watch()

    def resume_writing(self) -> None:
        """Nearly all is taken."""
        super().resume_writing()
        self._let_go()
        if self.transport.is_closing():
            return  # watched until the last byte
        self._end_watch()
        if self._goes_on_when_taken:
            self._goes_on_when_taken = False
            self._go_on()

    def _go_on(self) -> None:
        """With what the client sent ahead, or be idle."""
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._idle_since = self.loop.time()
        if self._idle_timer is None:
            self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._look_whether_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        self._let_go()
        self._end_watch()
        super().connection_lost(exc)

    def _begin_watch(self) -> None:
        if self._watch is None:
            self._watch = Watch(self.transport, self.loop, self.still_seconds_max)

    def _end_watch(self) -> None:
        if self._watch is not None:
            self._watch.end()
            self._watch = None

    def _let_go(self) -> None:
        if self._kept is not None:
            self._untaken.let_go(self._kept)
            self._kept = None

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = None

    def _look_whether_idle(self) -> None:
        """Close when idle for long enough, else look again when that could be."""
        self._idle_timer = None
        if self._idle_since is None:
            return
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._idle_timer = self.loop.call_later(left, self._look_whether_idle)
        else:
            self.timeout_keep_alive_handler()
            self._begin_watch()  # what is left may wait for a reader that never comes


async def answer_whole(
    way_back: ref[RequestResponseCycle], status: int, headers: Sequence[Header], body: bytes
) -> None:
    """What uvicorn's `send` does with a start and its only body, in one write; `headers` say the length of one.

    Raises:
        RuntimeError: something was sent already, or a header would break out of its line.
    """
    cycle = way_back()
    if cycle is None or cycle.disconnected:
        return
    if cycle.response_started:
        raise RuntimeError("A whole answer cannot follow a part of one.")
    lines = [name + b": " + value for name, value in cycle.default_headers]
    lines += [name + b": " + value for name, value in headers]
    if not cycle.keep_alive:
        lines.append(b"connection: close")
    head = b"\r\n".join(lines)
    if head.count(b"\n") != len(lines) - 1 or head.count(b"\r") != len(lines) - 1 or b"\0" in head:
        raise RuntimeError("Invalid HTTP header value.")
    if cycle.scope["method"] == "HEAD" or status in WITHOUT_BODY:
        body = b""
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.chunked_encoding = False
    head = b"%b%b\r\n\r\n" % (STATUS_LINE[status], head)
    if len(body) < LARGE_ANSWER_BYTES:
        cycle.transport.write(head + body)
    else:
        cycle.transport.writelines((head, body))  # not copied once more
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
