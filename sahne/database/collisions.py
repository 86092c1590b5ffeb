"""Two transactions that met: each waited for the other, and PostgreSQL undid one of them as a whole.

The stage takes its locks in one order (`functions/live/entry.sql`), so that this is rare; where it happens nothing has
changed, and whoever was undone asks again, a few times: a statement of a client's own takes its rows in any order, and
may meet one after another. Who is undone each time is told so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from psycopg import Error

from sahne.database.result import StatementFailed
from sahne.errors import SahneError

DEADLOCK = "40P01"
NOT_SERIALIZABLE = "40001"
TRIES_MAX = 4  # each that is undone waited a second for PostgreSQL to see that nobody would give way

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def was_undone(error: BaseException | None) -> bool:
    """Whether this error, or what it was raised from, is PostgreSQL's word that a transaction met another."""
    while error is not None:
        if isinstance(error, Error | StatementFailed) and error.sqlstate in (DEADLOCK, NOT_SERIALIZABLE):
            return True
        error = error.__cause__
    return False


def again_if_undone(verb: Callable[Arguments, Awaitable[Answer]]) -> Callable[Arguments, Awaitable[Answer]]:
    """A verb that is one transaction, and may be said again where it did not happen."""

    @wraps(verb)
    async def said(*arguments: Arguments.args, **named: Arguments.kwargs) -> Answer:
        for _ in range(TRIES_MAX - 1):
            try:
                return await verb(*arguments, **named)
            except (Error, SahneError) as error:
                if not was_undone(error):
                    raise
        return await verb(*arguments, **named)

    return said
