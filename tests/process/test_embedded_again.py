"""The embedded PostgreSQL opens again, however it ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sahne.database.binaries import Binaries
from sahne.database.embedded import EmbeddedPostgres
from sahne.up.children import watch
from tests.conftest import free_port
from tests.connections import as_authenticator
from tests.eventually import eventually

pytestmark = pytest.mark.slow

ROUNDS = 5
ROUNDS_PROVEN = 50


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_what_was_committed_is_there_after_every_hard_end(
    tmp_path: Path, binaries: Binaries, pytestconfig: pytest.Config
) -> None:
    """Killed whole or in part, with a pid file that names a living stranger or nothing at all."""
    stranger = subprocess.Popen(["sleep", "3600"], user=owner_of_clusters(tmp_path, binaries))
    for turn in range(ROUNDS_PROVEN if pytestconfig.getoption("--prove") else ROUNDS):
        cluster = EmbeddedPostgres(tmp_path / "postgres", free_port(), binaries=binaries)
        cluster.start()
        assert cluster.pid is not None
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            conn.execute("create table if not exists kept (turn int)")
            assert conn.execute("select count(*) from kept").fetchone() == (turn,)
            conn.execute("insert into kept values (%s)", (turn,))
            killed = [cluster.pid] if turn % 2 else [cluster.pid, *children_of(cluster.pid)]
        for pid in killed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        eventually(lambda cluster=cluster: not cluster.alive())
        marker = cluster.folder / "postmaster.pid"
        lines = marker.read_text().split("\n")
        match turn % 3:
            case 0:
                marker.write_text("\n".join([str(stranger.pid), *lines[1:]]))
            case 1:
                marker.write_text("")
    last = EmbeddedPostgres(tmp_path / "postgres", free_port(), binaries=binaries)
    last.start()
    last.stop()
    stranger.kill()
    stranger.wait()


def test_a_recovery_longer_than_a_start_may_take_is_waited_for_and_told(
    tmp_path: Path, binaries: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sahne.database.embedded.TELL_SECONDS", 0.0)
    cluster = EmbeddedPostgres(tmp_path / "postgres", free_port(), binaries=binaries)
    cluster.start()
    with psycopg.connect(cluster.url, autocommit=True) as conn:
        conn.execute("create table much as select n, repeat('x', 200) from generate_series(1, 500000) n")
        assert cluster.pid is not None
        killed = [cluster.pid, *children_of(cluster.pid)]
    for pid in killed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    eventually(lambda: not cluster.alive())
    heard: list[str] = []

    def hear(word: str) -> None:
        heard.append(word)
        monkeypatch.setattr("sahne.database.embedded.START_SECONDS_MAX", 0.2)

    cluster.start(hear)
    assert heard[0].startswith("PostgreSQL recovers from a hard end")
    cluster.stop()


@pytest.fixture
def cluster(tmp_path: Path, binaries: Binaries) -> Iterator[EmbeddedPostgres]:
    """One whose autovacuum is eager, with the doors' role."""
    eager = {"autovacuum_naptime": "1s", "autovacuum_analyze_threshold": "1", "fsync": "off"}
    started = EmbeddedPostgres(tmp_path / "postgres", free_port(), server_settings=eager, binaries=binaries)
    started.start()
    with psycopg.connect(started.url, autocommit=True) as conn:
        conn.execute("create role authenticator login password 'postgres'")
    started.quiet_doors()
    try:
        yield started
    finally:
        started.stop()


def refused(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn, pytest.raises(psycopg.errors.UndefinedColumn):
        conn.execute(b"select nothing, '" + b"x" * 40_000 + b"'")


def test_what_the_doors_are_refused_is_not_in_the_log_and_others_statements_neither(cluster: EmbeddedPostgres) -> None:
    refused(as_authenticator(cluster.url))
    assert "nothing" not in cluster.log_path.read_text()
    refused(cluster.url)
    assert 'column "nothing" does not exist' in cluster.log_path.read_text()
    assert "xxxx" not in cluster.log_path.read_text()


def test_the_error_of_a_background_worker_is_in_the_log(cluster: EmbeddedPostgres) -> None:
    with psycopg.connect(cluster.url, autocommit=True) as conn:
        conn.execute("""
            create function spoiled(n int) returns int immutable language plpgsql as $$
            begin
              if exists (select from pg_stat_activity where pid = pg_backend_pid() and backend_type = 'autovacuum worker') then
                raise exception 'spoiled for autovacuum';
              end if;
              return n;
            end
            $$;
            create table kept (n int);
            create index on kept (spoiled(n));
            insert into kept select generate_series(1, 1000)""")
    eventually(lambda: "ERROR:  spoiled for autovacuum" in cluster.log_path.read_text())


@pytest.mark.anyio
async def test_a_log_that_grows_long_is_begun_anew_while_the_server_runs(
    cluster: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sahne.up.children.LOG_BYTES_MAX", 5_000)
    monkeypatch.setattr("sahne.up.children.LOOK_SECONDS", 0.01)
    old = cluster.log_path.with_name("postgres.log.1")

    def speak() -> bool:
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            conn.execute("do $$ begin raise warning 'a long word: %', repeat('a', 1000); end $$")
        return old.exists()

    watching = asyncio.create_task(watch("postgres", cluster))
    await asyncio.to_thread(eventually, speak)
    watching.cancel()
    assert old.stat().st_size <= 5_000
    assert cluster.log_path.stat().st_size < 5_000
    speak()
    assert "a long word" in cluster.log_path.read_text()


def owner_of_clusters(folder: Path, binaries: Binaries) -> int:
    """Whom PostgreSQL runs as: only a process of theirs looks alive to it."""
    cluster = EmbeddedPostgres(folder / "postgres", free_port(), binaries=binaries)
    cluster.start()
    cluster.stop()
    return cluster.folder.stat().st_uid


def children_of(pid: int) -> list[int]:
    said = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(each) for each in said.split()]
