"""What fails at a start of `sahne up` says what and where, and the start after it was mended goes through."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from sahne.database.embedded import EmbeddedPostgres
from tests.conftest import free_port
from tests.eventually import eventually
from tests.process.sahne_up import launch, sahne_up

pytestmark = pytest.mark.slow

FLAGS = ("--no-livekit",)


@contextmanager
def at_rest(data: Path) -> Iterator[psycopg.Connection]:
    """The superuser in the database of a stack that does not run."""
    cluster = EmbeddedPostgres(data / "postgres", free_port())
    cluster.start()
    try:
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            yield conn
    finally:
        cluster.stop()


def test_a_migration_that_fails_is_named_with_its_line_and_runs_once_its_cause_is_mended(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with at_rest(data) as conn:
        conn.execute("create table public.gifts (mine text)")
        conn.execute("insert into public.gifts values ('precious')")
    failed = launch(data, *FLAGS, "--no-demo")
    assert failed.process.wait(60) == 1
    assert "migration_failed" in failed.said()
    assert "sahne/database/migrations/" in failed.said()
    assert ".sql:" in failed.said()
    assert "--database-only" in failed.said()
    assert "Traceback" not in failed.said()
    alone = launch(data, "--database-only")
    eventually(lambda: "Ctrl-C stops it" in alone.said())
    with psycopg.connect(f"postgresql://postgres:postgres@127.0.0.1:{alone.db_port}/postgres", autocommit=True) as conn:
        assert conn.execute("select mine from public.gifts").fetchall() == [("precious",)]
        conn.execute("alter table public.gifts rename to my_gifts")
    assert alone.stop(signal.SIGINT) == 0
    assert "Stopped." in alone.said()
    with sahne_up(data, *FLAGS, "--no-demo") as mended, psycopg.connect(mended.db_url) as conn:
        assert conn.execute("select mine from public.my_gifts").fetchall() == [("precious",)]


def test_a_demo_world_that_fails_keeps_nothing_else_from_running_and_is_made_whole_later(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with sahne_up(data, *FLAGS, "--no-demo") as first, psycopg.connect(first.db_url, autocommit=True) as conn:
        conn.execute("alter table public.gifts add constraint no_roses check (name <> 'Rose')")
    with sahne_up(data, *FLAGS) as second:
        assert "The demo world could not be made" in second.said()
        assert "no_roses" in second.said()
        assert "--no-demo" in second.said()
        assert "Traceback" not in second.said()
        assert httpx.get(f"{second.url}/ready").status_code == 200
        with psycopg.connect(second.db_url, autocommit=True) as conn:
            conn.execute("alter table public.gifts drop constraint no_roses")
    with sahne_up(data, *FLAGS) as third, psycopg.connect(third.db_url) as conn:
        assert "could not be made" not in third.said()
        assert conn.execute("select count(*) > 0 from public.gifts").fetchone() == (True,)


def test_another_password_of_its_own_role_is_set_right_at_the_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with sahne_up(data, *FLAGS, "--no-demo"):
        pass
    with at_rest(data) as conn:
        conn.execute("alter role authenticator password 'of another database'")
    with sahne_up(data, *FLAGS, "--no-demo") as again:
        assert httpx.get(f"{again.url}/ready").status_code == 200
