"""`sahne db functions` as people and scripts run it: what differs, an exit code, a migration where one is wanted."""

from __future__ import annotations

import json
import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from tests.process.sahne_up import run_sahne


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """A copy of the package's migrations and functions."""
    for name in ("migrations", "functions"):
        with as_file(files("sahne.database").joinpath(name)) as folder:
            shutil.copytree(folder, tmp_path / name)
    return tmp_path


def run(folders: Path, url: str, *arguments: str) -> tuple[int, str, str]:
    places = ("--functions", str(folders / "functions"), "--migrations", str(folders / "migrations"))
    done = run_sahne("db", "functions", *places, *arguments, cwd=folders, variables={"DATABASE_URL": url})
    return done.returncode, done.stdout, done.stderr


def test_where_nothing_differs_nothing_is_written(folders: Path, cluster_url: str) -> None:
    there = sorted((folders / "migrations").iterdir())
    code, out, words = run(folders, cluster_url, "--check", "--write-migration", "nothing")
    assert (code, out) == (0, "")
    assert "The migrations say what the folder says." in words
    assert sorted((folders / "migrations").iterdir()) == there


def test_a_difference_is_said_checked_and_written(folders: Path, cluster_url: str) -> None:
    settings = folders / "functions" / "settings.sql"
    settings.write_text(settings.read_text().replace("select settings from", "select settings\n    from"))
    code, out, _ = run(folders, cluster_url, "--check", "--json")
    [change] = json.loads(out)["changes"]
    assert (code, change["kind"], change["function"]) == (1, "changed", "private.settings()")
    assert change["file"] == "sahne/database/functions/settings.sql:4"
    code, out, _ = run(
        folders, cluster_url, "--write-migration", "settings_anew", "--version", "20990101000000", "--json"
    )
    assert (code, json.loads(out)["wrote"]) == (0, str(folders / "migrations" / "20990101000000_settings_anew.sql"))
    assert run(folders, cluster_url, "--check")[0] == 0


def test_a_name_that_is_none_is_refused_for_what_is_wrong_with_it(folders: Path, cluster_url: str) -> None:
    settings = folders / "functions" / "settings.sql"
    settings.write_text(settings.read_text().replace("select settings from", "select settings\n    from"))
    there = sorted((folders / "migrations").iterdir())
    for name in ("slow mode!", "../slow_mode", "yavaş"):
        code, out, _ = run(folders, cluster_url, "--write-migration", name, "--json")
        error = json.loads(out)["error"]
        assert (code, error["code"], error["details"]) == (1, "name_unfit", name)
    assert sorted((folders / "migrations").iterdir()) == there
