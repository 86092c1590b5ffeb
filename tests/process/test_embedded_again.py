"""The embedded PostgreSQL opens again, however it ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest

from sahne.database.embedded import Binaries, EmbeddedPostgres
from tests.conftest import free_port
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


def test_a_refused_statement_is_not_in_the_log(tmp_path: Path, binaries: Binaries) -> None:
    cluster = EmbeddedPostgres(tmp_path / "postgres", free_port(), binaries=binaries)
    cluster.start()
    try:
        before = cluster.log_path.stat().st_size
        with psycopg.connect(cluster.url, autocommit=True) as conn, pytest.raises(psycopg.errors.UndefinedColumn):
            conn.execute(b"select nothing, '" + b"x" * 40_000 + b"'")
        assert cluster.log_path.stat().st_size - before < 1_000
    finally:
        cluster.stop()


def owner_of_clusters(folder: Path, binaries: Binaries) -> int:
    """Whom PostgreSQL runs as: only a process of theirs looks alive to it."""
    cluster = EmbeddedPostgres(folder / "postgres", free_port(), binaries=binaries)
    cluster.start()
    cluster.stop()
    return cluster.folder.stat().st_uid


def children_of(pid: int) -> list[int]:
    said = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(each) for each in said.split()]
