"""Films for the Data API's tests: every kind of relation, a policy, hidden columns, functions, and a server over them.

A schema of its own, since the product's tables have no need of most of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg

from sahne.settings.reading import read_settings
from tests.conftest import Running, free_port, running_server, with_database

SCHEMA = Path(__file__).with_name("films.sql")
ADA = "11111111-1111-1111-1111-111111111111"
"""Who owns the notes that she alone sees."""


@contextmanager
def films_database(cluster_url: str) -> Iterator[str]:
    """The superuser's URL of a fresh database with the films in it, dropped at the end."""
    name = f"films_{uuid4().hex[:12]}"
    url = with_database(cluster_url, name)
    with psycopg.connect(cluster_url, autocommit=True) as admin:
        admin.execute(f"create database {name}")
    try:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(SCHEMA.read_text("utf-8").encode())
        yield url
    finally:
        with psycopg.connect(cluster_url, autocommit=True) as admin:
            admin.execute(f"drop database {name} with (force)")


@contextmanager
def serving_films(database_url: str, data: Path, **more: Any) -> Iterator[Running]:
    """A server over a database of films; `more` are settings."""
    settings = read_settings(env_file=None, data=data, port=free_port(), database_url=database_url, **more)
    with running_server(settings) as running:
        yield running


def caller(running: Running, bearer: str | None) -> httpx.Client:
    """A client of the Data API as the bearer of a token."""
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    return httpx.Client(base_url=f"{running.url}/rest/v1", headers=headers, timeout=20)
