"""What every command has in common: clear words where there is no database, whole values, wrong usage in JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sahne.settings import DEVELOPMENT_ANON_KEY
from tests.conftest import free_port
from tests.process.sahne_up import run_sahne

ASKING = [
    "user list",
    "coins grant a@example.com 5 --key k",
    "migrate",
    "seed",
    "partitions",
    "db docs",
    "backup create",
]


@pytest.mark.parametrize("command", ASKING)
def test_without_a_database_it_says_what_to_start(tmp_path: Path, command: str) -> None:
    here = {"SAHNE_DB_PORT": str(free_port())}  # another stack's database there would not be asked
    said = run_sahne(*command.split(), "--data", str(tmp_path / "none"), cwd=tmp_path, variables=here)
    assert said.returncode == 1
    assert "sahne up" in said.stderr
    assert "DATABASE_URL" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("command", [*ASKING, "worker --once"])
def test_a_database_that_does_not_answer_is_one_sentence(tmp_path: Path, command: str) -> None:
    port = free_port()
    nobody = {"DATABASE_URL": f"postgresql://a:b@127.0.0.1:{port}/c"}
    said = run_sahne(*command.split(), cwd=tmp_path, variables=nobody)
    assert said.returncode == 1
    assert f"Nothing answers at 127.0.0.1:{port}." in said.stderr
    assert "pool" not in said.stderr


def test_another_kind_of_database_is_refused_by_name(tmp_path: Path) -> None:
    said = run_sahne("user", "list", "--json", cwd=tmp_path, variables={"DATABASE_URL": "mysql://root:secret@x/y"})
    error = json.loads(said.stdout)["error"]
    assert (said.returncode, error["code"]) == (1, "setting_invalid")
    assert error["details"] == "DATABASE_URL: must begin with postgresql://; no other database will do"


@pytest.mark.parametrize("wrong", ["user promote", "bogus", "migrate --status --dry-run", "coins grant a b --key c"])
def test_a_wrong_call_is_told_in_json_where_json_is_asked_for(tmp_path: Path, wrong: str) -> None:
    said = run_sahne(*wrong.split(), "--json", cwd=tmp_path)
    assert said.returncode == 2
    error = json.loads(said.stdout)["error"]
    assert error["code"] == "wrong_usage"
    assert "--help" in error["hint"]
    in_words = run_sahne(*wrong.split(), cwd=tmp_path)
    assert (in_words.returncode, in_words.stdout) == (2, "")


def test_keys_are_whole_and_said_to_be_the_settings_where_nothing_runs(tmp_path: Path) -> None:
    said = run_sahne("keys", "--data", str(tmp_path), cwd=tmp_path, variables={"COLUMNS": "40"})
    assert DEVELOPMENT_ANON_KEY in said.stderr
    assert "No `sahne up` runs" in said.stderr
    lines = run_sahne("keys", "--env", cwd=tmp_path, variables={"SAHNE_SITE_URL": "https://x.example"}).stdout
    found = dict(line.split("=", 1) for line in lines.splitlines())
    assert found["SUPABASE_URL"] == "https://x.example"
    assert found["SUPABASE_ANON_KEY"] == DEVELOPMENT_ANON_KEY
    assert set(found) >= {"SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SECRET_KEY"}


def test_details_are_lines_and_not_pythons_writing(tmp_path: Path) -> None:
    variables = {"SAHNE_PORT": "abc", "SAHNE_JWT_SECRET": "short"}
    said = run_sahne("keys", cwd=tmp_path, variables=variables | {"COLUMNS": "40"}).stderr
    assert "  SAHNE_JWT_SECRET: String should have at least 32 characters\n" in said
    refused = run_sahne("serve", "--host", "0.0.0.0", cwd=tmp_path, variables={
        "DATABASE_URL": "postgresql://a@127.0.0.1:1/b", "SAHNE_SECRET_KEY": "sb_secret_of_ours"}).stderr  # fmt: skip
    assert "  SAHNE_PUBLISHABLE_KEY\n" in refused
    assert "SAHNE_SECRET_KEY" not in refused
    assert "[" not in refused
