"""The `match` and `imatch` filters: subscribers' regular expressions, tried by PostgreSQL within its time limit."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import Error

from sahne.changes.errors import BadFilter
from sahne.changes.filters import Condition, Row
from sahne.changes.operators import OPERATORS
from sahne.database.actor import ANONYMOUS
from sahne.database.fetch import every
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.errors import Unavailable
from sahne.telemetry import Failed, observe

QUERIES = load_queries(__package__)


async def check_patterns(database: Database, conditions: Sequence[Condition]) -> None:
    """Refuse a pattern that PostgreSQL cannot compile, before it meets a row.

    Raises:
        BadFilter: not a regular expression.
    """
    regular = [condition for condition in conditions if condition.operator.is_regular]
    if not regular:
        return
    try:
        await _ask(database, [("", condition) for condition in regular])
    except Error as error:
        raise BadFilter("A pattern is not a regular expression.", details=str(error)) from error


async def regular_hold(database: Database, lists: Sequence[Sequence[Condition]], row: Row) -> list[bool]:
    """For each list of conditions whether all hold for `row`; without an answer none does."""
    questions = [(row.get(condition.column) or "", condition) for conditions in lists for condition in conditions]
    try:
        answers = iter(await _ask(database, questions))
    except (Error, Unavailable) as error:
        observe(Failed.of("try regular expressions", error))
        return [False] * len(lists)
    verdicts = [[next(answers) is not condition.negated for condition in conditions] for conditions in lists]
    return [all(verdict) for verdict in verdicts]


async def _ask(database: Database, questions: Sequence[tuple[str, Condition]]) -> list[bool]:
    parameters = {
        "values": [value for value, _ in questions],
        "patterns": [condition.operands[0] for _, condition in questions],
        "ignore_case": [condition.operator is OPERATORS["imatch"] for _, condition in questions],
    }
    async with database.transaction(ANONYMOUS) as conn:
        return [row["holds"] for row in await every(conn, QUERIES["regular_expressions_hold"], parameters)]
