"""Connections kept between transactions: opening one costs more than most of what tests say over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from select import select
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.rows import DictRow, dict_row

Connection = psycopg.Connection[DictRow]

KEPT_MAX = 8
"""Idle connections kept for one login to one database."""

_kept: dict[str, list[Connection]] = {}


def as_authenticator(url: str) -> str:
    """The same database, logged in the way the doors are."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"authenticator:{parts.password}@{parts.hostname}:{parts.port}"))


@contextmanager
def transaction(url: str) -> Iterator[Connection]:
    """One transaction of a login, committed at the end of the block and undone by what the block raises."""
    conn = _idle(url) or psycopg.connect(url, row_factory=dict_row, prepare_threshold=None)
    try:
        yield conn
        conn.commit()
    except BaseException:
        _undo(conn)
        raise
    finally:
        _keep(url, conn)


def close_kept(url: str) -> None:
    """Close what is kept for the database of `url`, which is about to go."""
    for login in (url, as_authenticator(url)):
        for conn in _kept.pop(login, []):
            conn.close()


def _idle(url: str) -> Connection | None:
    kept = _kept.setdefault(url, [])
    while kept:
        conn = kept.pop()
        if not select([conn.fileno()], [], [], 0)[0]:
            return conn
        conn.close()  # the server has something to say to an idle connection: that it is over
    return None


def _undo(conn: Connection) -> None:
    if not conn.closed:
        conn.rollback()


def _keep(url: str, conn: Connection) -> None:
    kept = _kept.setdefault(url, [])
    if conn.closed or len(kept) >= KEPT_MAX:
        conn.close()
    else:
        kept.append(conn)
