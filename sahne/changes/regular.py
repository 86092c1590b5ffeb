"""The `match` and `imatch` filters: subscribers' regular expressions, tried by PostgreSQL within its time limit."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import Error

from sahne.changes.comparisons import Row
from sahne.changes.filters import REGULAR, BadFilter, Condition
from sahne.database.actor import ANONYMOUS
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.errors import Unavailable
from sahne.telemetry import Failed, observe

QUERIES = load_queries(__package__)

PATTERN_CHARACTERS_MAX = 200


async def check_patterns(database: Database, conditions: Sequence[Condition]) -> None:
    """Refuse a pattern that PostgreSQL cannot compile, before it meets a row.

    Raises:
        BadFilter: too long or not a regular expression.
    """
    regular = [condition for condition in conditions if condition.operator in REGULAR]
    if any(len(condition.operands[0]) > PATTERN_CHARACTERS_MAX for condition in regular):
        raise BadFilter(hint=f"A pattern is at most {PATTERN_CHARACTERS_MAX} characters.")
    if not regular:
        return
    try:
        await _ask(database, [("", condition) for condition in regular])
    except Error as error:
        raise BadFilter("A pattern is not a regular expression.", details=str(error)) from error


async def regular_hold(database: Database, asked: Sequence[Sequence[Condition]], row: Row) -> list[bool]:
    """For each list of conditions whether all hold for `row`; without an answer none does."""
    questions = [(row.get(condition.column) or "", condition) for conditions in asked for condition in conditions]
    try:
        answers = iter(await _ask(database, questions))
    except (Error, Unavailable) as error:
        observe(Failed.of("try regular expressions", error))
        return [False] * len(asked)
    held = [[next(answers) is not condition.negated for condition in conditions] for conditions in asked]
    return [all(each) for each in held]


async def _ask(database: Database, questions: Sequence[tuple[str, Condition]]) -> list[bool]:
    parameters = {
        "values": [value for value, _ in questions],
        "patterns": [condition.operands[0] for _, condition in questions],
        "ignore_case": [condition.operator == "imatch" for _, condition in questions],
    }
    async with database.transaction(ANONYMOUS) as conn:
        cursor = await conn.execute(QUERIES["regular_expressions_hold"], parameters)
        return [row["holds"] for row in await cursor.fetchall()]
