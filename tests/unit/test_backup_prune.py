"""Pruning keeps what the settings say, never fewer than two, never without the last verified one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahne.operations.backup.prune import KEPT_MIN, Dated, Retention, choose_kept

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)  # a Sunday
USUAL = Retention(daily=7, weekly=4, monthly=6)


def nightly(days: int, verified: int | None = None) -> list[Dated]:
    """One backup a day, the newest today; `verified` is the age in days of the one that is."""
    return [Dated(str(age), NOON - timedelta(days=age), age == verified) for age in range(days)]


def test_a_year_of_nights_leaves_seven_days_four_weeks_six_months() -> None:
    kept = sorted(map(int, choose_kept(nightly(365), USUAL)))
    days = [0, 1, 2, 3, 4, 5, 6]
    weeks = [0, 7, 14, 21]  # each ends on a Sunday
    months = [0, 22, 53, 83, 114, 145]  # the last days of October, September, August, July, June
    assert kept == sorted({*days, *weeks, *months})


def test_the_last_verified_one_stays_however_old() -> None:
    assert choose_kept(nightly(400, verified=399), USUAL) - choose_kept(nightly(400), USUAL) == {"399"}
    two = [*nightly(400, verified=399), Dated("older", NOON - timedelta(days=500), True)]
    assert "older" not in choose_kept(two, USUAL)


def test_of_several_on_a_day_the_newest_stays() -> None:
    hourly = [Dated(str(hours), NOON - timedelta(hours=hours), False) for hours in range(13)]
    assert choose_kept(hourly, Retention(1, 0, 0)) == {"0", "1"}  # two at least


def test_settings_of_nothing_keep_two() -> None:
    assert choose_kept(nightly(10), Retention(0, 0, 0)) == {"0", "1"}
    assert choose_kept([], USUAL) == set()


moments = st.datetimes(datetime(2024, 1, 1), datetime(2026, 11, 22)).map(lambda moment: moment.replace(tzinfo=UTC))
shelves = st.lists(st.tuples(moments, st.booleans()), max_size=60, unique_by=lambda each: each[0]).map(
    lambda found: [Dated(str(number), moment, verified) for number, (moment, verified) in enumerate(found)]
)
rules = st.builds(Retention, st.integers(0, 10), st.integers(0, 10), st.integers(0, 10))


@given(shelves, rules)
def test_whatever_there_is_and_whatever_the_rules(shelf: list[Dated], retention: Retention) -> None:
    kept = choose_kept(shelf, retention)
    newest_first = sorted(shelf, key=lambda each: each.created_at, reverse=True)
    assert kept <= {each.name for each in shelf}
    assert {each.name for each in newest_first[:KEPT_MIN]} <= kept
    assert {each.name for each in [each for each in newest_first if each.verified][:1]} <= kept
    assert len(kept) <= retention.daily + retention.weekly + retention.monthly + KEPT_MIN + 1
    for count, period in ((retention.daily, "%Y-%m-%d"), (retention.weekly, "%G-%V"), (retention.monthly, "%Y-%m")):
        wanted = sorted({each.created_at.strftime(period) for each in shelf}, reverse=True)[:count]
        assert set(wanted) <= {each.created_at.strftime(period) for each in shelf if each.name in kept}


@given(shelves, rules)
def test_pruning_again_removes_nothing_more(shelf: list[Dated], retention: Retention) -> None:
    kept = choose_kept(shelf, retention)
    assert choose_kept([each for each in shelf if each.name in kept], retention) == kept


@pytest.mark.parametrize("larger", [Retention(8, 4, 6), Retention(7, 5, 6), Retention(7, 4, 7)], ids=str)
def test_keeping_more_never_removes_more(larger: Retention) -> None:
    assert choose_kept(nightly(400), USUAL) <= choose_kept(nightly(400), larger)
