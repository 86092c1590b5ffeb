"""Gifts in batches: those that come while others are on their way to the database go together, in one statement.

Who gives decides on which of a few lanes a gift goes. A lane has one batch on its way at a time, so that two batches of
a server never want one wallet; a gift that finds its lane at rest goes at once, with whoever came in the same moment.
A batch happens as a whole or not at all (`private.send_gifts`). What it leaves undone, and all of one that failed, goes
step by step (`private.send_gift`), in their order for each sender, where nobody's failure is another's; a gift's key
sees to it that nothing happens twice. Whoever stops waiting stops nobody's gift but one that has not left yet.

a gift comes → its lane sends all that wait → answers → … → nobody waits, the lane rests; `close` lets what began end
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sahne.database.actor import SERVICE, Actor
from sahne.database.result import ConnectionsBusy
from sahne.errors import Unavailable
from sahne.telemetry import Failed, observe

LANES = 2
GIFTS_OF_A_BATCH_MAX = 64
WAITING_MAX = 1_000  # on a lane
WAIT_SECONDS_MAX = 5.0
BATCH_SECONDS_MAX = 15.0  # longer than any statement may run
CLOSE_SECONDS_MAX = 5.0

Answer = dict[str, Any]
# Says a verb of `queries.sql` for an actor, as `Stage.ask` does
Ask = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedGift:
    """What the verb takes, by name; who asked; where they wait, and until when in the loop's time."""

    actor: Actor
    values: Mapping[str, Any]
    answer: asyncio.Future[Answer]
    deadline: float


class GiftBatches:
    """A server's lanes; `close` them before the database goes."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._lanes = [_Lane() for _ in range(LANES)]
        self._awaited: set[asyncio.Future[Answer]] = set()
        self._under_way: set[asyncio.Task[None]] = set()
        self._is_closing = False

    async def send(self, actor: Actor, **values: Any) -> Answer:
        """What the verb `send_gift` answers the actor.

        Raises:
            SahneError: what the database refuses, in its own words; nothing has happened then.
            ConnectionsBusy: too many wait already, or it took too long to get away.
            Unavailable: the server is stopping.
        """
        lane = self._lanes[hash(actor.user_id) % LANES]
        if self._is_closing:
            raise Unavailable("The server is stopping.", hint="Try again in a second.")
        if len(lane.waiting) >= WAITING_MAX:
            raise ConnectionsBusy(details=f"{WAITING_MAX} gifts are waiting already")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        deadline = loop.time() + WAIT_SECONDS_MAX
        lane.waiting.append(AskedGift(actor=actor, values=values, answer=answer, deadline=deadline))
        if not lane.is_busy:
            lane.is_busy = True
            self._spawn(self._empty(lane))
        self._awaited.add(answer)
        try:
            return await answer
        finally:
            self._awaited.discard(answer)
            del answer  # a refusal holds this frame, and the future the refusal: a ring for the collector to find

    async def close(self) -> None:
        """Take no more; what was taken is let end, within `CLOSE_SECONDS_MAX`."""
        self._is_closing = True
        try:
            async with asyncio.timeout(CLOSE_SECONDS_MAX):
                while self._under_way:
                    await asyncio.wait(self._under_way)
        except TimeoutError:
            for answer in self._awaited:
                answer.cancel()
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _empty(self, lane: _Lane) -> None:
        """Send what waits → answer → send what has come meanwhile → … until nothing has."""
        try:
            while batch := lane.take(asyncio.get_running_loop().time()):
                await self._send(batch)
        finally:
            lane.is_busy = False

    async def _send(self, batch: Sequence[AskedGift]) -> None:
        answers: list[Answer | None]
        try:
            async with asyncio.timeout(BATCH_SECONDS_MAX):
                answers = await self._ask(SERVICE, "send_gifts", **_columns_of(batch))
        except ConnectionsBusy as busy:
            for gift in batch:
                _refuse(gift, ConnectionsBusy(details=busy.details))
            return
        except Exception as error:  # nothing has happened; or all of it, and then the keys give its answers
            observe(Failed.of(f"send {len(batch)} gifts as one", error))
            answers = [None] * len(batch)
        undone: dict[object, list[AskedGift]] = {}
        for gift, answer in zip(batch, answers, strict=True):
            if answer is None:
                undone.setdefault(gift.actor.user_id, []).append(gift)
            elif not gift.answer.done():
                gift.answer.set_result(answer)
        for gifts in undone.values():
            self._spawn(self._send_each(gifts))

    async def _send_each(self, gifts: Sequence[AskedGift]) -> None:
        """One sender's, step by step: whether there is money for a later one depends on the earlier."""
        for gift in gifts:
            if gift.answer.done():
                continue
            try:
                answer = await self._ask(gift.actor, "send_gift", **gift.values)
            except Exception as error:
                _refuse(gift, error)
            else:
                if not gift.answer.done():
                    gift.answer.set_result(answer)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)


class _Lane:
    """Gifts that wait in their order, and whether somebody is sending them."""

    __slots__ = ("is_busy", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[AskedGift] = deque()
        self.is_busy = False

    def take(self, now: float) -> list[AskedGift]:
        """The next batch, without those whom nobody waits for any more or who have waited too long."""
        batch: list[AskedGift] = []
        while self.waiting and len(batch) < GIFTS_OF_A_BATCH_MAX:
            gift = self.waiting.popleft()
            if gift.deadline <= now:
                _refuse(gift, ConnectionsBusy(details=f"it did not get away within {WAIT_SECONDS_MAX:g} s"))
            elif not gift.answer.done():
                batch.append(gift)
        return batch


def _columns_of(batch: Sequence[AskedGift]) -> dict[str, tuple[Any, ...]]:
    """What `send_gifts` takes: each value of `send_gift` as an array, and who sends."""
    columns = {name: tuple([gift.values[name] for gift in batch]) for name in batch[0].values}
    return columns | {"sender_id": tuple([gift.actor.user_id for gift in batch])}


def _refuse(gift: AskedGift, error: Exception) -> None:
    if not gift.answer.done():
        gift.answer.set_exception(error)
