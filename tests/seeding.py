"""A seeded world asked: its settings, an empty database for it, and one question in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

from sahne.settings import Settings
from sahne.settings.reading import read_settings
from tests.conftest import cloned
from tests.connections import Connection


def settings_of(url: str, **values: Any) -> Settings:
    return read_settings(env_file=None, database_url=url, **values)


@contextmanager
def empty(cluster_url: str, template: str) -> Iterator[tuple[str, Connection]]:
    with cloned(cluster_url, template) as url, psycopg.connect(url, autocommit=True, row_factory=dict_row) as conn:
        yield url, conn


def rows(conn: Connection, query: str, *values: Any) -> list[dict[str, Any]]:
    return conn.execute(query.encode(), values or None).fetchall()


def value(conn: Connection, query: str, *values: Any) -> Any:
    (row,) = rows(conn, query, *values)
    return next(iter(row.values()))
