"""A backup is the database and its objects at one moment; what comes back is what was there (goal R7)."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from sahne.database.binaries import embedded_binaries
from sahne.database.embedded import DiskFull
from sahne.operations.backup.connection import RoleMayNot
from sahne.operations.backup.create import NothingToBackUp, TableWentAway, create_backup
from sahne.operations.backup.drill import drill_backup
from sahne.operations.backup.new_objects import FolderNotEmpty
from sahne.operations.backup.objects import read_lines
from sahne.operations.backup.restore import (
    DatabaseNotEmpty,
    Restored,
    RolesMissing,
    restore_backup,
)
from sahne.operations.backup.shelf import Backup, BackupUnderWay, list_backups, shelf_lock
from sahne.providers.blobs.disk import DiskBlobs
from tests.backups import PICTURES, Stored, databases, new_name, tables
from tests.conftest import with_database
from tests.database.test_dump import facts


@pytest.fixture(scope="module")
def backup(stored: Stored) -> Backup:
    return stored.back_up()


@pytest.fixture(scope="module")
def restored(stored: Stored, backup: Backup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restored]:
    with new_name(stored.url) as name:
        yield restore_backup(backup, stored.url, name, tmp_path_factory.mktemp("restored") / "objects")


def test_every_row_comes_back_as_it_was(stored: Stored, restored: Restored) -> None:
    before = tables(stored.url)
    assert before == tables(restored.url)
    assert sum(bool(count) for count, _ in before.values()) > 30
    assert restored.rows == sum(int(str(count)) for count, _ in before.values())


def test_policies_triggers_constraints_and_everything_else_declared_come_back(
    stored: Stored, restored: Restored
) -> None:
    assert facts(stored.url) == facts(restored.url)


def test_every_object_comes_back_with_its_bytes(restored: Restored) -> None:
    async def read(version: str) -> bytes:
        assert isinstance(restored.folder, Path)
        async with DiskBlobs(restored.folder).open(version) as blob:
            return b"".join([chunk async for chunk in blob.chunks()])

    with psycopg.connect(restored.url) as conn:
        rows = conn.execute("select bucket_id, name, version from storage.objects").fetchall()
    assert {(bucket, name): asyncio.run(read(version)) for bucket, name, version in rows} == PICTURES


def test_only_its_owner_can_read_it(backup: Backup) -> None:
    for path in [backup.path, *backup.path.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_drill_passes_says_how_long_it_took_and_leaves_nothing(stored: Stored, backup: Backup) -> None:
    before = databases(stored.url)
    report = drill_backup(backup, stored.url)
    assert [check for check in report.checks if not check.passed] == []
    assert {check.name for check in report.checks} == {
        "files", "row counts", "contents", "policies, triggers, constraints", "migration history", "objects",
        "foreign keys", "migrations",
    }  # fmt: skip
    assert report.passed
    assert 0 < (report.restore_seconds or 0) < report.seconds
    assert databases(stored.url) == before
    assert (backup.path / "drill.json").exists()


def test_programs_newer_than_the_server_serve_as_well(stored: Stored, tmp_path: Path) -> None:
    newest = embedded_binaries()
    backup = create_backup(stored.url, DiskBlobs(stored.objects), tmp_path, programs=newest)
    assert backup.manifest().programs_major == newest.major
    assert drill_backup(backup, stored.url, programs=newest).passed


def test_what_changes_while_it_is_made_is_not_in_it(stored: Stored, tmp_path: Path) -> None:
    late = stored.keep("images", "late", b"late")
    lost = stored.keep("images", "lost", b"lost")
    stored.blob(lost).unlink()
    meddled: list[str] = []

    def meddle(what: str, done: int, total: int) -> None:
        if not meddled:
            meddled.append(what)
            stored.run("insert into public.gifts (name, coin_price) values ('late', 7)")
            stored.run("delete from storage.objects where name = 'late'")
            stored.blob(late).unlink()

    backup = Stored(stored.url, stored.objects, tmp_path).back_up(meddle)
    manifest = backup.manifest()
    stored.run("delete from storage.objects where name = 'lost'")
    assert meddled
    assert (manifest.objects.missing, manifest.objects.removed_meanwhile) == (1, 1)
    assert not manifest.complete
    assert {line.name for line in read_lines(backup.path) if line.sha256 is None} == {"late", "lost"}
    with new_name(stored.url) as name:
        restored = restore_backup(backup, stored.url, name, tmp_path / "objects")
        with psycopg.connect(restored.url) as conn:
            assert conn.execute("select count(*) from public.gifts where name = 'late'").fetchone() == (0,)
    assert restored.missing == 2
    assert stored.run("delete from public.gifts where name = 'late' returning 1") == [(1,)]


def test_it_is_restored_into_a_new_or_empty_database_only(stored: Stored, backup: Backup, tmp_path: Path) -> None:
    before = tables(stored.url)
    with new_name(stored.url) as name, psycopg.connect(stored.url, autocommit=True) as conn:
        conn.execute(f"create database {name}".encode())
        with psycopg.connect(with_database(stored.url, name)) as other:
            other.execute("create table public.mine (id int)")
        for taken in (name, stored.url.rpartition("/")[2]):
            with pytest.raises(DatabaseNotEmpty):
                restore_backup(backup, stored.url, taken, tmp_path / "objects")
        with psycopg.connect(with_database(stored.url, name)) as other:
            other.execute("drop table public.mine")
        with pytest.raises(FolderNotEmpty):
            restore_backup(backup, stored.url, name, stored.objects)
        assert not (tmp_path / "objects").exists()
        restored = restore_backup(backup, stored.url, name, tmp_path / "objects")
        assert tables(restored.url) == before
    assert tables(stored.url) == before


def test_roles_that_the_server_lacks_are_named_before_anything_is_made(stored: Stored, tmp_path: Path) -> None:
    stored.run("create role a_reader_of_gifts")
    stored.run("grant select on public.gifts to a_reader_of_gifts")
    try:
        backup = Stored(stored.url, stored.objects, tmp_path).back_up()
    finally:
        stored.run("revoke all on public.gifts from a_reader_of_gifts")
        stored.run("drop role a_reader_of_gifts")
    before = databases(stored.url)
    with pytest.raises(RolesMissing) as refused:
        restore_backup(backup, stored.url, "never_made", tmp_path / "objects")
    assert refused.value.details == ["a_reader_of_gifts"]
    assert 'create role "a_reader_of_gifts";' in str(refused.value.hint)
    assert databases(stored.url) == before


def test_it_is_refused_where_it_clearly_does_not_fit(stored: Stored, tmp_path: Path) -> None:
    stored.run(
        """insert into storage.objects (bucket_id, name, metadata) values ('images', 'vast', '{"size": 1e15}')"""
    )
    try:
        with pytest.raises(DiskFull, match="room on the disk"):
            Stored(stored.url, stored.objects, tmp_path).back_up()
    finally:
        stored.run("delete from storage.objects where name = 'vast'")
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_role_must_be_able_to_read_everything_and_need_be_no_superuser(stored: Stored, tmp_path: Path) -> None:
    stored.run("create role a_keeper login password 'kept'")
    parts = urlsplit(stored.url)
    url = parts._replace(netloc=f"a_keeper:kept@{parts.hostname}:{parts.port}").geturl()
    keeper = Stored(url, stored.objects, tmp_path)
    try:
        with pytest.raises(RoleMayNot) as refused:
            keeper.back_up()
        assert [path.name for path in tmp_path.iterdir()] == [".lock"]
        advice = str(refused.value.hint)
        stored.run(advice[advice.index("alter role") :])
        backup = keeper.back_up()
        with pytest.raises(RoleMayNot, match="may not do this"):
            drill_backup(backup, url)
        assert drill_backup(backup, stored.url).passed
    finally:
        stored.run("drop role a_keeper")


def test_a_table_that_is_dropped_meanwhile_is_told_in_words(stored: Stored, tmp_path: Path) -> None:
    stored.run("create table public.zz_short_lived ()")

    def drop(what: str, done: int, total: int) -> None:
        stored.run("drop table if exists public.zz_short_lived")

    with pytest.raises(TableWentAway):
        Stored(stored.url, stored.objects, tmp_path).back_up(drop)
    assert list_backups(tmp_path) == []


def test_a_database_that_is_not_ours_is_refused(stored: Stored, tmp_path: Path) -> None:
    with pytest.raises(NothingToBackUp):
        create_backup(with_database(stored.url, "template1"), DiskBlobs(stored.objects), tmp_path)
    assert list_backups(tmp_path) == []


def test_one_is_made_at_a_time(stored: Stored, tmp_path: Path) -> None:
    with shelf_lock(tmp_path), pytest.raises(BackupUnderWay):
        Stored(stored.url, stored.objects, tmp_path).back_up()
