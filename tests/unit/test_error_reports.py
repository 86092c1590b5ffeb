"""Reports of failures: what they may say, how many there may be, and what whoever keeps them may ask for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from sahne.errors import SetupError
from sahne.providers.error_reports import Report
from sahne.providers.error_reports.reporter import REPORTS_PER_MINUTE_MAX, WAITING_MAX, Reporter
from sahne.providers.error_reports.sentry import Sentry
from sahne.settings.reading import read_settings
from sahne.telemetry import Failed, Frame
from sahne.watching_rules import dsn_in, headers_in
from tests.posted import posted_to

pytestmark = pytest.mark.anyio


def report(kind: str = "KeyError", line: int = 1) -> Report:
    return Report(kind=kind, doing="ask", frames=(Frame("sahne.x", "f", line),), request_id=None, happened_at=0.0)


def failure(line: int) -> Failed:
    return Failed("ask", "KeyError: 'ada@example.com'", kind="KeyError", frames=(Frame("sahne.x", "f", line),))


@dataclass
class Kept:
    """Keeps reports, once it may."""

    reports: list[Report] = field(default_factory=list)
    may: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, report: Report) -> float:
        await self.may.wait()
        self.reports.append(report)
        return 0.0


@pytest.mark.parametrize(
    ("what", "doing"),
    [
        ("GET /rest/v1/profiles", "GET"),
        ("end_sessions of 6f1c3a52-0000-4000-8000-000000000001", "end_sessions of"),
        ("keys of https://ada.supabase.co/auth/v1", "keys of"),
        ("write to ada@example.com", "write to"),
        ("send webhooks", "send webhooks"),
        ("GET /storage/v1/object/photos/u/x Ada Lovelace divorce papers.pdf", "GET"),
    ],
)
async def test_of_what_was_done_the_plain_words_are_told(what: str, doing: str) -> None:
    told = Report.of(Failed(what, "ada: she said no"))
    assert (told.doing, told.kind) == (doing, "Failure")


async def test_of_an_error_its_class_is_told_and_where_it_was_not_what_it_says() -> None:
    try:
        raise LookupError("ada@example.com is gone")
    except LookupError as error:
        told = Report.of(Failed.of("ask", error))
    assert told.kind == "LookupError"
    assert told.frames[-1].function == "test_of_an_error_its_class_is_told_and_where_it_was_not_what_it_says"
    assert "ada" not in repr(told)


async def test_the_same_is_told_once_and_of_many_others_no_more_than_a_minute_has() -> None:
    kept = Kept()
    reporter = Reporter(kept)
    working = asyncio.create_task(reporter.work())
    for line in (*[0] * 10, *range(2 * WAITING_MAX)):
        reporter.hear(failure(line))
    kept.may.set()
    while len(kept.reports) < REPORTS_PER_MINUTE_MAX:  # noqa: ASYNC110 each turn of the loop sends one
        await asyncio.sleep(0)
    await reporter.drain()
    working.cancel()
    lines = [each.frames[0].line for each in kept.reports]
    assert lines[:2] == [0, 1]
    assert REPORTS_PER_MINUTE_MAX <= len(lines) <= WAITING_MAX + 1, "a minute may have ended in between"
    assert len(set(lines)) == len(lines)


async def test_who_does_not_answer_holds_up_nobody_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sahne.providers.error_reports.reporter.END_SECONDS_MAX", 0.01)
    reporter = Reporter(Kept())
    working = asyncio.create_task(reporter.work())
    reporter.hear(failure(1))
    await asyncio.sleep(0)
    await reporter.drain()
    working.cancel()


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (200, {}, 0),
        (503, {}, 0),
        (429, {}, 60),
        (429, {"Retry-After": "7"}, 7),
        (200, {"X-Sentry-Rate-Limits": "30:error;security:organization"}, 30),
        (200, {"X-Sentry-Rate-Limits": "60:transaction:organization"}, 0),
        (200, {"X-Sentry-Rate-Limits": "60:transaction:organization, 9::organization"}, 9),
        (429, {"X-Sentry-Rate-Limits": "999999::organization"}, 3600),
    ],
)
async def test_whoever_keeps_them_is_given_the_rest_they_ask_for(
    status: int, headers: dict[str, str], seconds: float
) -> None:
    with posted_to() as box:
        box.status, box.headers = status, headers
        dsn = dsn_in(f"{box.url.replace('://', '://' + 'k' * 8 + '@')}/1")
        assert dsn
        assert await Sentry(dsn, "server").send(report()) == seconds


async def test_whoever_is_not_there_is_passed_over() -> None:
    with posted_to() as box:
        dsn = dsn_in(f"{box.url.replace('://', '://' + 'k' * 8 + '@')}/1")
    assert dsn
    assert await Sentry(dsn, "server").send(report()) == 0


async def test_settings_of_what_is_told_elsewhere_are_whole_or_refused() -> None:
    dsn = dsn_in("https://abcdef012345@o1.ingest.example.com:8443/before/4507")
    assert dsn
    assert dsn.envelopes_url == "https://o1.ingest.example.com:8443/before/api/4507/envelope/"
    assert dsn.key == "abcdef012345"
    assert headers_in("Authorization=Bearer a=b, x-team=two words") == {
        "authorization": "Bearer a=b",
        "x-team": "two words",
    }
    for wrong in ("https://example.com/1", "https://k@example.com/1", "ftp://abcdef012345@example.com/1", "x"):
        with pytest.raises(SetupError) as refused:
            read_settings(env_file=None, error_reports=wrong)
        assert "must look like https://KEY@" in str(refused.value.details)
    for wrong in ("authorization", "a b=c", "x=\n"):
        with pytest.raises(SetupError) as refused:
            read_settings(env_file=None, traces_headers=wrong)
        assert "must look like authorization=Bearer TOKEN" in str(refused.value.details)
