"""Tables, views and functions of odd shapes for the Data API's tests, in a database of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg

SCHEMA = Path(__file__).with_name("oddworld.sql")


@contextmanager
def odd_world(cluster_url: str, schema: Path = SCHEMA) -> Iterator[str]:
    """The superuser's URL of a fresh database, dropped at the end. The roles must be there."""
    name = f"odd_{uuid4().hex[:12]}"
    url = urlunsplit(urlsplit(cluster_url)._replace(path=f"/{name}"))
    with psycopg.connect(cluster_url, autocommit=True) as admin:
        admin.execute(f"create database {name}".encode())
    try:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(schema.read_bytes())
        yield url
    finally:
        with psycopg.connect(cluster_url, autocommit=True) as admin:
            admin.execute(f"drop database {name} with (force)".encode())
