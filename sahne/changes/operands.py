"""What PostgreSQL makes of a filter's operands: each read as its column's type, and written as the stream writes it.

A uuid without dashes, `{a, b}`, `now`: what a type has many spellings for is compared in the one that changes come in.
What it cannot read at all could never match, and is refused in PostgreSQL's words. All that a channel asks for is one
question; only when that fails is each binding asked alone, to learn which.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic

from psycopg import AsyncRawCursor, Error, OperationalError, sql
from psycopg.errors import QueryCanceled
from psycopg.rows import tuple_row

from sahne.changes.errors import BadFilter
from sahne.changes.filters import Condition
from sahne.changes.operators import OPERATORS
from sahne.changes.tables import Table
from sahne.database.actor import Actor
from sahne.database.pool import Connection, Database
from sahne.database.sql import load_queries
from sahne.errors import Unavailable
from sahne.remembered import Remembered

QUERIES = load_queries(__package__)

OPERANDS_OF_A_CHANNEL_MAX = 2_000
TOGETHER_SECONDS_MAX = 1.0
ALL_ALONE_SECONDS_MAX = 1.0  # who has not been asked by then is refused
ASKING_AT_ONCE_MAX = 2  # of the pool's connections
WAIT_SECONDS_MAX = 5.0
REMEMBERED_MAX = 1_000

_TOO_MANY = f"A channel's filters have at most {OPERANDS_OF_A_CHANNEL_MAX} values."
_TOO_SLOW = "A pattern is not a regular expression, or a slow one."


@dataclass(frozen=True, slots=True)
class Asked:
    """Conditions and the table they are for, which has their columns."""

    table: Table
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class _Plain:
    """Conditions that were written as the stream writes: they are so for every table whose columns have these types."""

    conditions: tuple[Condition, ...]
    types: tuple[int, ...]


class Operands:
    """Asks, for a few channels at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asking = asyncio.Semaphore(ASKING_AT_ONCE_MAX)
        self._plain: Remembered[_Plain, bool] = Remembered(REMEMBERED_MAX)

    async def read(self, actor: Actor, asked: Sequence[Asked]) -> list[tuple[Condition, ...] | BadFilter]:
        """For each the conditions with their operands as the stream would write them, or why they cannot be.

        Raises:
            Unavailable: the database does not answer.
        """
        answers: list[tuple[Condition, ...] | BadFilter] = [one.conditions for one in asked]
        places = [place for place, one in enumerate(asked) if one.conditions and self._plain.find(_plain(one)) is None]
        if not places:
            return answers
        for place, answer in zip(places, await self._ask(actor, [asked[place] for place in places]), strict=True):
            answers[place] = answer
            if answer == asked[place].conditions:
                self._plain.keep(_plain(asked[place]), True)
        return answers

    async def _ask(self, actor: Actor, asked: Sequence[Asked]) -> list[tuple[Condition, ...] | BadFilter]:
        if sum(len(condition.operands) for one in asked for condition in one.conditions) > OPERANDS_OF_A_CHANNEL_MAX:
            return [BadFilter(_TOO_MANY)] * len(asked)
        try:
            async with asyncio.timeout(WAIT_SECONDS_MAX):
                await self._asking.acquire()
        except TimeoutError as error:
            raise Unavailable() from error
        try:
            async with self._database.transaction(actor, statement_seconds_max=TOGETHER_SECONDS_MAX) as conn:
                await conn.execute(QUERIES["write_as_the_stream_does"])
                return await _ask_together(conn, asked)
        except OperationalError as error:
            raise Unavailable() from error
        finally:
            self._asking.release()


async def _ask_together(conn: Connection, asked: Sequence[Asked]) -> list[tuple[Condition, ...] | BadFilter]:
    try:
        return list(await _question(conn, asked))
    except Error as error:
        if len(asked) == 1:
            return [_refusal(error)]
    until = monotonic() + ALL_ALONE_SECONDS_MAX
    return [await _ask_alone(conn, one) if monotonic() < until else BadFilter(_TOO_SLOW) for one in asked]


async def _ask_alone(conn: Connection, one: Asked) -> tuple[Condition, ...] | BadFilter:
    try:
        return (await _question(conn, [one]))[0]
    except Error as error:
        return _refusal(error)


def _refusal(error: Error) -> BadFilter:
    """In PostgreSQL's words, as Supabase has them.

    Raises:
        OperationalError: it is the connection's failure, not the filter's.
    """
    if isinstance(error, QueryCanceled) or error.sqlstate == "2201B":
        return BadFilter(_TOO_SLOW, details=str(error))
    if isinstance(error, OperationalError):
        raise error
    return BadFilter(f"ERROR {error.sqlstate} {error.diag.message_primary}" if error.sqlstate else str(error))


async def _question(conn: Connection, asked: Sequence[Asked]) -> list[tuple[Condition, ...]]:
    """One statement.

    Raises:
        psycopg.Error: PostgreSQL cannot read one of them.
    """
    operands: list[str] = []
    columns = [column for one in asked for column in _columns(one, operands)]
    async with conn.transaction():
        cursor = AsyncRawCursor(conn, row_factory=tuple_row)
        await cursor.execute(sql.SQL("select ") + sql.SQL(", ").join(columns), operands)
        (row,) = await cursor.fetchall()
    return [_written(one.conditions, texts) for one, texts in zip(asked, row[::2], strict=True)]


def _columns(one: Asked, operands: list[str]) -> tuple[sql.Composable, sql.Composable]:
    """Every operand as text, and what asks of every operator whether its column's type has it."""
    texts: list[sql.Composable] = []
    tests: list[sql.Composable] = []
    for condition in one.conditions:
        column = sql.SQL("(null::{}).{}").format(
            sql.Identifier(one.table.schema, one.table.name), sql.Identifier(condition.column)
        )
        sign = condition.operator.sign
        if sign is not None and condition.operands:
            tests.append(sql.SQL("{} {} {}").format(column, sql.SQL(sign), column))
            for operand in condition.operands:
                operands.append(operand)
                texts.append(sql.SQL("concat(coalesce({}, {}))").format(column, _parameter(operands)))
        elif condition.operator is OPERATORS["is"] and condition.operands != ("null",):
            tests.append(sql.SQL("{} is true").format(column))
        elif condition.operator.is_regular:
            operands.append(condition.operands[0])
            tests.append(sql.SQL("'' ~ {}").format(_parameter(operands)))
    comma = sql.SQL(", ")
    return sql.SQL("array[{}]::text[]").format(comma.join(texts)), sql.SQL("array[{}]::bool[]").format(
        comma.join(tests)
    )


def _parameter(operands: Sequence[str]) -> sql.Composable:
    return sql.SQL(f"${len(operands)}")


def _written(conditions: tuple[Condition, ...], texts: Sequence[str]) -> tuple[Condition, ...]:
    """The conditions with these operands in place of theirs, those that PostgreSQL was not asked about as they were."""
    rest = iter(texts)
    return tuple(
        replace(condition, operands=tuple(next(rest) for _ in condition.operands))
        if condition.operator.sign is not None
        else condition
        for condition in conditions
    )


def _plain(one: Asked) -> _Plain:
    return _Plain(one.conditions, tuple(one.table.types[condition.column].oid for condition in one.conditions))
