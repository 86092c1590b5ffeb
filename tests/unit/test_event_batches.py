"""Events that come together are written together; what is answered is written, and what is not was refused."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from sahne.analytics import event_batches
from sahne.analytics.errors import ReporterGone, ReporterSuspended, TooManyEvents
from sahne.analytics.event_batches import EVENTS_OF_A_BATCH, WAITING_EVENTS_MAX, EventBatches, Receipt
from sahne.analytics.events import read_events
from sahne.database.reach import DatabaseUnreachable
from sahne.database.result import ConnectionsBusy
from sahne.errors import Unavailable

pytestmark = pytest.mark.anyio


class Far:
    """A database far away: it hears at once and answers when it is let. An event's name says what becomes of it."""

    def __init__(self) -> None:
        self.heard: list[list[dict[str, Any]]] = []
        self.answers = asyncio.Event()
        self.failure: Exception | None = None
        self.spoils = ""  # no batch with an event of this name can be written

    async def write(self, users: tuple[UUID, ...], rows: bytes) -> list[tuple[int, str]]:
        events = orjson.loads(rows)
        assert {str(user) for user in users} == {each["user_id"] for each in events if each["user_id"]}
        self.heard.append(events)
        await self.answers.wait()
        if self.failure or self.spoils in {each["event_name"] for each in events}:
            raise self.failure or RuntimeError("spoilt")
        return [(each["n"], each["event_name"]) for each in events if each["event_name"] != "new"]


@pytest.fixture
def far() -> Far:
    return Far()


@pytest.fixture
def batches(far: Far) -> EventBatches:
    return EventBatches(far.write)


def events(*names: str) -> Any:
    moment = "2026-11-01T10:00:00Z"
    return read_events([{"id": str(uuid4()), "event_name": name, "created_at": moment} for name in names])


async def reports(batches: EventBatches, *requests: Any, user: UUID | None = None) -> list[asyncio.Task[Receipt]]:
    """Sent in this order; what is at rest has been set going."""
    tasks = [asyncio.create_task(batches.report(user, each)) for each in requests]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_the_first_goes_at_once_and_what_comes_meanwhile_goes_together(far: Far, batches: EventBatches) -> None:
    first = await reports(batches, events("new"), user=uuid4())
    later = await reports(batches, *[events("new", "new")] * 3)
    assert [len(batch) for batch in far.heard] == [1]
    assert not any(task.done() for task in first + later), "nobody is told before it is written"
    far.answers.set()
    receipts = await asyncio.gather(*first, *later)
    assert [len(batch) for batch in far.heard] == [1, 6]
    assert [receipt.accepted for receipt in receipts] == [1, 2, 2, 2]


async def test_a_batch_is_of_whole_requests_and_has_a_bound(far: Far, batches: EventBatches) -> None:
    half = events(*["new"] * (EVENTS_OF_A_BATCH // 2 + 1))
    tasks = await reports(batches, events("new")) + await reports(batches, *[half] * 4)
    far.answers.set()
    await asyncio.gather(*tasks)
    assert [len(batch) for batch in far.heard] == [1, 2 * len(half.events), 2 * len(half.events)]


async def test_each_request_is_told_of_its_own(far: Far, batches: EventBatches) -> None:
    far.answers.set()
    mixed = read_events(["no event", *(_named("new"), _named("repeated"), _named("too_large"), _named("ignored"))])
    before, receipt, after = await asyncio.gather(
        *await reports(batches, events("new"), mixed, events("repeated", "new"))
    )
    assert (before.accepted, after.accepted, after.repeated) == (1, 1, 1)
    assert (receipt.accepted, receipt.repeated, receipt.ignored) == (1, 1, 1)
    assert [(fault.index, fault.code) for fault in receipt.faults] == [(0, "invalid_event"), (3, "invalid_event")]


def _named(name: str) -> dict[str, str]:
    return {"id": str(uuid4()), "event_name": name, "created_at": "2026-11-01T10:00:00Z"}


@pytest.mark.parametrize(("why", "refusal"), [("suspended", ReporterSuspended), ("gone", ReporterGone)])
async def test_whose_account_is_no_more_is_refused_and_nobody_else(
    far: Far, batches: EventBatches, why: str, refusal: type[Exception]
) -> None:
    far.answers.set()
    theirs, others = await reports(batches, events(why, why), events("new"))
    with pytest.raises(refusal):
        await theirs
    assert (await others).accepted == 1


async def test_a_request_that_spoils_its_batch_spoils_no_other(far: Far, batches: EventBatches) -> None:
    far.spoils = "odd"
    first = await reports(batches, events("new"))
    spoilt, fine = await reports(batches, events("odd"), events("new"))
    far.answers.set()
    assert [(await each).accepted for each in (*first, fine)] == [1, 1]
    with pytest.raises(RuntimeError):
        await spoilt


@pytest.mark.parametrize("failure", [ConnectionsBusy(), DatabaseUnreachable()])
async def test_without_a_database_all_are_told_so_and_nothing_is_tried_again(
    far: Far, batches: EventBatches, failure: Exception
) -> None:
    far.failure = failure
    tasks = await reports(batches, events("new")) + await reports(batches, events("new"), events("new"))
    far.answers.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(each) for each in answers} == {type(failure)}
    assert len(far.heard) == 2


async def test_more_than_may_wait_is_refused_at_once_with_a_time_to_come_again(far: Far, batches: EventBatches) -> None:
    thousand = events(*["new"] * 1000)
    tasks = await reports(batches, events("new")) + await reports(batches, *[thousand] * (WAITING_EVENTS_MAX // 1000))
    with pytest.raises(TooManyEvents) as refused:
        await batches.report(None, events("new"))
    assert refused.value.status == 429
    assert refused.value.details == {"retry_after_seconds": 1}
    far.answers.set()
    assert sum([(await task).accepted for task in tasks]) == WAITING_EVENTS_MAX + 1
    assert (await batches.report(None, events("new"))).accepted == 1, "there is room again"


async def test_what_waits_too_long_is_refused_and_not_written(
    far: Far, batches: EventBatches, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = await reports(batches, events("new"))
    monkeypatch.setattr(event_batches, "WAIT_SECONDS_MAX", 0.0)
    (late,) = await reports(batches, events("new"))
    far.answers.set()
    await first
    with pytest.raises(TooManyEvents):
        await late
    assert len(far.heard) == 1


async def test_who_has_gone_before_is_not_written(far: Far, batches: EventBatches) -> None:
    (first,) = await reports(batches, events("new"))
    (gone,) = await reports(batches, events("new"))
    gone.cancel()
    far.answers.set()
    await first
    await batches.close()
    assert len(far.heard) == 1


async def test_a_server_that_stops_writes_what_it_took_and_takes_no_more(far: Far, batches: EventBatches) -> None:
    tasks = await reports(batches, events("new")) + await reports(batches, events("new", "new"))
    closing = asyncio.create_task(batches.close())
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await batches.report(None, events("new"))
    far.answers.set()
    await closing
    assert [(await task).accepted for task in tasks] == [1, 2]


async def test_a_server_that_stops_without_a_database_tells_who_waits(
    far: Far, batches: EventBatches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_batches, "CLOSE_SECONDS_MAX", 0.01)
    tasks = await reports(batches, events("new")) + await reports(batches, events("new"))
    await batches.close()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(each, Unavailable | asyncio.CancelledError) for each in answers)


async def test_nothing_but_faults_asks_nobody(far: Far, batches: EventBatches) -> None:
    receipt = await batches.report(None, read_events(["no event"]))
    assert (receipt.accepted, len(receipt.faults), far.heard) == (0, 1, [])
