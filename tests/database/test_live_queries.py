"""Every named query of the stage is one the migrated database understands."""

from __future__ import annotations

import psycopg
import pytest

from sahne.database.parameters import numbered
from sahne.database.sql import load_queries

QUERIES = load_queries("sahne.live")


@pytest.mark.parametrize("name", QUERIES)
def test_a_named_query_can_be_prepared(database_url: str, name: str) -> None:
    statement, _ = numbered(QUERIES[name])
    with psycopg.connect(database_url) as conn:
        conn.execute(b"prepare probe as " + statement)
