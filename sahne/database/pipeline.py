"""One statement as an actor in one round trip: the hot path of the Data API, open to every door.

`await pipeline.run(actor, b"select … where id = $1", [id])` sends, as one batch over a connection of its own,
what makes the actor (role, claims, bounds) and the statement, and answers after the server has committed.
Connections are kept up in the background: connect → serve → lost → back off → connect; while none is up,
requests are refused at once, so that clients can try again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextvars import Context
from typing import Any

from psycopg import Error

from sahne import tracing
from sahne.backoff import Backoff
from sahne.database.acting import BECOME, BECOME_FOR_REQUEST, Bounds, RequestFacts, who
from sahne.database.actor import Actor
from sahne.database.collisions import TRIES_MAX, was_undone
from sahne.database.long_answers import Turns
from sahne.database.parameters import numbered, text_of
from sahne.database.reach import DatabaseUnreachable
from sahne.database.result import ConnectionsBusy, Result, StatementFailed, nul_refused
from sahne.database.slot import NAME_TAKEN, NAME_UNKNOWN, Batch, Command, Slot
from sahne.database.sql import POSTGRESQL, query_name
from sahne.telemetry import Failed, observe

WAIT_SECONDS_MAX = 5.0
WAITING_MAX = 1_000
FIRST_CONNECTION_SECONDS_MAX = 5.0
BACK_OFF_SECONDS_MIN = 0.05
BACK_OFF_SECONDS_MAX = 2.0
ABANDONED_SECONDS_MAX = 5.0
ABANDONED_LOOK_SECONDS = 0.05
SWEEP_SECONDS = 0.25
PREPARED_STATEMENTS_MAX = 512  # that a connection keeps

SET = b"select set_config($1, $2, true)"


class Pipeline:
    """A bounded set of connections, each serving one batch at a time and keeping some prepared statements."""

    def __init__(
        self,
        url: str,
        *,
        connections: int = 8,
        statement_timeout_seconds: float = 8.0,
        statements_max: int = PREPARED_STATEMENTS_MAX,
        waiting_max: int = WAITING_MAX,
        wait_seconds_max: float = WAIT_SECONDS_MAX,
        first_connection_seconds_max: float = FIRST_CONNECTION_SECONDS_MAX,
    ) -> None:
        self._waiting_max = waiting_max
        self._wait_seconds_max = wait_seconds_max
        self._first_connection_seconds_max = first_connection_seconds_max
        self._bounds = {each: Bounds.of(statement_timeout_seconds, read_only=each) for each in (False, True)}
        turns = Turns()
        self._slots = [
            Slot(url, self._release, self._lose, statements_max=statements_max, turns=turns) for _ in range(connections)
        ]
        self._free: list[Slot] = []  # the last one used is the first one used again: its server process is warm
        self._waiting: deque[Batch] = deque()
        self._sweep: asyncio.TimerHandle | None = None
        self._interrupting: set[Slot] = set()
        self._renewing: set[Slot] = set()
        self._keeping: set[asyncio.Task[None]] = set()
        self._open = False
        self._last_error = ""

    async def __aenter__(self) -> Pipeline:
        self._open = True
        first = asyncio.Event()
        for slot in self._slots:
            self._keep(slot, first)
        try:
            async with asyncio.timeout(self._first_connection_seconds_max):
                await first.wait()
        except TimeoutError:
            observe(Failed("connect to the database", self._last_error))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open = False
        for task in list(self._keeping):
            task.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        if self._sweep is not None:
            self._sweep.cancel()
        for slot in self._slots:
            slot.drop(DatabaseUnreachable(details="the server is stopping"))

    async def run(
        self,
        actor: Actor,
        statement: bytes,
        parameters: Sequence[Any] | Mapping[str, Any] = (),
        *,
        read_only: bool = False,
        request: RequestFacts | None = None,
        settings: Sequence[tuple[bytes, bytes]] = (),
        before: bytes | None = None,
        statement_timeout_ms: int | None = None,
        check: Callable[[Result], None] | None = None,
        keep: bool = True,
    ) -> Result:
        """Run one statement as `actor` in a transaction of its own and answer when that is committed.

        `parameters` are for `$1 …`, or a mapping for `%(name)s`; values travel as text. `settings` hold for
        this transaction alone; `before` is a statement without parameters, run ahead of it. `check` looks at the
        result before the commit and may raise to roll back (a second round trip). `keep=False` rolls back in any case
        (`Prefer: tx=rollback`). `statement_timeout_ms` replaces the pipeline's own.

        Raises:
            StatementFailed: PostgreSQL refused it, at the latest at commit.
            DatabaseUnreachable: no connection is up, or it broke while the answer was awaited.
            ConnectionsBusy: no connection came free within `wait_seconds_max`.
        """
        as_written = statement
        if isinstance(parameters, Mapping):
            statement, names = numbered(statement)
            parameters = [parameters[name] for name in names]
        bounds = self._bounds[read_only]
        if statement_timeout_ms is not None:
            bounds = bounds._replace(timeout=f"{statement_timeout_ms}ms")
        commands = [_become(actor, bounds, request)]
        if settings:
            commands += [Command(SET, pair) for pair in settings]
        if before is not None:
            commands.append(Command(before, (), actor.role))
        commands.append(Command(statement, _values(parameters), actor.role))
        if tracing.current() is None:  # the hot path
            return await self._try(commands, check, keep)
        with tracing.span(query_name(as_written), "client", POSTGRESQL):
            return await self._try(commands, check, keep)

    async def _try(self, commands: Sequence[Command], check: Callable[[Result], None] | None, keep: bool) -> Result:
        is_stale = False
        for _ in range(TRIES_MAX - 1):
            try:
                return await self._attempt(commands, check, keep, anew=is_stale)
            except StatementFailed as failure:
                became_stale = not is_stale and _is_stale(failure)
                if not became_stale and not was_undone(failure):
                    raise
            # rolled back as a whole, so that again is safe; with nothing prepared it cannot be stale again
            if became_stale:
                is_stale = True
                for slot in self._slots:
                    slot.forget(commands)
        return await self._attempt(commands, check, keep, anew=is_stale)

    @property
    def idle(self) -> int:
        """How many connections nobody uses."""
        return len(self._free)

    def statistics(self) -> dict[str, int]:
        """Connections up, free of them, and requests waiting for one."""
        return {
            "connections": sum(slot.is_connected for slot in self._slots),
            "free": len(self._free),
            "waiting": len(self._waiting),
        }

    async def _attempt(
        self, commands: Sequence[Command], check: Callable[[Result], None] | None, keep: bool, *, anew: bool = False
    ) -> Result:
        future = asyncio.get_running_loop().create_future
        batch = Batch(commands, future(), hold=check is not None or not keep, anew=anew)
        if self._free:
            self._free.pop().send(batch)
        else:
            self._queue(batch)
        try:
            result = await batch.answer
        except BaseException as failure:
            self._clear_up(batch, failure)
            del batch  # a failure holds this frame, and the batch the failure: a ring for the garbage collector to find
            raise
        if not batch.hold:
            return result
        slot = _slot_of(batch)
        try:
            if check is not None:
                check(result)
        except BaseException:
            _ignore(slot.end(commit=False))
            raise
        await slot.end(commit=keep)
        return result

    def _clear_up(self, batch: Batch, failure: BaseException) -> None:
        if isinstance(failure, asyncio.CancelledError):
            self._abandon(batch)
        elif isinstance(failure, StatementFailed) and batch.hold:
            _ignore(_slot_of(batch).end(commit=False))

    @property
    def _is_reachable(self) -> bool:
        return bool(self._renewing) or any(slot.is_connected for slot in self._slots)

    def _queue(self, batch: Batch) -> None:
        """Wait for a slot: whichever is released first sends the batch at once, before anybody is woken."""
        if not self._is_reachable:
            raise DatabaseUnreachable(details=self._last_error or None, hint="Try again in a second.")
        if len(self._waiting) >= self._waiting_max:
            raise ConnectionsBusy(details=f"{self._waiting_max} requests are waiting already")
        loop = batch.answer.get_loop()
        batch.deadline = loop.time() + self._wait_seconds_max
        self._waiting.append(batch)
        if self._sweep is None:
            self._sweep = loop.call_later(SWEEP_SECONDS, self._expire)

    def _abandon(self, batch: Batch) -> None:
        """Who asked was cancelled: a batch that waits is passed over, one that runs is stopped, one held undone."""
        slot, answer = batch.slot, batch.answer
        if slot is None or not slot.is_serving(answer):
            return
        if answer.cancelled():
            self._interrupt(slot)
        else:
            _ignore(slot.end(commit=False))

    def _expire(self) -> None:
        """One timer for everybody who waits: the first in line is always the oldest."""
        loop = asyncio.get_running_loop()
        while self._waiting and (self._waiting[0].answer.done() or self._waiting[0].deadline <= loop.time()):
            answer = self._waiting.popleft().answer
            if not answer.done():
                answer.set_exception(ConnectionsBusy(details=f"none came free within {self._wait_seconds_max:g} s"))
        self._sweep = loop.call_later(SWEEP_SECONDS, self._expire) if self._waiting else None

    def _release(self, slot: Slot) -> None:
        if slot in self._interrupting:
            return
        if slot.is_grown:
            self._renew(slot)
            return
        while self._waiting:
            batch = self._waiting.popleft()
            if not batch.answer.done():
                slot.send(batch)
                return
        self._free.append(slot)

    def _lose(self, slot: Slot) -> None:
        if slot in self._free:
            self._free.remove(slot)
        if not self._open:
            return
        self._keep(slot, None)
        self._refuse_unreachable()

    def _refuse_unreachable(self) -> None:
        while self._waiting and not self._is_reachable:
            answer = self._waiting.popleft().answer
            if not answer.done():
                answer.set_exception(DatabaseUnreachable(hint="Try again in a second."))

    def _renew(self, slot: Slot) -> None:
        """Give a connection's memory back with it; who waits meanwhile waits for the next."""
        self._renewing.add(slot)
        slot.drop(DatabaseUnreachable())

    def _interrupt(self, slot: Slot) -> None:
        """Who asked is gone: stop the statement; the slot serves again once the server has said its last."""
        self._interrupting.add(slot)
        self._spawn(self._stop(slot))

    async def _stop(self, slot: Slot) -> None:
        """Ask the server to cancel → give it time → serve again, or drop the connection."""
        try:
            async with asyncio.timeout(ABANDONED_SECONDS_MAX):
                await asyncio.to_thread(slot.canceller())
                while slot.is_busy:  # noqa: ASYNC110 - rare, and the slot must not carry an event for it
                    await asyncio.sleep(ABANDONED_LOOK_SECONDS)
        except (TimeoutError, Error):
            slot.drop(DatabaseUnreachable(details="the statement could not be stopped"))
        finally:
            self._interrupting.discard(slot)
        if slot.is_connected and not slot.is_busy:
            self._release(slot)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, context=Context())  # no request's, however it came to it
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    def _keep(self, slot: Slot, first: asyncio.Event | None) -> None:
        self._spawn(self._connect(slot, first))

    async def _connect(self, slot: Slot, first: asyncio.Event | None) -> None:
        """Try → wait, twice as long each time up to the bound → try, until the slot is up."""
        backoff = Backoff(BACK_OFF_SECONDS_MIN, BACK_OFF_SECONDS_MAX)
        while True:
            try:
                await slot.connect()
                break
            except (Error, OSError) as error:
                self._last_error = str(error).strip().partition("\n")[0]
                self._renewing.discard(slot)
                self._refuse_unreachable()
            await asyncio.sleep(backoff.next_seconds())
        self._last_error = ""
        self._renewing.discard(slot)
        if first is not None:
            first.set()
        self._release(slot)


def _slot_of(batch: Batch) -> Slot:
    assert batch.slot is not None, "an answered batch was sent"
    return batch.slot


def _become(actor: Actor, bounds: Bounds, request: RequestFacts | None) -> Command:
    caller = who(actor.role, actor.claims, bounds)
    return Command(BECOME, caller) if request is None else Command(BECOME_FOR_REQUEST, caller + request)


def _values(parameters: Sequence[Any]) -> list[bytes | None]:
    values = [text_of(value) for value in parameters]
    for value in values:
        if value is not None and b"\0" in value:
            raise nul_refused()  # text ends at a NUL on its way: `a\0b` would arrive as `a`
    return values


def _ignore(ending: asyncio.Future[Result]) -> None:
    """A rollback nobody waits for: the slot reads its answer, whatever it is."""
    ending.add_done_callback(lambda future: future.cancelled() or future.exception())


def _is_stale(failure: StatementFailed) -> bool:
    """Whether a prepared statement no longer fits the schema, or is not on this session of a pooler's."""
    shared = failure.sqlstate in (NAME_UNKNOWN, NAME_TAKEN)
    return shared or (failure.sqlstate == "0A000" and "cached plan" in failure.message)
