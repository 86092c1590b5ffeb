"""`backup prune`: which backups may go. Days, weeks and months each keep the newest backup they have.

The vocabulary is the usual one of grandfather, father and son: with 7, 4 and 6 there is one backup of each of the last
seven days, four weeks and six months that have one. Two are kept at least, and the last one that was verified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sahne.operations.backup.shelf import Backup, list_backups, remove_backup, shelf_lock

KEPT_MIN = 2


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days, weeks and months keep a backup each."""

    daily: int
    weekly: int
    monthly: int


@dataclass(frozen=True, slots=True)
class Dated:
    """A backup as pruning sees it."""

    name: str
    created_at: datetime
    verified: bool


def choose_kept(backups: Iterable[Dated], retention: Retention) -> set[str]:
    """The names to keep. A period is one of the calendar, in UTC; weeks are ISO's."""
    newest_first = sorted(backups, key=lambda each: each.created_at, reverse=True)
    names = {each.name for each in newest_first[:KEPT_MIN]}
    names |= {each.name for each in [each for each in newest_first if each.verified][:1]}
    periods: tuple[tuple[int, Callable[[datetime], tuple[int, ...]]], ...] = (
        (retention.daily, lambda moment: (moment.year, moment.month, moment.day)),
        (retention.weekly, lambda moment: moment.isocalendar()[:2]),
        (retention.monthly, lambda moment: (moment.year, moment.month)),
    )
    for count, period_of in periods:
        newest_of: dict[tuple[int, ...], str] = {}
        for each in newest_first:
            newest_of.setdefault(period_of(each.created_at), each.name)
        names |= set(list(newest_of.values())[:count])
    return names


def plan_prune(backups: list[Backup], retention: Retention) -> list[Backup]:
    """Those that would go, in the order they were given."""
    dated = [Dated(each.name, each.created_at, each.verified_at() is not None) for each in backups]
    names = choose_kept(dated, retention)
    return [backup for backup in backups if backup.name not in names]


def prune_backups(shelf: Path, retention: Retention) -> list[str]:
    """Remove what `plan_prune` names at this moment; the names.

    Raises:
        BackupUnderWay: another program makes or prunes backups here.
    """
    with shelf_lock(shelf):
        planned = plan_prune(list_backups(shelf), retention)
        for backup in planned:
            remove_backup(backup)
    return [backup.name for backup in planned]
