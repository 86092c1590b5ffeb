"""Every named query of the product is one the migrated database understands."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

from sahne.database.parameters import numbered
from sahne.database.sql import load_queries

COPY = re.compile(rb"^copy ([\w.]+) \((.*?)\)\s+from stdin.*", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(rb"^(vacuum|create temporary table|grant) ", re.MULTILINE)
PACKAGE = Path(__file__).parents[2] / "sahne"
FILES = [
    path
    for path in PACKAGE.rglob("*.sql")
    if not {"migrations", "functions", "platform", "stand_ins"} & set(path.relative_to(PACKAGE).parts)
]
QUERIES = [
    (".".join(("sahne", *path.parent.relative_to(PACKAGE).parts)), path.name, name)
    for path in sorted(FILES)
    for name in load_queries(".".join(("sahne", *path.parent.relative_to(PACKAGE).parts)), path.name)
]


@pytest.mark.parametrize(("package", "file", "name"), QUERIES)
def test_a_named_query_can_be_prepared(database_url: str, package: str, file: str, name: str) -> None:
    statement, _ = numbered(load_queries(package, file)[name])
    with psycopg.connect(database_url, autocommit=True) as conn:
        if name == "slow_statements":
            conn.execute("create extension if not exists pg_stat_statements")
        if name in ("keep_logs", "show_logs"):  # of a table of their session alone
            conn.execute(load_queries(package, file)["make_logs"])
        if COMMAND.search(statement):  # it cannot be prepared, and harms nobody
            conn.execute(statement)
        else:  # nor can COPY, but what it names can
            conn.execute(b"prepare probe as " + COPY.sub(rb"select \2 from \1", statement))
