"""Backups in a bucket, encrypted: from making one to restoring it, and what a wrong key, a fault or a kill leaves."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import obstore
import psycopg
import pytest
from typer.testing import CliRunner, Result

from sahne.cli.app import app
from sahne.database.actor import SERVICE
from sahne.database.pool import Database
from sahne.doctor.keeping import judged_backups
from sahne.jobs.ends import last_ends
from sahne.object_stores import Bucket
from sahne.objects.stores import move_bytes
from sahne.operations.backup.age import BackupKey
from sahne.operations.backup.bucket_lock import bucket_lock
from sahne.operations.backup.nightly import BackedUp, NightFailed, make_nightly_backup
from sahne.operations.backup.shelves import open_shelf
from sahne.providers.blobs.bucket import open_bucket
from sahne.providers.blobs.disk import DiskBlobs
from sahne.providers.blobs.s3 import S3Blobs
from sahne.settings.reading import read_settings
from sahne.telemetry import Failed, subscribe
from tests.backups import PICTURES, Stored, new_name, tables
from tests.eventually import eventually
from tests.process.sahne_up import started_sahne
from tests.s3 import S3Server, s3_server

pytestmark = pytest.mark.slow

# No schema is searched while rows are restored, and the column's function calls another without its schema
CANNOT_BE_RESTORED = """
create function public.inner_one() returns integer immutable language sql as 'select 1';
create function public.outer_one(integer) returns integer immutable language plpgsql
  as 'begin return inner_one(); end';
create table public.of_bare_names (id integer, one integer generated always as (public.outer_one(id)) stored);
insert into public.of_bare_names values (1);
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def bucket(server: S3Server, stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """The place that the settings name, with the objects below it, too."""
    bucket = server.new_bucket()
    key = tmp_path / "key"
    key.write_text(BackupKey.new().as_file())
    for name, value in server.settings(bucket.below("objects")).items():
        monkeypatch.setenv(f"SAHNE_{name.upper()}", value)
    monkeypatch.setenv("SAHNE_BACKUPS", str(bucket.below("backups")))
    monkeypatch.setenv("SAHNE_BACKUP_KEY", str(key))
    monkeypatch.setenv("SAHNE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", stored.url)
    asyncio.run(move_bytes(DiskBlobs(stored.objects), S3Blobs(bucket.below("objects"))))
    return bucket


def sahne(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["backup", *arguments])


def said(*arguments: str, code: int = 0) -> Any:
    done = sahne(*arguments, "--json")
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


def test_from_making_one_to_restoring_it_nothing_plain_lies_in_the_bucket(
    bucket: Bucket, server: S3Server, stored: Stored, tmp_path: Path
) -> None:
    made = said("create")
    assert (made["objects"], made["missing"], made["verified_at"]) == (len(PICTURES), 0, None)
    files = server.files(bucket.below("backups"))
    assert {path.name for path in files} == {f"{made['name']}.tar.age", f"{made['name']}.notes.tar.age"}
    for path in files:
        content = path.read_bytes()
        assert content.startswith(b"age-encryption.org/v1")
        assert not [each for each in (b"PGDMP", b"\xff\xd8 one", b"objects.jsonl", b"fingerprint") if each in content]
    assert said("verify", "--latest")["verified_at"]
    assert said("drill", "--latest")["passed"] is True
    (listed,) = said("list")["backups"]
    assert (listed["damaged"], listed["verified_at"] is not None, listed["rows"]) == (False, True, made["rows"])
    looked_at = judged_backups(open_shelf(read_settings(env_file=None)), datetime.now(UTC))
    assert [each.state for each in looked_at] == ["ok", "ok"]
    with new_name(stored.url) as name:
        restored = said("restore", "--latest", "--into", name)
        assert restored["objects_folder"] == f"{bucket.below('objects')}-{made['name']}"
        assert tables(restored["database_url"]) == tables(stored.url)
        with psycopg.connect(restored["database_url"]) as conn:
            rows = conn.execute("select bucket_id, name, version from storage.objects").fetchall()
    new = S3Blobs(bucket.below("objects").beside(made["name"]))
    assert {(kind, name): asyncio.run(read(new, version)) for kind, name, version in rows} == PICTURES
    counted = said("restore", "--latest", "--table", "private.settings")
    assert (counted["rows"], counted["changed"]) == (1, 0)
    assert not [path for path in (tmp_path / "data" / "backup-scratch").iterdir() if path.is_dir()]


async def read(blobs: S3Blobs, version: str) -> bytes:
    async with blobs.open(version) as blob:
        return b"".join([chunk async for chunk in blob.chunks()])


def test_a_wrong_key_or_none_is_told_and_nothing_is_made(
    bucket: Bucket, stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said("create")
    other = tmp_path / "other"
    other.write_text(sahne("key").stdout)
    monkeypatch.setenv("SAHNE_BACKUP_KEY", str(other))
    for command in (["list"], ["verify", "--latest"], ["restore", "--latest", "--into", "never_made"]):
        assert said(*command, code=1)["error"]["code"] == "backup_key_wrong"
    monkeypatch.delenv("SAHNE_BACKUP_KEY")
    assert said("drill", "--latest", code=1)["error"]["code"] == "backup_key_missing"
    monkeypatch.setenv("SAHNE_BACKUP_KEY", str(tmp_path / "nowhere"))
    assert said("create", code=1)["error"]["code"] == "setting_invalid"


def test_what_the_bucket_lost_of_one_is_found_and_noted_and_it_is_not_what_is_kept(
    bucket: Bucket, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = said("create")["name"]
    said("verify", whole)
    cut = said("create")["name"]
    last = said("create")["name"]
    (path,) = (path for path in server.files(bucket) if path.name == f"{cut}.tar.age")
    os.truncate(path, path.stat().st_size // 2)
    assert said("verify", cut, code=1)["error"]["code"] == "backup_damaged"
    assert [(each["name"], each["damaged"]) for each in said("list")["backups"]] == [
        (last, False),
        (cut, True),
        (whole, False),
    ]
    for period in ("DAILY", "WEEKLY", "MONTHLY"):
        monkeypatch.setenv(f"SAHNE_BACKUP_KEEP_{period}", "0")
    assert said("prune", "--yes") == {"removed": []}
    newest = said("create")["name"]
    assert said("prune", "--yes") == {"removed": [cut]}
    names = {path.name.partition(".")[0] for path in server.files(bucket.below("backups"))}
    assert names == {whole, last, newest}


def test_one_that_was_killed_half_way_is_no_backup_and_the_next_finds_nothing_of_it(
    bucket: Bucket, server: S3Server, tmp_path: Path
) -> None:
    variables = {name: value for name, value in os.environ.items() if name.startswith("SAHNE_")}
    variables["DATABASE_URL"] = os.environ["DATABASE_URL"]
    scratch = tmp_path / "data" / "backup-scratch"
    with started_sahne("backup", "create", cwd=tmp_path, variables=variables) as process:
        eventually(lambda: list(scratch.glob("work/.*.part/database.dump")), 30)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert said("list") == {"backups": []}
    under_way = said("create", code=1)["error"]
    assert (under_way["code"], "delete that object" in under_way["hint"]) == ("backup_under_way", True)
    obstore.delete(open_bucket(bucket.below("backups")), "lock")
    assert said("create")["complete"] is True
    assert [path.name for path in scratch.iterdir()] == [".lock"]
    assert len(server.files(bucket.below("backups"))) == 2
    with bucket_lock(open_bucket(bucket.below("backups"))):
        assert said("prune", "--yes", code=1)["error"]["code"] == "backup_under_way"


def test_in_a_folder_they_are_encrypted_too(bucket: Bucket, tmp_path: Path) -> None:
    place = str(tmp_path / "kept")
    made = said("create", "--to", place)
    assert said("verify", "--latest", "--backups", place)["name"] == made["name"]
    files = [path for path in Path(place).iterdir() if path.suffix == ".age"]
    assert {path.read_bytes()[:22] for path in files} == {b"age-encryption.org/v1\n"}
    assert len(files) == 2
    wrong = said("create", "--to", "s3://key:hidden@Bucket", code=1)["error"]
    assert (wrong["code"], "hidden" in str(wrong)) == ("setting_invalid", False)


async def night(stored: Stored) -> tuple[BackedUp, dict[str, float]]:
    async with Database(stored.url, connections_max=1) as database:
        made = await make_nightly_backup(read_settings(env_file=None), database)
        async with database.transaction(SERVICE) as conn:
            return made, await last_ends(conn)


def test_a_night_makes_one_verifies_it_drills_it_once_a_week_and_says_when(
    bucket: Bucket, stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = time.time()
    first, ends = asyncio.run(night(stored))
    assert first.drilled
    assert before <= ends["backup"] <= ends["drill"] <= time.time()
    second, ends = asyncio.run(night(stored))
    assert (second.drilled, second.backup > first.backup) == (False, True)
    listed = said("list")["backups"]
    assert [each["verified_at"] is not None for each in listed] == [True, True]
    stored.run("update private.clock_ends set ended_at = now() - interval '6 days 13 hours' where step = 'drill'")
    stored.run(CANNOT_BE_RESTORED)
    told: list[object] = []
    unsubscribe = subscribe(told.append)
    for period in ("DAILY", "WEEKLY", "MONTHLY"):
        monkeypatch.setenv(f"SAHNE_BACKUP_KEEP_{period}", "0")
    third, ends = asyncio.run(night(stored))
    unsubscribe()
    stored.run("drop table public.of_bare_names")
    assert (third.drilled, third.removed, ends["drill"] < ends["backup"]) == (True, 0, True)
    assert ["inner_one" in fact.error for fact in told if isinstance(fact, Failed)] == [True]
    (tmp_path / "key").write_text("none")
    with pytest.raises(NightFailed, match=r"`sahne backup create` failed: .*must be the file of an age key"):
        asyncio.run(night(stored))


def test_a_night_that_is_interrupted_lets_go_of_the_bucket(bucket: Bucket, stored: Stored, tmp_path: Path) -> None:
    async def interrupted() -> None:
        under_way = asyncio.create_task(night(stored))
        work = tmp_path / "data" / "backup-scratch" / "work"
        await asyncio.to_thread(eventually, lambda: list(work.glob(".*.part/database.dump")), 30)
        under_way.cancel()
        with pytest.raises(asyncio.CancelledError):
            await under_way

    with psycopg.connect(stored.url) as upkeep:  # so that the night is not over before it is interrupted
        upkeep.execute("lock table public.gifts in access exclusive mode")
        asyncio.run(interrupted())
    assert said("list") == {"backups": []}
    assert eventually(lambda: said("create"), 30)["complete"] is True
