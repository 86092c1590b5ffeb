"""`sahne upgrade --check`: a database of an older version, of a newer one and of this one, and what stands in the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sahne import __version__
from sahne.database.history import read_migrations
from sahne.doctor import upgrading
from sahne.doctor.finding import Finding
from sahne.doctor.installation import Installation
from sahne.doctor.look import Check, Look, findings_of
from sahne.settings import Settings
from tests.connections import Connection
from tests.process.sahne_up import run_sahne

LAST = read_migrations()[-1]
HISTORY = "supabase_migrations.schema_migrations"


def checked(url: str, folder: Path, *, code: int = 0, variables: dict[str, str] | None = None) -> dict[str, Any]:
    said = run_sahne("upgrade", "--check", "--json", cwd=folder, variables={"DATABASE_URL": url} | (variables or {}))
    assert said.returncode == code, said.stdout + said.stderr
    answer: dict[str, Any] = json.loads(said.stdout)
    return answer


def found(answer: dict[str, Any], looked_at: str) -> list[tuple[str, str]]:
    return [(each["state"], each["found"]) for each in answer["findings"] if each["looked_at"] == looked_at]


@pytest.fixture
def older(admin: Connection) -> Any:
    """The history as if the last migration had never been."""
    kept = admin.execute(f"delete from {HISTORY} where version = %s returning *".encode(), (LAST.version,)).fetchone()
    assert kept
    yield kept
    columns = ", ".join(kept)
    values = ", ".join(f"%({name})s" for name in kept)
    admin.execute(f"insert into {HISTORY} ({columns}) values ({values})".encode(), kept)


def test_a_database_of_this_version_has_nothing_to_apply(database_url: str, tmp_path: Path) -> None:
    answer = checked(database_url, tmp_path)
    assert (answer["version"], answer["would_apply"], answer["states"]["fault"]) == (__version__, [], 0)
    assert found(answer, "migrations") == [("ok", "none to apply: install the new version and restart")]
    assert found(answer, "publication supabase_realtime") == [("ok", "it has the tables that are listened to")]


def test_what_waits_is_told_with_what_it_says_of_itself_and_is_no_fault(
    database_url: str, tmp_path: Path, older: object
) -> None:
    answer = checked(database_url, tmp_path)
    assert answer["would_apply"] == [{"name": LAST.name, "what": LAST.text.split("\n")[0].removeprefix("-- ")}]
    assert found(answer, "migrations") == [("ok", f"1 step to apply, {LAST.name} first")]
    in_words = run_sahne("upgrade", "--check", cwd=tmp_path, variables={"DATABASE_URL": database_url})
    assert in_words.returncode == 0
    assert f"{LAST.name}  " in in_words.stdout


def test_a_migration_that_was_applied_from_another_text_stands_in_the_way(
    database_url: str, tmp_path: Path, admin: Connection
) -> None:
    change = b"update supabase_migrations.sahne_checksums set checksum = %s where name = %s"
    admin.execute(change, ("0" * 64, LAST.name))
    try:
        answer = checked(database_url, tmp_path, code=1)
    finally:
        admin.execute(change, (LAST.checksum, LAST.name))
    assert found(answer, "migrations") == [("fault", f"{LAST.name}: applied from another text")]


def test_a_newer_versions_migration_and_an_older_extension_are_warned_of(
    database_url: str, tmp_path: Path, admin: Connection
) -> None:
    admin.execute(f"insert into {HISTORY} (version, name) values ('29990101000000', 'of_tomorrow')".encode())
    admin.execute(b"create extension hstore with schema extensions version '1.7'")
    try:
        answer = checked(database_url, tmp_path)
    finally:
        admin.execute(f"delete from {HISTORY} where version = '29990101000000'".encode())
        admin.execute(b"drop extension hstore")
    assert found(answer, "migrations")[0] == ("warning", "29990101000000_of_tomorrow: not of this version")
    ((state, behind),) = [each for each in found(answer, "extensions") if "hstore" in each[1]]
    assert (state, behind.startswith("hstore is 1.7; the server has ")) == ("warning", True)


def test_a_wrong_name_in_the_file_of_settings_stands_in_the_way_and_one_in_the_environment_is_warned_of(
    database_url: str, tmp_path: Path
) -> None:
    answer = checked(database_url, tmp_path, variables={"SAHNE_STORAGE_FOLDER": "x"})
    ((state, _),) = found(answer, "names of settings")
    assert state == "warning"
    (tmp_path / "sahne.toml").write_text("prot = 5001\n")
    answer = checked(database_url, tmp_path, code=1)
    assert answer["findings"][0]["found"] == "sahne.toml: there is no setting prot. Perhaps port is meant."


def test_a_database_that_does_not_answer_and_a_check_that_was_not_asked_for_are_refused(tmp_path: Path) -> None:
    answer = checked("postgresql://a:b@127.0.0.1:1/c", tmp_path, code=1)
    assert answer["would_apply"] == []
    assert found(answer, "database")[0][0] == "fault"
    assert run_sahne("upgrade", cwd=tmp_path).returncode == 2


@pytest.mark.anyio
async def test_in_an_empty_database_all_is_to_be_applied_and_publications_are_not_missed(
    cluster_url: str,
) -> None:
    with psycopg.connect(cluster_url, autocommit=True) as conn:
        conn.execute("create database still_empty")
    try:
        empty = Installation(Settings(database_url=cluster_url.rpartition("/")[0] + "/still_empty"))
        assert len(upgrading.steps_to_apply(empty.settings)) >= len(read_migrations())
        assert [each.state for each in await looked(upgrading.migrations, empty)] == ["ok"]
        assert [each.state for each in await looked(upgrading.publications, empty)] == ["not_looked_at"]
    finally:
        with psycopg.connect(cluster_url, autocommit=True) as conn:
            conn.execute("drop database still_empty with (force)")


async def looked(look: Look, installation: Installation) -> list[Finding]:
    return await findings_of(Check("", "it", look), installation)
