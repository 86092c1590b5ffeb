"""Doing what is planned, one statement after the other, within a time: nobody is locked out.

Each statement waits two seconds at most for others, and nobody longer behind it: what is in use is passed over. Rows
are cleared without giving pages back, indexes are built beside the old ones; a build that breaks takes its half along.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg import Connection, errors

from sahne.database.pooler import refuse_pooler
from sahne.database.reach import CONNECT_SECONDS_MAX, unreachable
from sahne.operations.maintenance.plan import QUERIES, Advice, Need, Step, advise, plan_drops, plan_indexes, plan_rows

LOCK_SECONDS_MAX = 2.0

Outcome = Literal["done", "in_use", "failed", "no_time", "planned"]
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a step, and what PostgreSQL said where it was not done."""

    step: Step
    outcome: Outcome
    seconds: float = 0.0
    said: str = ""


@dataclass(frozen=True, slots=True)
class Maintained:
    """What was done, and what is advised."""

    steps: Sequence[Done]
    advice: Sequence[Advice]


def maintain(
    url: str, *, seconds_max: float, dry_run: bool = False, need: Need | None = None, tell: Tell = lambda *_: None
) -> Maintained:
    """Plan, and unless it is a dry run do it, for `seconds_max` at most.

    Raises:
        DatabaseUnreachable
        PoolerInBetween: a session of one's own is needed.
    """
    deadline = time.monotonic() + seconds_max
    need = need or Need()
    refuse_pooler(url)
    try:
        conn = psycopg.connect(
            url, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX, application_name="sahne maintain"
        )
    except psycopg.OperationalError as error:
        raise unreachable(url, error) from error
    with conn:
        if dry_run:
            steps = [*plan_rows(conn, need), *plan_indexes(conn, need)]
            return Maintained([Done(step, "planned") for step in steps], advise(conn, need))
        work = _Work(conn, need, deadline, tell)
        rows = work.through("rows", plan_rows(conn, need))
        return Maintained([*rows, *work.through("indexes", plan_indexes(conn, need))], advise(conn, need))


class _Work:
    """A session that goes through steps, and hears what PostgreSQL says beside."""

    def __init__(self, conn: Connection[Any], need: Need, deadline: float, tell: Tell) -> None:
        self._conn = conn
        self._need = need
        self._deadline = deadline
        self._tell = tell
        self._said: list[str] = []
        conn.add_notice_handler(lambda notice: self._said.append(notice.message_primary or ""))

    def through(self, what: str, steps: Sequence[Step]) -> list[Done]:
        done = []
        for number, step in enumerate(steps):
            self._tell(what, number, len(steps))
            done.append(self._do(step))
            if step.kind == "reindex" and done[-1].outcome != "done":
                _take_along(self._conn, self._need)
            self._tell(what, number + 1, len(steps))
        return done

    def _do(self, step: Step) -> Done:
        began = time.monotonic()
        if began >= self._deadline:
            return Done(step, "no_time")
        self._said.clear()
        _bound(self._conn, self._deadline - began)
        outcome, said = self._tried(step)
        return Done(step, outcome, round(time.monotonic() - began, 3), said)

    def _tried(self, step: Step) -> tuple[Outcome, str]:
        try:
            self._conn.execute(step.statement.encode())
        except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
            return "in_use", _text_of(error)
        except errors.QueryCanceled as error:
            return "no_time", _text_of(error)
        except psycopg.DatabaseError as error:  # a table dropped meanwhile, a duplicate key under a broken index
            return "failed", _text_of(error)
        skipped = next((text for text in self._said if text.startswith("skipping")), "")
        return ("in_use" if skipped else "done"), skipped


def _take_along(conn: Connection[Any], need: Need) -> None:
    """Drop what a broken build has left; what is in use even so is found by the next run."""
    _bound(conn, LOCK_SECONDS_MAX * 2)
    for step in plan_drops(conn, need):
        with suppress(psycopg.DatabaseError):
            conn.execute(step.statement.encode())


def _bound(conn: Connection[Any], seconds: float) -> None:
    bounds = {"statement_ms": max(int(seconds * 1000), 1), "lock_ms": int(LOCK_SECONDS_MAX * 1000)}
    conn.execute(QUERIES["bound_session"], bounds)


def _text_of(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error)
