"""`sahne backup` as people and scripts use it: on a given database, on the embedded one at rest, and killed half-way."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from typer.testing import CliRunner, Result

from sahne.cli.app import app
from sahne.up.database import database_here
from tests.backups import Stored, flip, new_name, tables
from tests.eventually import eventually
from tests.process.sahne_up import run_sahne, started_sahne

VARIABLES = ("DATABASE_URL", "SAHNE_DATA", "SAHNE_BACKUPS")


@pytest.fixture
def stored(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stored:
    """A data folder with a database of its own, named by the environment, and one object."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SAHNE_DATA", str(tmp_path / "data"))
    made = Stored(database_url, tmp_path / "data" / "objects", tmp_path / "data" / "backups")
    made.keep("images", "face.png", b"\x89PNG")
    return made


def sahne(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, ["backup", *arguments], input=answer)


def said(*arguments: str, code: int = 0) -> Any:
    done = sahne(*arguments, "--json")
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


def test_from_making_one_to_restoring_it(stored: Stored, tmp_path: Path) -> None:
    made = said("create")
    assert (made["objects"], made["missing"], made["complete"], made["verified_at"]) == (1, 0, True, None)
    assert said("verify", made["name"])["verified_at"]
    (listed,) = said("list")["backups"]
    assert (listed["name"], listed["damaged"]) == (made["name"], False)
    drilled = sahne("drill", "--latest")
    assert (drilled.exit_code, "FAILED" in drilled.output) == (0, False)
    assert "nothing left to migrate" in drilled.output
    with new_name(stored.url) as name:
        restored = said("restore", "--latest", "--into", name)
        assert tables(restored["database_url"]) == tables(stored.url)
        assert restored["objects_folder"] == str(tmp_path / "data" / f"objects-{made['name']}")
        assert said("restore", "--latest", "--into", name, code=1)["error"]["code"] == "folder_not_empty"
        again = said("restore", "--latest", "--into", name, "--objects", str(tmp_path / "o"), code=1)
        assert again["error"]["code"] == "database_not_empty"
    counted = said("restore", made["name"], "--table", "private.settings")
    assert (counted["rows"], counted["changed"]) == (1, 0)


def test_a_database_beside_has_its_objects_beside_though_there_are_none_here_yet(
    stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = said("create")
    monkeypatch.setenv("SAHNE_BACKUPS", str(stored.shelf))
    monkeypatch.setenv("SAHNE_DATA", str(tmp_path / "in use"))
    with new_name(stored.url) as name:
        restored = said("restore", "--latest", "--into", name)
    assert restored["objects_folder"] == str(tmp_path / "in use" / f"objects-{made['name']}")
    assert not (tmp_path / "in use" / "objects").exists()


def test_people_are_told_in_words(stored: Stored) -> None:
    stored.blob(stored.keep("images", "lost.png", b"\x89PNG")).unlink()
    made = sahne("create")
    assert "The bytes of 1 object were missing" in made.output
    assert "1 object missing" in sahne("list").output
    with new_name(stored.url) as name:
        restored = sahne("restore", "--latest", "--into", name)
        assert f"/{name}" in restored.output
        assert "DATABASE_URL=" in restored.output
    assert "changed since" in sahne("restore", "--latest", "--table", "gifts").output
    stored.run("delete from storage.objects where name = 'lost.png'")


def test_a_damaged_one_fails_everywhere(stored: Stored) -> None:
    made = said("create")
    flip(stored.shelf / made["name"] / "database.dump")
    assert said("verify", "--latest", code=1)["error"]["details"] == ["database.dump: its SHA-256 differs"]
    (listed,) = said("list")["backups"]
    assert (listed["damaged"], listed["verified_at"], listed["bytes"] > 0) == (True, None, True)
    assert "damaged" in sahne("list").output
    assert said("drill", "--latest", code=1)["passed"] is False
    assert said("restore", "--latest", "--into", "never_made", code=1)["error"]["code"] == "backup_damaged"
    (stored.shelf / made["name"] / "backup.json").unlink()
    assert said("list")["backups"][0]["damaged"] is True


def test_wrong_usage_and_unknown_names(stored: Stored) -> None:
    for wrong in (["verify"], ["verify", "x", "--latest"], ["drill"], ["restore", "--latest"], ["restore", "--latest",
                  "--into", "a", "--table", "b"], ["restore", "--latest", "--table", "b", "--objects", "c"]):  # fmt: skip
        assert sahne(*wrong).exit_code == 2
    assert said("verify", "--latest", code=1)["error"]["code"] == "backup_not_found"
    assert said("drill", "20260101T000000Z", code=1)["error"]["code"] == "backup_not_found"
    assert said("list") == {"backups": []}
    (stored.shelf.parent / "a_file").write_text("mine")
    taken = str(stored.shelf.parent / "a_file")
    assert said("create", "--to", taken, code=1)["error"]["code"] == "path_refused"
    assert said("list", "--backups", taken) == {"backups": []}


def test_pruning_shows_asks_and_keeps_what_the_settings_say(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("DAILY", "3"), ("WEEKLY", "0"), ("MONTHLY", "0")):
        monkeypatch.setenv(f"SAHNE_BACKUP_KEEP_{name}", value)
    for day in range(1, 6):
        (stored.shelf / f"2026110{day}T030000Z").mkdir(parents=True)
    (stored.shelf / "20261101T030000Z" / "verified.json").write_text('{"verified_at": "2026-11-01T04:00:00+00:00"}')
    gone = ["20261102T030000Z"]
    assert said("prune") == {"would_remove": gone}
    refused = sahne("prune", answer="n\n")
    assert refused.exit_code == 1
    assert f"would remove {gone[0]}" in refused.output
    assert len(said("list")["backups"]) == 5
    assert f"removed {gone[0]}" in sahne("prune", answer="y\n").output
    assert len(said("list")["backups"]) == 4
    assert said("prune", "--yes") == {"removed": []}


def test_one_that_was_killed_half_way_is_no_backup(stored: Stored, tmp_path: Path) -> None:
    version = str(uuid4())
    stored.run("insert into storage.objects (bucket_id, name, version) values ('images', 'never-ending', %s)", version)
    stored.blob(version).parent.mkdir(exist_ok=True)
    os.mkfifo(stored.blob(version))  # whoever reads it waits for ever
    variables = {name: os.environ[name] for name in ("DATABASE_URL", "SAHNE_DATA")}
    with started_sahne("backup", "create", cwd=tmp_path, variables=variables) as process:
        eventually(lambda: list(stored.shelf.glob(".*.part/objects/*/*")), 30)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert said("list") == {"backups": []}
    stored.blob(version).unlink()
    stored.run("delete from storage.objects where name = 'never-ending'")
    assert said("create")["complete"] is True
    assert [re.sub(r"\d", "0", path.name) for path in stored.shelf.iterdir() if path.is_dir()] == ["00000000T000000Z"]


def test_an_embedded_database_comes_out_of_a_backup_and_is_backed_up_at_rest(
    stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said("create")
    rows = tables(stored.url)
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("SAHNE_BACKUPS", str(stored.shelf))
    new = tmp_path / "new"
    restored = said("restore", "--latest", "--into", "postgres", "--data", str(new))
    assert restored["database_url"] == "postgresql://postgres:postgres@127.0.0.1:54322/postgres"
    assert restored["objects_folder"] == str(new / "objects")
    monkeypatch.setenv("SAHNE_DATA", str(new))
    made = said("create", "--to", str(new / "backups"))
    assert (made["rows"], made["objects"], made["missing"]) == (restored["rows"], 1, 0)
    assert said("drill", "--latest", "--backups", str(new / "backups"))["passed"] is True
    assert sorted(path.name for path in new.iterdir()) == ["backups", "lock", "objects", "postgres", "postgres.log"]
    with database_here() as settings, psycopg.connect(settings.admin_database_url) as conn:
        assert tables(settings.admin_database_url) == rows
        login = "select rolcanlogin, rolpassword is not null from pg_authid where rolname = 'authenticator'"
        assert conn.execute(login).fetchone() == (True, True)


def test_a_data_folder_that_was_never_set_up_has_nothing_to_back_up(tmp_path: Path) -> None:
    done = run_sahne("backup", "create", cwd=tmp_path)
    assert done.returncode == 1
    assert "There is no database here yet." in done.stderr
    assert not list(tmp_path.iterdir())
