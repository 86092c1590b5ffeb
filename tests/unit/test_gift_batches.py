"""Gifts that come together leave together; nobody alone waits, and nobody's end is another's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from sahne.database.actor import Actor, user_actor
from sahne.database.refusals import Refused
from sahne.database.result import ConnectionsBusy
from sahne.errors import SahneError, Unavailable
from sahne.live import gift_batches
from sahne.live.gift_batches import GIFTS_OF_A_BATCH_MAX, WAITING_MAX, GiftBatches, GiftsSent
from sahne.telemetry import Failed, subscribe

pytestmark = pytest.mark.anyio


class Far:
    """A database far away: it hears at once and answers when it is let. A gift's key says what becomes of it."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.answers = asyncio.Event()
        self.failure: SahneError | None = None

    async def ask(self, _: Actor, verb: str, **values: Any) -> Any:
        self.heard.append((verb, values["key"]))
        await self.answers.wait()
        if verb == "send_gift":
            return self.stepped(values["key"])
        if self.failure:
            raise self.failure
        return [None if key.startswith("odd") else {"key": key} for key in values["key"]]

    def stepped(self, key: str) -> dict[str, str]:
        if key.endswith("refused"):
            raise Refused("insufficient_coins", 402)
        return {"key": key}


@pytest.fixture
def far() -> Far:
    return Far()


@pytest.fixture
def batches(far: Far) -> GiftBatches:
    return GiftBatches(far.ask)


@pytest.fixture
def failures() -> Iterator[list[Any]]:
    facts: list[Any] = []
    stop = subscribe(lambda fact: facts.append(fact) if isinstance(fact, Failed) else None)
    yield facts
    stop()


class Giver:
    """Somebody whose gifts go in the order in which they are asked for."""

    def __init__(self, batches: GiftBatches) -> None:
        self._batches = batches
        self._actor = user_actor(uuid4())

    async def gives(self, *keys: str) -> list[asyncio.Task[dict[str, Any]]]:
        """Asked for in this order; what is at rest has been set going."""
        tasks = [asyncio.create_task(self._batches.send(self._actor, key=key)) for key in keys]
        for _ in range(3):
            await asyncio.sleep(0)
        return tasks


@pytest.fixture
def bo(batches: GiftBatches) -> Giver:
    return Giver(batches)


async def test_one_alone_goes_at_once_and_who_comes_meanwhile_goes_together(far: Far, bo: Giver) -> None:
    first = await bo.gives("a")
    assert far.heard == [("send_gifts", ("a",))]
    others = [task for key in "bcd" for task in await bo.gives(key)]
    assert len(far.heard) == 1
    far.answers.set()
    assert await asyncio.gather(*first, *others) == [{"key": key} for key in "abcd"]
    assert far.heard[1:] == [("send_gifts", ("b", "c", "d"))]


async def test_who_comes_in_the_same_moment_goes_together(far: Far, bo: Giver) -> None:
    far.answers.set()
    await asyncio.gather(*await bo.gives("a", "b", "c"))
    assert far.heard == [("send_gifts", ("a", "b", "c"))]


async def test_a_batch_has_its_bound(far: Far, bo: Giver) -> None:
    far.answers.set()
    await asyncio.gather(*await bo.gives(*(str(number) for number in range(GIFTS_OF_A_BATCH_MAX + 1))))
    assert [len(keys) for _, keys in far.heard] == [GIFTS_OF_A_BATCH_MAX, 1]


async def test_one_batch_is_on_its_way_whoever_gives(far: Far, batches: GiftBatches) -> None:
    givers = [Giver(batches) for _ in range(10)]
    tasks = [task for giver in givers for task in await giver.gives("a", "b")]
    assert far.heard == [("send_gifts", ("a", "b"))]
    far.answers.set()
    await asyncio.gather(*tasks)
    assert far.heard[1:] == [("send_gifts", ("a", "b") * 9)]


async def test_what_is_sent_is_told_once_a_batch_and_what_is_refused_is_not(far: Far, bo: Giver) -> None:
    facts: list[Any] = []
    stop = subscribe(lambda fact: facts.append(fact) if isinstance(fact, GiftsSent) else None)
    far.answers.set()
    await asyncio.gather(*await bo.gives("a", "b", "odd", "odd and refused"), return_exceptions=True)
    stop()
    assert facts == [GiftsSent(2), GiftsSent(1)]


async def test_what_a_batch_leaves_goes_step_by_step_in_its_order_and_fails_alone(far: Far, bo: Giver) -> None:
    far.answers.set()
    tasks = await bo.gives("plain", "odd", "odd and refused", "odd again")
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert far.heard[1:] == [("send_gift", "odd"), ("send_gift", "odd and refused"), ("send_gift", "odd again")]
    assert [getattr(outcome, "code", outcome) for outcome in outcomes] == [
        {"key": "plain"}, {"key": "odd"}, "insufficient_coins", {"key": "odd again"},
    ]  # fmt: skip


async def test_a_batch_that_fails_is_sent_step_by_step(far: Far, bo: Giver, failures: list[Any]) -> None:
    far.failure = Unavailable()
    far.answers.set()
    outcomes = await asyncio.gather(*await bo.gives("a", "b", "is refused"), return_exceptions=True)
    assert [getattr(outcome, "code", outcome) for outcome in outcomes] == [
        {"key": "a"}, {"key": "b"}, "insufficient_coins",
    ]  # fmt: skip
    assert [failure.what for failure in failures] == ["send 3 gifts as one"]


async def test_when_every_connection_is_busy_nobody_asks_again(far: Far, bo: Giver) -> None:
    far.failure = ConnectionsBusy()
    far.answers.set()
    outcomes = await asyncio.gather(*await bo.gives("a", "b"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ConnectionsBusy] * 2
    assert outcomes[0] is not outcomes[1]
    assert len(far.heard) == 1


async def test_who_stops_waiting_stops_nobody_else(far: Far, bo: Giver) -> None:
    first, also_sent = await bo.gives("a", "b")
    waiting, waits_on = await bo.gives("c", "d")
    first.cancel()
    waiting.cancel()
    await asyncio.sleep(0)
    far.answers.set()
    assert await asyncio.gather(also_sent, waits_on) == [{"key": "b"}, {"key": "d"}]
    assert far.heard == [("send_gifts", ("a", "b")), ("send_gifts", ("d",))]


async def test_too_many_do_not_wait(far: Far, bo: Giver) -> None:
    tasks = await bo.gives("first")
    tasks += await bo.gives(*(str(number) for number in range(WAITING_MAX)))
    with pytest.raises(ConnectionsBusy):
        await asyncio.gather(*await bo.gives("one more"))
    far.answers.set()
    assert len(await asyncio.gather(*tasks)) == WAITING_MAX + 1


async def test_nobody_waits_too_long(far: Far, bo: Giver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gift_batches, "WAIT_SECONDS_MAX", 0.0)
    with pytest.raises(ConnectionsBusy):
        await asyncio.gather(*await bo.gives("late"))
    assert far.heard == []


async def test_closing_lets_what_began_end_and_takes_no_more(far: Far, batches: GiftBatches, bo: Giver) -> None:
    tasks = await bo.gives("a") + await bo.gives("b", "odd")
    closing = asyncio.create_task(batches.close())
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await asyncio.gather(*await bo.gives("late"))
    assert not closing.done()
    far.answers.set()
    await closing
    assert await asyncio.gather(*tasks) == [{"key": "a"}, {"key": "b"}, {"key": "odd"}]


async def test_closing_ends_what_does_not_end(
    far: Far, batches: GiftBatches, bo: Giver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gift_batches, "CLOSE_SECONDS_MAX", 0.01)
    tasks = await bo.gives("a") + await bo.gives("b")
    await batches.close()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError] * 2
    assert far.heard == [("send_gifts", ("a",))]
