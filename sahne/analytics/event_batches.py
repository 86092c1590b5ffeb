"""Events in batches: those that come while others are on their way to the database go together, in one statement.

A request is answered when its events are committed, so that what is told taken is there whatever happens to the server
a moment later; what it keeps in memory is only what nobody was promised. A server has one batch on its way at a time.
What comes meanwhile is the next one, of whole requests up to some `EVENTS_OF_A_BATCH`: so the first of a quiet minute
waits for nothing, and a crowd pays for few commits. A batch happens as a whole or not at all; after one that failed
each request goes by itself, and nobody's failure is another's. More than may wait is refused at once, and none of it is
lost in silence.

events come → all that wait are written → answers → … → nobody waits; `close` lets what was taken be written
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from sahne.analytics.errors import ReporterGone, ReporterSuspended, TooManyEvents
from sahne.analytics.events import OBJECT_BYTES_MAX, EventFault, Reported
from sahne.database.actor import SERVICE
from sahne.database.pipeline import Pipeline
from sahne.database.reach import DatabaseUnreachable
from sahne.database.refusals import refusals
from sahne.database.result import ConnectionsBusy
from sahne.database.sql import load_queries
from sahne.errors import Unavailable
from sahne.telemetry import Failed, observe

EVENTS_OF_A_BATCH = 1_000
WAITING_EVENTS_MAX = 20_000
WAIT_SECONDS_MAX = 5.0
CLOSE_SECONDS_MAX = 10.0  # longer than any statement may run

QUERIES = load_queries(__package__)

# Of an event that was not taken
REPEATED, IGNORED, TOO_LARGE = "repeated", "ignored", "too_large"
REFUSALS = {"suspended": ReporterSuspended, "gone": ReporterGone}

LeftOut = dict[int, str]
# Takes the people of a batch and its rows as JSON; answers the rows that were left out, by their numbers, and why
Write = Callable[[tuple[UUID, ...], bytes], Awaitable[list[tuple[int, str]]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of the events of a request: `repeated` were there already, `ignored` are of who has opted out."""

    accepted: int
    repeated: int
    ignored: int
    faults: Sequence[EventFault]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One request's events; where it waits for what of them was left out, and until when in the loop's time."""

    user_id: UUID | None
    events: Sequence[Mapping[str, Any]]
    answer: asyncio.Future[LeftOut]
    deadline: float


@dataclass(frozen=True, slots=True)
class EventsTaken:
    """So many events of so many requests were written together."""

    events: int
    requests: int


class EventBatches:
    """A server's events that wait, and whether others are on their way; `close` it before the database goes."""

    def __init__(self, write: Write) -> None:
        self._write_rows = write
        self._waiting: deque[Waiting] = deque()
        self._waiting_events = 0
        self._writing: asyncio.Task[None] | None = None
        self._is_closing = False

    async def report(self, user_id: UUID | None, reported: Reported) -> Receipt:
        """Have them written, and answer when that is committed.

        Raises:
            TooManyEvents: too many wait already, or these waited too long; none was taken.
            ReporterSuspended, ReporterGone: whose events they are.
            Unavailable: the server is stopping, or the database does not answer.
        """
        left_out = await self._written(user_id, reported.events) if reported.events else {}
        whys = Counter(left_out.values())
        for why in whys.keys() & REFUSALS.keys():
            raise REFUSALS[why]()
        too_large = [reported.places[place] for place, why in left_out.items() if why == TOO_LARGE]
        message = f"its properties or its device hold more than {OBJECT_BYTES_MAX} bytes as they are kept"
        faults = [*reported.faults, *(EventFault(place, "invalid_event", message) for place in too_large)]
        return Receipt(
            accepted=len(reported.events) - len(left_out),
            repeated=whys[REPEATED],
            ignored=whys[IGNORED],
            faults=sorted(faults, key=lambda fault: fault.index),
        )

    async def close(self) -> None:
        """Take no more; what was taken is written, within `CLOSE_SECONDS_MAX`."""
        self._is_closing = True
        if self._writing is None:
            return
        await asyncio.wait({self._writing}, timeout=CLOSE_SECONDS_MAX)
        self._writing.cancel()
        await asyncio.gather(self._writing, return_exceptions=True)
        while self._waiting:
            _refuse(self._waiting.popleft(), _stopping())

    async def _written(self, user_id: UUID | None, events: Sequence[Mapping[str, Any]]) -> LeftOut:
        if self._is_closing:
            raise _stopping()
        if self._waiting_events + len(events) > WAITING_EVENTS_MAX:
            raise TooManyEvents()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[LeftOut] = loop.create_future()
        deadline = loop.time() + WAIT_SECONDS_MAX
        self._waiting.append(Waiting(user_id=user_id, events=events, answer=answer, deadline=deadline))
        self._waiting_events += len(events)
        if self._writing is None or self._writing.done():
            self._writing = loop.create_task(self._write_all(), context=Context())  # for all, not for this request
        try:
            return await answer
        finally:
            del answer  # a refusal holds this frame, and the future the refusal: a ring for the collector to find

    async def _write_all(self) -> None:
        """Write what waits → answer → write what has come meanwhile → … until nothing has."""
        while batch := self._take(asyncio.get_running_loop().time()):
            await self._write(batch)

    def _take(self, now: float) -> list[Waiting]:
        """The next batch, without those whom nobody waits for any more or who have waited too long."""
        batch: list[Waiting] = []
        events = 0
        while self._waiting and events < EVENTS_OF_A_BATCH:
            each = self._waiting.popleft()
            self._waiting_events -= len(each.events)
            if each.deadline <= now:
                _refuse(each, TooManyEvents())
            elif not each.answer.done():
                batch.append(each)
                events += len(each.events)
        return batch

    async def _write(self, batch: Sequence[Waiting]) -> None:
        try:
            left_out = await self._ask(batch)
        except asyncio.CancelledError:
            for each in batch:
                _refuse(each, _stopping())
            raise
        except (ConnectionsBusy, DatabaseUnreachable) as error:
            for each in batch:
                _refuse(each, type(error)(details=error.details, hint=error.hint))
        except Exception as error:  # nothing has happened; or all of it, and then it is told as repeated
            if len(batch) == 1:
                _refuse(batch[0], error)
                return
            observe(Failed.of(f"write the events of {len(batch)} requests as one", error))
            for each in batch:
                await self._write([each])
        else:
            observe(EventsTaken(sum(len(each.events) for each in batch) - sum(map(len, left_out)), len(batch)))
            for each, theirs in zip(batch, left_out, strict=True):
                if not each.answer.done():
                    each.answer.set_result(theirs)

    async def _ask(self, batch: Sequence[Waiting]) -> list[LeftOut]:
        """What of each request was left out, by the places of its events."""
        rows = [{**event, "user_id": each.user_id} for each in batch for event in each.events]
        for n, row in enumerate(rows):
            row["n"] = n
        users = tuple(sorted({each.user_id for each in batch if each.user_id}, key=str))
        return _by_request(batch, await self._write_rows(users, orjson.dumps(rows)))


async def write_events(pipeline: Pipeline, users: tuple[UUID, ...], rows: bytes) -> list[tuple[int, str]]:
    """The batches' way to the database.

    Raises:
        SahneError: what the database refuses; nothing has happened then.
    """
    with refusals():
        result = await pipeline.run(SERVICE, QUERIES["report_events"], {"users": users, "events": rows})
    left_out: list[tuple[int, str]] = result.json()
    return left_out


def _by_request(batch: Sequence[Waiting], left_out: Sequence[tuple[int, str]]) -> list[LeftOut]:
    """From places in the batch, in their order, to those in each request."""
    answers: list[LeftOut] = []
    told = iter(left_out)
    n, why = next(told, (-1, ""))
    begin = 0
    for each in batch:
        end = begin + len(each.events)
        theirs: LeftOut = {}
        while begin <= n < end:
            theirs[n - begin] = why
            n, why = next(told, (-1, ""))
        answers.append(theirs)
        begin = end
    return answers


def _stopping() -> Unavailable:
    return Unavailable("The server is stopping.", hint="Send them again in a second.")


def _refuse(waiting: Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)
