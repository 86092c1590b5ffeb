"""What every command has in common: clear words where there is no database, whole values, wrong usage in JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import sahne
from sahne.cli.app import COMMANDS
from sahne.settings.local_stack import DEVELOPMENT_ANON_KEY
from tests.conftest import free_port
from tests.database.access.document import PAGE
from tests.process.sahne_up import ROOT, run_sahne

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
    assert DEVELOPMENT_ANON_KEY in said.stdout
    assert "No `sahne up` runs" in said.stderr
    lines = run_sahne("keys", "--env", cwd=tmp_path, variables={"SAHNE_SITE_URL": "https://x.example"}).stdout
    found = dict(line.split("=", 1) for line in lines.splitlines())
    assert found["SUPABASE_URL"] == "https://x.example"
    assert found["SUPABASE_ANON_KEY"] == DEVELOPMENT_ANON_KEY
    assert set(found) >= {"SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SECRET_KEY"}


@pytest.mark.parametrize("command", ["keys", "worker --schedule", "backup list"])
def test_no_line_that_is_copied_ends_in_blanks(tmp_path: Path, command: str) -> None:
    said = run_sahne(*command.split(), cwd=tmp_path, variables={"COLUMNS": "200"})
    assert said.stdout.strip()
    assert [line for line in said.stdout.splitlines() if line != line.rstrip()] == []


def test_a_negative_number_is_a_number_out_of_range_and_no_option(tmp_path: Path) -> None:
    wrong = run_sahne("coins", "grant", "bo@example.com", "-5", "--key", "k", "--json", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "must be at least 1" in json.loads(wrong.stdout)["error"]["message"]
    unknown = run_sahne("coins", "grant", "bo@example.com", "5", "--kee", "k", "--json", cwd=tmp_path)
    assert "--kee" in json.loads(unknown.stdout)["error"]["message"]


def test_what_was_asked_for_is_on_stdout_and_words_are_on_stderr(tmp_path: Path) -> None:
    shown = run_sahne("worker", "--schedule", cwd=tmp_path)
    assert "sweep" in shown.stdout
    assert shown.stderr == ""
    listed = run_sahne("backup", "list", "--data", str(tmp_path), cwd=tmp_path)
    assert "0 backups" in listed.stdout
    nothing = run_sahne("status", "--data", str(tmp_path), cwd=tmp_path)
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert "nothing_runs" in nothing.stderr


@pytest.mark.parametrize("option", ["--backups", "--to", "--from"])
@pytest.mark.parametrize(
    "command", ["create", "list", "verify --latest", "drill --latest", "prune", "restore --latest --into x"]
)
def test_the_folder_of_backups_has_one_name_and_its_old_ones(tmp_path: Path, command: str, option: str) -> None:
    told = run_sahne("backup", *command.split(), option, str(tmp_path), "--data", str(tmp_path), "--json", cwd=tmp_path)
    assert told.returncode in (0, 1), told.stdout + told.stderr
    assert "wrong_usage" not in told.stdout


def test_the_version_is_said_without_loading_what_the_commands_need() -> None:
    loaded = "import sys; from sahne.cli.main import run\ntry: run(['--version'])\nfinally: print(*sorted(sys.modules))"
    said = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout
    version, modules = said.splitlines()
    assert version == sahne.__version__
    heavy = {"psycopg", "fastapi", "aiohttp", "pydantic", "numpy", "sahne.settings", "sahne.server"}
    assert heavy & set(modules.split()) == set()


def test_the_help_names_every_command(tmp_path: Path) -> None:
    said = run_sahne("--help", cwd=tmp_path).stdout
    assert [name for name in COMMANDS if name not in said] == []


def test_the_script_of_the_access_matrix_writes_nothing_when_asked_how_it_is_called() -> None:
    before = PAGE.stat().st_mtime_ns
    said = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "access-matrix"), "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert "usage: access-matrix" in said
    assert PAGE.stat().st_mtime_ns == before


def test_details_are_lines_and_not_pythons_writing(tmp_path: Path) -> None:
    variables = {"SAHNE_PORT": "abc", "SAHNE_JWT_SECRET": "short"}
    said = run_sahne("keys", cwd=tmp_path, variables=variables | {"COLUMNS": "40"}).stderr
    assert "  SAHNE_JWT_SECRET: must have at least 32 characters\n" in said
    refused = run_sahne("serve", "--host", "0.0.0.0", cwd=tmp_path, variables={
        "DATABASE_URL": "postgresql://a@127.0.0.1:1/b", "SAHNE_SECRET_KEY": "sb_secret_of_ours"}).stderr  # fmt: skip
    assert "  SAHNE_PUBLISHABLE_KEY\n" in refused
    assert "SAHNE_SECRET_KEY" not in refused
    assert "[" not in refused
