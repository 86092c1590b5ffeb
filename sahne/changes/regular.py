"""The `match` and `imatch` filters: subscribers' regular expressions, tried by PostgreSQL within a time of their own.

All of a row are asked together. When that takes too long each is asked alone, those that were there first before the
others: who made it slow misses the change, and nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from psycopg import Error

from sahne.changes.filters import Condition, Row
from sahne.changes.operators import OPERATORS
from sahne.database.actor import ANONYMOUS
from sahne.database.fetch import every
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.errors import Unavailable
from sahne.telemetry import Failed, observe

QUERIES = load_queries(__package__)
TOGETHER_SECONDS_MAX = 0.3
ALONE_SECONDS_MAX = 0.05
ALL_ALONE_SECONDS_MAX = 1.0  # the feed waits no longer; who has not been asked by then misses the change


async def regular_hold(database: Database, lists: Sequence[Sequence[Condition]], row: Row) -> list[bool]:
    """For each list of conditions whether all hold for `row`; without an answer it does not."""
    try:
        return await _hold(database, lists, row, TOGETHER_SECONDS_MAX)
    except (Error, Unavailable) as error:
        observe(Failed.of("try regular expressions", error))
    until = monotonic() + ALL_ALONE_SECONDS_MAX
    return [monotonic() < until and await _holds_alone(database, conditions, row) for conditions in lists]


async def _holds_alone(database: Database, conditions: Sequence[Condition], row: Row) -> bool:
    try:
        return (await _hold(database, [conditions], row, ALONE_SECONDS_MAX))[0]
    except (Error, Unavailable):
        return False


async def _hold(database: Database, lists: Sequence[Sequence[Condition]], row: Row, seconds_max: float) -> list[bool]:
    questions = [(row.get(condition.column) or "", condition) for conditions in lists for condition in conditions]
    answers = iter(await _ask(database, questions, seconds_max))
    verdicts = [[next(answers) is not condition.negated for condition in conditions] for conditions in lists]
    return [all(verdict) for verdict in verdicts]


async def _ask(database: Database, questions: Sequence[tuple[str, Condition]], seconds_max: float) -> list[bool]:
    parameters = {
        "values": [value for value, _ in questions],
        "patterns": [condition.operands[0] for _, condition in questions],
        "ignore_case": [condition.operator is OPERATORS["imatch"] for _, condition in questions],
    }
    async with database.transaction(ANONYMOUS, statement_seconds_max=seconds_max) as conn:
        return [row["holds"] for row in await every(conn, QUERIES["regular_expressions_hold"], parameters)]
