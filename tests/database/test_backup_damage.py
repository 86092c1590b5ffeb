"""A damaged backup is refused with the name of the file, wherever a byte of it differs; a failing drill says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from sahne.operations.backup.drill import compare, drill_backup
from sahne.operations.backup.facts import Facts
from sahne.operations.backup.manifest import BackupDamaged, Manifest
from sahne.operations.backup.objects import read_lines
from sahne.operations.backup.restore import restore_backup
from sahne.operations.backup.shelf import Backup
from sahne.operations.backup.table import restore_table
from sahne.operations.backup.verify import verify_backup
from tests.backups import Stored, copy_of, databases, flip, reseal


@pytest.fixture(scope="module")
def whole(stored: Stored) -> Backup:
    return stored.back_up()


@pytest.fixture
def backup(whole: Backup, tmp_path: Path) -> Backup:
    """A copy, to be spoilt."""
    return copy_of(whole, tmp_path / "backups")


def an_object(backup: Backup) -> str:
    return next(line.file for line in read_lines(backup.path) if line.size)


def refusal(backup: Backup) -> list[str]:
    with pytest.raises(BackupDamaged) as refused:
        verify_backup(backup)
    assert isinstance(refused.value.details, list)
    return refused.value.details


def test_a_whole_one_is_verified_and_remembers_when(backup: Backup) -> None:
    assert backup.verified_at() is None
    manifest = verify_backup(backup)
    assert manifest.complete
    first = backup.verified_at()
    assert first is not None
    verify_backup(backup)
    assert (backup.verified_at() or first) > first
    assert backup.damaged_at() is None


@pytest.mark.parametrize("kind", ["database.dump", "objects.jsonl", "object", "backup.json", "backup.json.sha256"])
def test_one_flipped_byte_is_refused_with_the_file_it_is_in(backup: Backup, stored: Stored, kind: str) -> None:
    verify_backup(backup)
    name = an_object(backup) if kind == "object" else kind
    flip(backup.path / name)
    assert [said.split(":")[0] for said in refusal(backup)] == [name.removesuffix(".sha256")]
    assert backup.verified_at() is None
    assert backup.damaged_at() is not None
    before = databases(stored.url)
    with pytest.raises(BackupDamaged):
        restore_backup(backup, stored.url, "never_made", backup.path.parent / "restored")
    with pytest.raises(BackupDamaged):
        restore_table(backup, stored.url, "gifts")
    report = drill_backup(backup, stored.url)
    assert not report.passed
    assert name.removesuffix(".sha256") in report.checks[0].seen
    assert databases(stored.url) == before


@pytest.mark.parametrize("name", ["backup.json", "backup.json.sha256"])
def test_no_byte_of_the_manifest_can_differ(backup: Backup, name: str) -> None:
    path = backup.path / name
    content = path.read_bytes()
    for at in range(0, len(content), 1 + len(content) // 200):
        flip(path, at)
        with pytest.raises(BackupDamaged):
            backup.manifest()
        path.write_bytes(content)
    backup.manifest()


def test_a_file_that_is_gone_and_one_that_was_added_are_named(backup: Backup) -> None:
    gone = an_object(backup)
    (backup.path / gone).unlink()
    (backup.path / "objects" / "added").write_bytes(b"?")
    assert refusal(backup) == [f"{gone}: is not there", "objects/added: is no part of the backup"]
    (backup.path / "database.dump").unlink()
    assert "database.dump: is not there" in refusal(backup)


def test_a_dump_that_was_written_half_is_found_though_its_hash_holds(backup: Backup) -> None:
    dump = backup.path / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-100])
    reseal(backup)
    (said,) = refusal(backup)
    assert said.startswith("database.dump: cannot be decoded")


def more_rows(manifest: Manifest) -> Manifest:
    first, *others = manifest.tables
    return replace(manifest, tables=[replace(first, rows=first.rows + 1), *others])


def other_rows(manifest: Manifest) -> Manifest:
    first, *others = manifest.tables
    return replace(manifest, tables=[replace(first, fingerprint="1"), *others])


def more_policies(manifest: Manifest) -> Manifest:
    return replace(manifest, shape=manifest.shape | {"policies": manifest.shape["policies"] + 1})


def another_migration(manifest: Manifest) -> Manifest:
    return replace(manifest, migrations=[*manifest.migrations, "20990101000000_never"])


@pytest.mark.parametrize(
    ("change", "check"),
    [(more_rows, "row counts"), (other_rows, "contents"), (more_policies, "policies, triggers, constraints"),
     (another_migration, "migration history")],
)  # fmt: skip
def test_a_difference_between_database_and_backup_is_seen(
    whole: Backup, change: Callable[[Manifest], Manifest], check: str
) -> None:
    manifest = whole.manifest()
    found = Facts(manifest.tables, manifest.shape, manifest.migrations)
    assert all(each.passed for each in compare(manifest, found))
    assert [each.name for each in compare(change(manifest), found) if not each.passed] == [check]


def test_a_drill_fails_where_the_database_is_not_what_the_backup_says(backup: Backup, stored: Stored) -> None:
    reseal(backup, more_policies)
    before = databases(stored.url)
    report = drill_backup(backup, stored.url)
    assert [each.name for each in report.checks if not each.passed] == ["policies, triggers, constraints"]
    assert not report.passed
    assert databases(stored.url) == before


def test_a_drill_finds_keys_that_do_not_hold_and_objects_that_have_no_line(stored: Stored, tmp_path: Path) -> None:
    with psycopg.connect(stored.url) as conn:
        conn.execute("create table public.strays (gift_id uuid)")
        conn.execute("insert into public.strays values (gen_random_uuid())")
        key = "foreign key (gift_id) references public.gifts (id) not valid"
        conn.execute(f"alter table public.strays add constraint strays_gift {key}".encode())
    try:
        backup = Stored(stored.url, stored.objects, tmp_path).back_up()
    finally:
        stored.run("drop table public.strays")
    _without_last_object(backup)
    report = drill_backup(backup, stored.url)
    assert [each.name for each in report.checks if not each.passed] == ["objects", "foreign keys"]


def _without_last_object(backup: Backup) -> None:
    *_, last = read_lines(backup.path)
    path = backup.path / "objects.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    (backup.path / last.file).unlink()
    reseal(backup, lambda said: replace(said, objects=replace(said.objects, count=said.objects.count - 1)))
