"""Order that keeps itself: new lines are shown to a moderator that is a program, and what it says is done.

start → read the lines written since the last look → ask → carry out → wait → … → stopped. Lines are read a few seconds
back, because one may commit after a later one; what was shown before is remembered and not shown again. Several servers
may look at once: a line is taken out once. What must not be written at all is for the list of blocked words, which is
asked before a line is there; this is for what a program has to think about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sahne.database.actor import SERVICE
from sahne.database.fetch import every, one
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.remembered import Remembered
from sahne.telemetry import observe

LINES_MAX = 1_000
LINES_REMEMBERED_MAX = 20_000
LOOK_BACK_SECONDS = 10

_QUERIES = load_queries(__package__, "automatic.sql")


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody wrote; `words` in the plain form of the blocked words, without accents, capitals and disguise."""

    id: UUID
    session_id: UUID
    content: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A line is taken out, and its writer writes nothing for `timeout_seconds` (0 is at once again)."""

    line_id: UUID
    reason: str
    timeout_seconds: int = 0


@dataclass(frozen=True, slots=True)
class LineTakenOut:
    """A program took a line out."""

    session_id: str
    reason: str


class AutoModerator(Protocol):
    """A program that reads along. What it does not name stays; when it fails, the lines are shown to it again."""

    async def judge(self, lines: Sequence[Line]) -> Sequence[Verdict]:
        """Which of these lines do not stay."""
        ...


class WatchedWords:
    """The one that comes along: a line with one of these words goes, and its writer pauses."""

    def __init__(self, words: Sequence[str], timeout_seconds: int) -> None:
        self._words = frozenset(word.strip().lower() for word in words if word.strip())
        self._timeout_seconds = timeout_seconds

    async def judge(self, lines: Sequence[Line]) -> Sequence[Verdict]:
        """Those with a watched word."""
        return [
            Verdict(line.id, "a watched word", self._timeout_seconds)
            for line in lines
            if not self._words.isdisjoint(line.words)
        ]


class Watch:
    """The work of the loop."""

    def __init__(self, database: Database, moderator: AutoModerator) -> None:
        self._database = database
        self._moderator = moderator
        self._seen: Remembered[UUID, bool] = Remembered(LINES_REMEMBERED_MAX)
        self._since: datetime | None = None

    async def work(self) -> bool:
        """Show what is new; True when there may be more."""
        async with self._database.transaction(SERVICE) as conn:
            self._since = self._since or (await one(conn, _QUERIES["a_moment_ago"]))["moment"]
            rows = await every(conn, _QUERIES["lines_since"], {"moment": self._since, "lines_max": LINES_MAX})
        lines = [
            Line(row["id"], row["session_id"], row["content"], tuple(row["words"]))
            for row in rows
            if not self._seen.find(row["id"])
        ]
        if lines:
            by_id = {line.id: line for line in lines}
            for verdict in await self._moderator.judge(lines):
                await self._carry_out(verdict, by_id[verdict.line_id])
        for line in lines:
            self._seen.keep(line.id, True)
        if rows:
            self._since = max(self._since, rows[-1]["created_at"] - timedelta(seconds=LOOK_BACK_SECONDS))
        return len(rows) == LINES_MAX and bool(lines)

    async def _carry_out(self, verdict: Verdict, line: Line) -> None:
        values = {"line_id": verdict.line_id, "seconds": verdict.timeout_seconds, "reason": verdict.reason}
        async with self._database.transaction(SERVICE) as conn:
            was_there = (await one(conn, _QUERIES["act_on_line"], values))["was_there"]
        if was_there:
            observe(LineTakenOut(str(line.session_id), verdict.reason))
