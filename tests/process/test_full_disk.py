"""A disk that is full: said before a start, said while it runs, and everything is there once there is room again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.absent import absent
from tests.eventually import eventually
from tests.process.sahne_up import launch, sahne_up

pytestmark = pytest.mark.slow

FLAGS = ("--no-livekit", "--no-demo")
DISK_MIB = 420
SECONDS_MAX = 90


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for a little more than a start wants."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=755", "none", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        absent("A small disk", "it can only be mounted as root")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Take all the room there is."""
    filler = disk / "filler"
    with filler.open("ab") as file:
        for size in (2**20, 2**12):
            while True:
                try:
                    os.write(file.fileno(), bytes(size))
                except OSError:
                    break
    return filler


def write_until_refused(url: str) -> None:
    with pytest.raises(psycopg.Error), psycopg.connect(url, autocommit=True) as conn:
        while True:
            conn.execute("insert into kept select repeat('x', 1000) from generate_series(1, 2000)")


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready").status_code == 200
    except httpx.HTTPError:
        return False


def test_it_says_so_while_it_runs_and_works_again_once_there_is_room(small_disk: Path) -> None:
    with sahne_up(small_disk / "data", *FLAGS) as running:
        with psycopg.connect(running.db_url, autocommit=True) as conn:
            conn.execute("create table kept (line text)")
            conn.execute("insert into kept values ('before')")
        filler = fill(small_disk)
        write_until_refused(running.db_url)
        eventually(lambda: "writes will fail" in running.said(), SECONDS_MAX)

        filler.unlink()
        eventually(lambda: is_ready(running.url), SECONDS_MAX)
        with psycopg.connect(running.db_url, autocommit=True) as conn:
            assert conn.execute("select count(*) from kept where line = 'before'").fetchone() == (1,)
            conn.execute("truncate kept")
        eventually(lambda: "are free" in running.said().partition("writes will fail")[2], SECONDS_MAX)
        assert "Traceback" not in running.said()

        filler = fill(small_disk)
        running.stop()
    refused = launch(small_disk / "data", *FLAGS)
    assert refused.process.wait(60) == 1
    assert "room" in refused.said()
    assert "Traceback" not in refused.said()
    filler.unlink()
    with sahne_up(small_disk / "data", *FLAGS) as again, psycopg.connect(again.db_url) as conn:
        assert conn.execute("select count(*) from kept").fetchone() == (0,)
