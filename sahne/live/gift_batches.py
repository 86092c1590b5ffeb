"""Gifts in batches: those that come while others are on their way to the database go together, in one statement.

A server has one batch on its way at a time, so that two of its own never want one wallet, and what comes meanwhile is
the next one; a gift that finds none on its way goes at once, with whoever came in the same moment. A batch happens as a
whole or not at all (`private.send_gifts`). What it leaves undone, and all of one that failed, goes step by step
(`private.send_gift`), in their order for each sender, where nobody's failure is another's; a gift's key sees to it that
nothing happens twice. Whoever stops waiting stops nobody's gift but one that has not left yet.

a gift comes → all that wait are sent → answers → … → nobody waits; `close` lets what began end
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

GIFTS_OF_A_BATCH_MAX = 64
WAITING_MAX = 2_000
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


@dataclass(frozen=True, slots=True)
class GiftsSent:
    """So many gifts were sent together, or their answers given again."""

    gifts: int


class GiftBatches:
    """A server's gifts that wait, and whether others are on their way; `close` it before the database goes."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._waiting: deque[AskedGift] = deque()
        self._is_sending = False
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
        if self._is_closing:
            raise Unavailable("The server is stopping.", hint="Try again in a second.")
        if len(self._waiting) >= WAITING_MAX:
            raise ConnectionsBusy(details=f"{WAITING_MAX} gifts are waiting already")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        deadline = loop.time() + WAIT_SECONDS_MAX
        self._waiting.append(AskedGift(actor=actor, values=values, answer=answer, deadline=deadline))
        if not self._is_sending:
            self._is_sending = True
            self._spawn(self._send_all())
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

    async def _send_all(self) -> None:
        """Send what waits → answer → send what has come meanwhile → … until nothing has."""
        try:
            while batch := self._take(asyncio.get_running_loop().time()):
                await self._send(batch)
        finally:
            self._is_sending = False

    def _take(self, now: float) -> list[AskedGift]:
        """The next batch, without those whom nobody waits for any more or who have waited too long."""
        batch: list[AskedGift] = []
        while self._waiting and len(batch) < GIFTS_OF_A_BATCH_MAX:
            gift = self._waiting.popleft()
            if gift.deadline <= now:
                _refuse(gift, ConnectionsBusy(details=f"it did not get away within {WAIT_SECONDS_MAX:g} s"))
            elif not gift.answer.done():
                batch.append(gift)
        return batch

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
        if sent := sum(answer is not None for answer in answers):
            observe(GiftsSent(sent))
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
                observe(GiftsSent(1))
                if not gift.answer.done():
                    gift.answer.set_result(answer)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)


def _columns_of(batch: Sequence[AskedGift]) -> dict[str, tuple[Any, ...]]:
    """What `send_gifts` takes: each value of `send_gift` as an array, and who sends."""
    columns = {name: tuple([gift.values[name] for gift in batch]) for name in batch[0].values}
    return columns | {"sender_id": tuple([gift.actor.user_id for gift in batch])}


def _refuse(gift: AskedGift, error: Exception) -> None:
    if not gift.answer.done():
        gift.answer.set_exception(error)
