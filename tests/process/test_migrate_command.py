"""`sahne migrate` as people and scripts run it: one JSON document on stdout, words on stderr, an exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from sahne.database.history import read_migrations
from tests.conftest import with_database
from tests.process.sahne_up import run_sahne

FIRST = "20260101000100"
NAMES = [source.name for source in read_migrations()]


@pytest.fixture
def empty(cluster_url: str) -> Iterator[str]:
    name = f"command_{uuid4().hex[:8]}"
    with psycopg.connect(cluster_url, autocommit=True) as conn:
        conn.execute(f"create database {name} template template0")
        yield with_database(cluster_url, name)
        conn.execute(f"drop database {name} with (force)")


def sahne_migrate(cwd: Path, url: str, *arguments: str, code: int = 0) -> Any:
    """The JSON it says, ended with `code`."""
    done = run_sahne("migrate", "--json", *arguments, cwd=cwd, variables={"DATABASE_URL": url})
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_it_says_what_it_would_do_does_it_and_has_done_it(tmp_path: Path, empty: str) -> None:
    planned = sahne_migrate(tmp_path, empty, "--dry-run")["would_apply"]
    assert planned[-len(NAMES) :] == NAMES
    before = sahne_migrate(tmp_path, empty, "--status")["migrations"]
    assert {each["state"] for each in before} == {"pending"}
    assert sahne_migrate(tmp_path, empty, "--target", FIRST)["applied"][-1] == NAMES[0]
    assert sahne_migrate(tmp_path, empty)["applied"] == NAMES[1:]
    assert sahne_migrate(tmp_path, empty)["applied"] == []
    after = sahne_migrate(tmp_path, empty, "--status")["migrations"]
    assert after == [{"name": name, "state": "applied"} for name in NAMES]


def test_a_failure_names_file_line_and_hint_in_json_and_in_words(tmp_path: Path, empty: str) -> None:
    with psycopg.connect(empty, autocommit=True) as conn:
        conn.execute("create table public.scenes (mine int)")
    failure = sahne_migrate(tmp_path, empty, code=1)["error"]
    assert failure["code"] == "migration_failed"
    [studio] = [each.file for each in read_migrations() if "create table public.scenes (" in each.text]
    assert failure["details"]["file"] == studio
    assert failure["message"].startswith(f"{failure['details']['file']}:{failure['details']['line']}: relation")
    assert "as it was before this file" in failure["hint"]
    in_words = run_sahne("migrate", cwd=tmp_path, variables={"DATABASE_URL": empty})
    assert (in_words.returncode, in_words.stdout) == (1, "")
    assert "already exists" in in_words.stderr
    assert "Traceback" not in in_words.stderr


def test_files_that_another_program_has_applied_are_written_down_by_the_statement_it_tells(
    tmp_path: Path, empty: str
) -> None:
    sahne_migrate(tmp_path, empty)
    with psycopg.connect(empty, autocommit=True) as conn:
        conn.execute("truncate supabase_migrations.schema_migrations")
        conn.execute("delete from supabase_migrations.sahne_checksums where name like 'migrations/%'")
        failure = sahne_migrate(tmp_path, empty, code=1)["error"]
        assert failure["code"] == "not_in_history"
        conn.execute(failure["hint"].partition("\n")[2])
    assert sahne_migrate(tmp_path, empty)["applied"] == []
    after = sahne_migrate(tmp_path, empty, "--status")["migrations"]
    assert after == [{"name": name, "state": "applied"} for name in NAMES]


def test_a_database_that_is_not_there_is_told_in_words(tmp_path: Path, cluster_url: str) -> None:
    failure = sahne_migrate(tmp_path, with_database(cluster_url, "nowhere"), code=1)["error"]
    assert failure["code"] == "database_unreachable"
    assert failure["message"].endswith('has no database "nowhere".')
