"""`sahne up --postgres`: the PostgreSQL of the machine, or of a folder, in place of the embedded one."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from sahne.up.postgres import NoSuchPostgres, PostgresTooOld, postgres_to_start
from tests.absent import absent
from tests.conftest import free_port
from tests.process.sahne_up import launch, run_sahne, sahne_up

DEBIANS = Path("/usr/lib/postgresql/15/bin")
FLAGS = ("--no-livekit", "--no-demo")


@pytest.fixture(autouse=True)
def _of_debian() -> None:
    if not (DEBIANS / "postgres").exists():
        absent("PostgreSQL 15", f"install it where it has {DEBIANS}, as scripts/system-packages does")


def programs_saying(folder: Path, version: str) -> str:
    """A folder whose `postgres` says it is of that version."""
    folder.mkdir()
    for name in ("postgres", "initdb"):
        (folder / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return str(folder)


@pytest.mark.slow
def test_the_machines_own_is_taken_and_the_embedded_one_then_refuses_its_folder(tmp_path: Path) -> None:
    with sahne_up(tmp_path / "data", "--postgres", str(DEBIANS), *FLAGS) as running:
        with psycopg.connect(running.db_url) as conn:
            assert conn.info.server_version // 10_000 == 15
        assert "Starting PostgreSQL 15" in running.said()
        said = run_sahne("user", "list", "--json", "--data", str(running.data), cwd=tmp_path)
        assert said.returncode == 0, said.stdout

    again = launch(tmp_path / "data", *FLAGS)
    assert again.process.wait(60) == 1
    assert "folder_of_another_version" in again.said()
    assert "Name a PostgreSQL 15 by --postgres" in again.said()

    at_rest = ("backup", "create", "--data", str(tmp_path / "data"), "--json")
    assert "folder_of_another_version" in run_sahne(*at_rest, cwd=tmp_path).stdout
    made = run_sahne(*at_rest, cwd=tmp_path, variables={"SAHNE_POSTGRES": str(DEBIANS)})
    assert made.returncode == 0, made.stdout


def test_system_means_the_newest_of_the_machine() -> None:
    assert postgres_to_start("system").major >= 15
    assert postgres_to_start(str(DEBIANS)).major == 15


def test_a_folder_without_the_programs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoSuchPostgres) as refused:
        postgres_to_start(str(tmp_path))
    assert str(tmp_path) in str(refused.value.details)
    ports = ("--port", str(free_port()), "--db-port", str(free_port()))
    said = run_sahne("up", "--postgres", str(tmp_path), "--data", str(tmp_path / "data"), *ports, cwd=tmp_path)
    assert said.returncode == 1
    assert "no_such_postgres" in said.stderr
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_version_before_15_is_refused_and_15_is_not(tmp_path: Path) -> None:
    with pytest.raises(PostgresTooOld):
        postgres_to_start(programs_saying(tmp_path / "old", "14.23"))
    assert postgres_to_start(programs_saying(tmp_path / "new", "15.14 (Debian)")).major == 15


def test_programs_that_do_not_say_their_version_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NoSuchPostgres):
        postgres_to_start(programs_saying(tmp_path / "odd", "of my own"))
