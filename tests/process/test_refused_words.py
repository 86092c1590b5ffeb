"""What the command line refuses has a code, a sentence and a way on: mistyped commands, and paths that cannot be used."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from sahne.cli.app import COMMANDS, load_command
from tests.conftest import free_port
from tests.process.sahne_up import environment, run_sahne, sahne_command


def test_a_mistyped_command_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    said = run_sahne("usr", "list", cwd=tmp_path)
    assert (said.returncode, said.stdout) == (2, "")
    assert "No such command 'usr'. Did you mean 'user'?  (wrong_usage)" in said.stderr
    assert "`sahne --help` says how it is called." in said.stderr
    assert "Did you mean 'list'" in run_sahne("user", "lst", cwd=tmp_path).stderr
    assert "Did you mean" not in run_sahne("zzz", cwd=tmp_path).stderr


@pytest.mark.parametrize(
    ("wrong", "message", "command"),
    [
        ("user promote", "Missing argument 'email'.", "sahne user promote"),
        ("migrate --status --dry-run", "Choose one of --status, --dry-run and --platform-sql.", "sahne migrate"),
        ("status --jsn", "No such option: --jsn", "sahne status"),
        ("up --port x", "Invalid value for '--port': must be a whole number", "sahne up"),
        ("up --port 70000", "Invalid value for '--port': must be at most 65535", "sahne up"),
        ("types --language go", "Invalid value for '--language': 'go' is not one of", "sahne types"),
        ("user promote cleo boss", "'boss' is not one of 'creator', 'admin'.", "sahne user promote"),
        ("user premium cleo --until tomorrow", "must be a moment, such as 2031-05-01T18:00:00Z", "sahne user premium"),
    ],
)
def test_a_wrong_call_is_told_as_every_refusal_is(tmp_path: Path, wrong: str, message: str, command: str) -> None:
    said = run_sahne(*wrong.split(), cwd=tmp_path)
    assert (said.returncode, said.stdout) == (2, "")
    assert message in said.stderr
    assert "(wrong_usage)" in said.stderr
    assert f"Usage: {command}" in said.stderr
    assert f"→ `{command} --help` says how it is called." in said.stderr


def test_an_address_that_is_none_is_shown_with_what_one_looks_like(tmp_path: Path, database_url: str) -> None:
    for command in ("user promote cleo", "user premium cleo", "coins grant cleo 5 --key k"):
        said = run_sahne(*command.split(), cwd=tmp_path, variables={"DATABASE_URL": database_url})
        assert said.returncode == 1
        assert "\n  cleo\n→ An address looks like ada@example.com." in said.stderr


def test_a_misspelt_setting_is_told_with_the_one_that_is_meant_and_others_are_no_matter(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SAHNE_POSTGRESS=system\nOTHER=1\n")
    said = run_sahne("worker", "--once", cwd=tmp_path, variables={
        "DATABASE_URL": f"postgresql://a:b@127.0.0.1:{free_port()}/c", "SAHNE_DATABASE_URL": "x", "SAHNE_PORT": "5001",
    })  # fmt: skip
    told = [line for line in said.stderr.splitlines() if "There is no setting" in line]
    assert told == [
        "! There is no setting SAHNE_DATABASE_URL; it is passed over. Perhaps DATABASE_URL is meant.",
        "! There is no setting SAHNE_POSTGRESS; it is passed over. Perhaps SAHNE_POSTGRES is meant.",
    ]


def test_a_group_without_a_command_shows_its_help(tmp_path: Path) -> None:
    for group in ("", "user"):
        said = run_sahne(*group.split(), cwd=tmp_path)
        assert said.returncode == 2
        assert "Commands" in said.stdout + said.stderr
        assert "wrong_usage" not in said.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_all_commands_says_of_each_what_its_own_help_begins_with(name: str) -> None:
    assert (load_command(name).help or "").splitlines()[0] == COMMANDS[name]


def test_a_folder_to_write_into_that_is_a_file_is_told_as_one(tmp_path: Path, database_url: str) -> None:
    (tmp_path / "README.md").write_text("words")
    here = {"DATABASE_URL": database_url}
    for command in ("db docs --out README.md", "db docs --out README.md/below", "backup create --backups README.md"):
        said = run_sahne(*command.split(), cwd=tmp_path, variables=here)
        assert said.returncode == 1
        assert "README.md" in said.stderr
        assert "Choose another path." in said.stderr, said.stderr
        assert "Traceback" not in said.stderr
    told = run_sahne("db", "functions", "--functions", "nowhere", "--json", cwd=tmp_path, variables=here)
    assert json.loads(told.stdout)["error"]["code"] == "path_refused"
    assert (tmp_path / "README.md").read_text() == "words"


def test_an_answer_that_finds_no_room_is_told(tmp_path: Path) -> None:
    nowhere = {"DATABASE_URL": f"postgresql://a:b@127.0.0.1:{free_port()}/c"}
    with open("/dev/full", "w") as full:
        said = subprocess.run(
            sahne_command("keys", "--env"), cwd=tmp_path, env=environment() | nowhere,
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert said.returncode == 1
    assert "There is no room left" in said.stderr
    assert "Traceback" not in said.stderr
