"""Whether a transaction pooler stands before PostgreSQL, which gives a session to somebody else after each transaction.

It is seen by its work: PostgreSQL greets with the number of the process that then serves, a pooler with one of its own;
and a pooler of transactions serves one connection by several processes, or several connections by one.
"""

from __future__ import annotations

import psycopg
from psycopg.rows import TupleRow

from sahne.database.reach import CONNECT_SECONDS_MAX, place
from sahne.errors import SetupError

LOOKS_MAX = 5


class PoolerInBetween(SetupError):
    """A transaction pooler stands before PostgreSQL, where a session of one's own is needed."""

    code = "pooler_in_between"


def refuse_pooler(url: str) -> None:
    """For what outlives a transaction: replication, LISTEN, advisory locks, the queue. Passes where nothing answers.

    Raises:
        PoolerInBetween: after a transaction the session is given to somebody else.
    """
    try:
        shared = shares_sessions(url)
    except psycopg.Error:
        return
    if shared:
        raise PoolerInBetween(
            details=f"{place(url)} gives sessions to others between transactions",
            hint="Set SAHNE_REPLICATION_URL to PostgreSQL's own address, past the pooler; DATABASE_URL may stay.",
        )


def shares_sessions(url: str) -> bool:
    """Whether a transaction pooler answers at `url`; one that pools whole sessions is like PostgreSQL itself."""
    with _looking(url) as first:
        if first.info.backend_pid == _session(first):
            return False  # who greeted us is who works for us
        with _looking(url) as second:
            return any(_is_shared(first, second) for _ in range(LOOKS_MAX))


def _is_shared(first: psycopg.Connection[TupleRow], second: psycopg.Connection[TupleRow]) -> bool:
    """Whether one connection has had two sessions, or one session two connections."""
    before = _session(first)
    if before != _session(first):
        return True
    with second.transaction():
        return _session(second) == before or _session(first) != before


def _session(conn: psycopg.Connection[TupleRow]) -> int:
    row = conn.execute("select pg_backend_pid()").fetchone()
    return int(row[0]) if row else 0


def _looking(url: str) -> psycopg.Connection[TupleRow]:
    return psycopg.connect(
        url, autocommit=True, prepare_threshold=None, connect_timeout=CONNECT_SECONDS_MAX, application_name="sahne"
    )
