"""A database or a folder that is not what it should be is told by what is wrong with it."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import psycopg

from sahne.database.binaries import Binaries
from sahne.database.embedded import EmbeddedPostgres
from tests.conftest import free_port, with_database
from tests.process.sahne_up import run_sahne


def said_of(url: str, folder: Path, *command: str) -> str:
    failed = run_sahne(*command, cwd=folder, variables={"DATABASE_URL": url})
    assert failed.returncode == 1
    return failed.stderr


def test_a_database_that_is_not_there_is_named(database_url: str, tmp_path: Path) -> None:
    for command in (("user", "list"), ("migrate",)):
        said = said_of(with_database(database_url, "nope"), tmp_path, *command)
        assert 'has no database "nope"' in said
        assert "create database" in said


def test_a_database_without_our_tables_is_told_to_be_migrated(database_url: str, tmp_path: Path) -> None:
    said = said_of(with_database(database_url, "postgres"), tmp_path, "user", "list")
    assert "not_migrated" in said
    assert "sahne migrate" in said


def test_where_nothing_answers_the_host_and_port_are_to_be_looked_at(tmp_path: Path) -> None:
    said = said_of(f"postgresql://a:b@127.0.0.1:{free_port()}/postgres", tmp_path, "user", "list")
    assert "Check host and port in DATABASE_URL" in said


def test_a_data_folder_that_is_a_file_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("words")
    for place in ("README.md", "README.md/below"):
        said = run_sahne("up", "--data", place, "--port", str(free_port()), "--db-port", str(free_port()), cwd=tmp_path)
        assert (said.returncode, "not_a_folder" in said.stderr) == (1, True), said.stderr


def test_a_port_that_nobody_listens_on_is_waited_for(tmp_path: Path, binaries: Binaries) -> None:
    with socket.socket() as passing:
        passing.bind(("127.0.0.1", 0))
        cluster = EmbeddedPostgres(tmp_path / "postgres", passing.getsockname()[1], binaries=binaries)
        starting = threading.Timer(0.2, passing.close)
        starting.start()
        cluster.start()
    try:
        psycopg.connect(cluster.url).close()
    finally:
        cluster.stop()
