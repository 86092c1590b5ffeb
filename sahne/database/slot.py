"""One connection in libpq's pipeline mode: a batch of statements is sent at once and read until answered.

Only this file sends a request's statements through `psycopg.pq`. A batch's answer is a future; a slot is ready for the
next batch only when the server said so (the sync), whatever became of who asked: so nobody ever reads another's answer.

Statements are prepared once and kept by the session, under a name made of the statement itself: behind a transaction
pooler slots share sessions, and what one of them finds there under that name can only be this very statement. A slot
that notices (a name is unknown, or taken) keeps none from then on: what it keeps it could not count, nor take away.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import NamedTuple

from psycopg import AsyncConnection, Error
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from sahne.database.libpq import listen_again, unread_bytes
from sahne.database.long_answers import LONG_ANSWER_BYTES, TURN_BYTES, Copied, Turns
from sahne.database.reach import DatabaseUnreachable
from sahne.database.result import Result, failure_of
from sahne.errors import SahneError
from sahne.remembered import Remembered

CONNECT_SECONDS_MAX = 5
APPLICATION_NAME = "sahne pipeline"
NAME_BYTES = 16
NAME_UNKNOWN, NAME_TAKEN = "26000", "42P05"

_FATAL_ERROR = int(ExecStatus.FATAL_ERROR)
_TUPLES_OK = int(ExecStatus.TUPLES_OK)
_COMMAND_OK = int(ExecStatus.COMMAND_OK)
_PIPELINE_SYNC = int(ExecStatus.PIPELINE_SYNC)

# what an outstanding command of a batch is; a name is that of a statement being prepared
_QUIET, _MAIN, _SYNC = 0, 1, 2

Parameters = Sequence[bytes | None]


class Command(NamedTuple):
    """One statement of a batch. `family` keeps plans apart that depend on who runs them (the role)."""

    sql: bytes
    parameters: Parameters = ()
    family: str = ""


class Batch:
    """Statements to be run as one transaction, the last one's result to come, and the slot that runs them.

    With `hold` the transaction is left open and `Slot.end` must follow. Without, it is committed when `answer` is
    done: PostgreSQL runs what lies between two syncs as one transaction. `anew` uses nothing that was prepared.
    """

    __slots__ = ("anew", "answer", "commands", "deadline", "hold", "slot")

    def __init__(
        self, commands: Sequence[Command], answer: asyncio.Future[Result], *, hold: bool, anew: bool = False
    ) -> None:
        self.commands = commands
        self.answer = answer
        self.hold = hold
        self.anew = anew
        self.slot: Slot | None = None
        self.deadline = 0.0  # of waiting for a slot, in the loop's time


class Slot:
    """`released` is told when the slot is ready again, `lost` when its connection is gone. `turns` are all slots'."""

    def __init__(
        self,
        url: str,
        released: Callable[[Slot], None],
        lost: Callable[[Slot], None],
        *,
        statements_max: int,
        turns: Turns,
    ) -> None:
        self._url = url
        self._released = released
        self._lost = lost
        self._turns = turns
        self._pg: PGconn | None = None
        self._descriptor = -1
        self._writing = False
        self._outstanding: deque[int | bytes] = deque()
        self._answer: asyncio.Future[Result] | None = None
        self._main: PGresult | Copied | None = None
        self._failure: SahneError | None = None
        self._holds_transaction = False
        self._prepared: Remembered[tuple[str, bytes], bytes] = Remembered(statements_max)
        self._preparing: dict[bytes, tuple[str, bytes]] = {}
        self._shares_session = False
        self._is_partial = False
        self._partial_bytes = 0  # of the answer, as far as is known
        self.is_grown = False  # an answer was long: libpq keeps the room for it as long as the connection lasts

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection to send on."""
        return self._pg is not None

    @property
    def is_busy(self) -> bool:
        """Whether the server still owes an answer."""
        return bool(self._outstanding) or self._holds_transaction

    async def connect(self) -> None:
        """Log in and enter pipeline mode.

        Raises:
            psycopg.Error: the server refuses or does not answer within `CONNECT_SECONDS_MAX`.
        """
        self._loop = asyncio.get_running_loop()
        connection = await AsyncConnection.connect(
            self._url,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS_MAX,
            application_name=APPLICATION_NAME,
            keepalives_idle=30,
            tcp_user_timeout=15_000,
        )
        pg = connection.pgconn
        pg.nonblocking = 1
        pg.enter_pipeline_mode()
        self._connection = connection  # kept: its notice handler is called by libpq
        self._pg = pg
        self._prepared.clear()
        self._preparing.clear()
        self._shares_session = False
        self._writing = False
        self.is_grown = False
        self._descriptor = pg.socket
        self._loop.add_reader(self._descriptor, self._read)

    def send(self, batch: Batch) -> None:
        """Send all commands at once; the batch's answer is the last one's result, or the first failure."""
        batch.slot = self
        self._answer = batch.answer
        self._main = self._failure = None
        self._is_partial = False
        self._partial_bytes = 0
        self._holds_transaction = batch.hold
        put = self._put_anew if batch.anew or self._shares_session else self._put
        try:
            pg = self._require()
            if batch.hold:
                self._put_anew(pg, Command(b"begin"), _QUIET)
            *before, main = batch.commands
            for command in before:
                put(pg, command, _QUIET)
            put(pg, main, _MAIN)
            self._push(pg, sync=not batch.hold)
        except Error as error:
            self.drop(DatabaseUnreachable(details=str(error).strip()))

    def end(self, *, commit: bool) -> asyncio.Future[Result]:
        """End the transaction `send(…, hold=True)` left open."""
        failed = self._failure is not None
        self._answer = answer = self._loop.create_future()
        self._failure = None
        self._is_partial = False
        self._partial_bytes = 0
        self._holds_transaction = False
        try:
            pg = self._require()
            if failed:  # the server skips everything until it sees a sync
                pg.pipeline_sync()
                self._outstanding.append(_SYNC)
            self._put_anew(pg, Command(b"commit" if commit and not failed else b"rollback"), _MAIN)
            self._push(pg, sync=True)
        except Error as error:
            self.drop(DatabaseUnreachable(details=str(error).strip()))
        return answer

    def forget(self, commands: Sequence[Command]) -> None:
        """Prepare these anew the next time (the schema changed under a plan)."""
        for command in commands:
            self._prepared.forget((command.family, command.sql))

    def is_serving(self, answer: asyncio.Future[Result]) -> bool:
        """Whether `answer` is what the slot is working on (and not a later one's)."""
        return self._answer is answer

    def canceller(self) -> Callable[[], None]:
        """A blocking call that asks the server to cancel what this slot is running."""
        return self._require().get_cancel().cancel

    def drop(self, failure: SahneError) -> None:
        """Give the connection up; who waits for an answer gets `failure`."""
        pg, self._pg = self._pg, None
        if pg is None:
            return
        # at once: libpq may have closed the descriptor already, and its number is soon another's
        self._loop.remove_reader(self._descriptor)
        self._loop.remove_writer(self._descriptor)
        pg.finish()
        self._turns.leave(self)
        self._outstanding.clear()
        self._holds_transaction = False
        self._main = None
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(failure)
        self._lost(self)

    def go_on(self) -> None:
        """See `Reader`."""
        self._loop.add_reader(self._descriptor, self._read)

    def _require(self) -> PGconn:
        if self._pg is None:
            raise DatabaseUnreachable()
        return self._pg

    def _put(self, pg: PGconn, command: Command, kind: int) -> None:
        key = (command.family, command.sql)
        name = self._prepared.find(key) or self._prepare(pg, key)
        pg.send_query_prepared(name, command.parameters)
        self._outstanding.append(kind)

    def _put_anew(self, pg: PGconn, command: Command, kind: int) -> None:
        """Parsed for this once, under no name: right on whatever session the transaction runs."""
        pg.send_query_params(command.sql, command.parameters)
        self._outstanding.append(kind)

    def _prepare(self, pg: PGconn, key: tuple[str, bytes]) -> bytes:
        name = name_of(*key)
        self._close(pg, name)  # what has this name is this statement; to close what is not there is no error
        pg.send_prepare(name, key[1])
        self._outstanding.append(name)
        self._preparing[name] = key
        if oldest := self._prepared.keep(key, name):
            self._close(pg, oldest[1])
        return name

    def _close(self, pg: PGconn, name: bytes) -> None:
        pg.send_close_prepared(name)
        self._outstanding.append(_QUIET)

    def _push(self, pg: PGconn, *, sync: bool) -> None:
        if sync:
            pg.pipeline_sync()
            self._outstanding.append(_SYNC)
        else:
            pg.send_flush_request()
        self._flush()

    def _flush(self) -> None:
        pg = self._pg
        if pg is None:
            return
        try:
            if pg.flush():
                self._loop.add_writer(self._descriptor, self._flush)
                self._writing = True
            elif self._writing:
                self._loop.remove_writer(self._descriptor)
                self._writing = False
        except Error as error:
            self.drop(DatabaseUnreachable(details=str(error).strip()))

    def _read(self) -> None:
        pg = self._pg
        if pg is None or (self._is_partial and not self._may_read_on()):
            return
        is_answered = False
        try:
            pg.consume_input()
            outstanding = self._outstanding
            while outstanding and not pg.is_busy():
                result = pg.get_result()
                while result is not None and result.status != _PIPELINE_SYNC:
                    self._take(result, outstanding[0])
                    result = pg.get_result()  # None, and at once: the end of a command comes with its result
                outstanding.popleft()
                if not outstanding:
                    is_answered = True
                    if self._is_partial:
                        self._turns.leave(self)  # of a failure, too
                    self._held() if result is None else self._synced()
            if not is_answered and self._pg is pg:
                self._is_partial = True
                listen_again(self._loop, self._descriptor, self._read)
        except Error as error:
            self.drop(DatabaseUnreachable(details=self._failure.message if self._failure else str(error).strip()))

    def _may_read_on(self) -> bool:
        """An answer that did not come whole is weighed from then on, before it is taken in."""
        known = self._partial_bytes + unread_bytes(self._descriptor)
        is_free = known <= TURN_BYTES and not self._turns.is_handing_over
        if is_free or self._turns.take(self):
            self._partial_bytes = known
            return True
        self._loop.remove_reader(self._descriptor)
        return False

    def _take(self, result: PGresult, kind: int | bytes) -> None:
        status = result.status
        if status in (_TUPLES_OK, _COMMAND_OK):
            if kind == _MAIN:
                self._main = self._copied(result) if self._is_partial else result
            elif isinstance(kind, bytes):
                self._preparing.pop(kind, None)
        elif status == _FATAL_ERROR and self._failure is None:
            self._failure = failure_of(result)
            if self._failure.sqlstate in (NAME_UNKNOWN, NAME_TAKEN):
                self._shares_session = True
        # else PIPELINE_ABORTED: an earlier command of the batch said why

    def _copied(self, result: PGresult) -> Copied:
        """The answer's own bytes; the turn ends here and not at the sync, since a commit may wait for who waits too."""
        copied = Copied.of(result)
        if max(self._partial_bytes, copied.size) > LONG_ANSWER_BYTES:
            self.is_grown = True
            self._turns.hand_over()
            self._loop.call_soon(self._turns.handed_over)  # that is after all who are answered now
        self._turns.leave(self)
        return copied

    def _held(self) -> None:
        """Everything sent so far is answered, the transaction is open."""
        answer = self._answer
        if answer is None or answer.cancelled():
            self.end(commit=False)
        else:
            self._give(answer)

    def _synced(self) -> None:
        answer, self._answer = self._answer, None
        if self._preparing:
            self._forget_unprepared()
        if answer is not None and not answer.cancelled():
            self._give(answer)
        self._main = None
        self._released(self)

    def _forget_unprepared(self) -> None:
        """What was to be prepared in a batch that failed before it."""
        for key in self._preparing.values():
            self._prepared.forget(key)
        self._preparing.clear()

    def _give(self, answer: asyncio.Future[Result]) -> None:
        if self._failure is not None:
            answer.set_exception(self._failure)
        elif self._main is not None:
            answer.set_result(Result(self._main))
        else:
            answer.set_exception(DatabaseUnreachable(details="the server gave no result"))


def name_of(family: str, statement: bytes) -> bytes:
    """The name under which a session keeps a statement: made of it, so that one name is one statement everywhere."""
    return b"sahne_" + blake2b(family.encode() + b"\0" + statement, digest_size=NAME_BYTES).hexdigest().encode()
