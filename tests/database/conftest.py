"""What every test of the database needs: the superuser's own connection to this module's database."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.database.acting import Connection


@pytest.fixture(scope="module")
def admin(database_url: str) -> Iterator[Connection]:
    """The superuser, autocommit, rows as dictionaries: arranges and looks, never the one under test."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as conn:
        yield conn
