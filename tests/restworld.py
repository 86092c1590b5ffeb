"""Films for the Data API's tests: every kind of relation, a policy, hidden columns, functions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg

SCHEMA = Path(__file__).with_name("restworld.sql")


@contextmanager
def rest_world(cluster_url: str) -> Iterator[str]:
    """The superuser's URL of a fresh database with the films in it, dropped at the end."""
    name = f"rest_{uuid4().hex[:12]}"
    url = urlunsplit(urlsplit(cluster_url)._replace(path=f"/{name}"))
    with psycopg.connect(cluster_url, autocommit=True) as admin:
        admin.execute(f"create database {name}")
    try:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(SCHEMA.read_text("utf-8").encode())
        yield url
    finally:
        with psycopg.connect(cluster_url, autocommit=True) as admin:
            admin.execute(f"drop database {name} with (force)")
