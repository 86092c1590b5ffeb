"""Pairs for the rulings on backups (S21, S22): the seed's commands as it gives them, then ours."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from sahne.database.binaries import Binaries
from sahne.operations.backup.create import create_backup
from sahne.operations.backup.prune import Retention, plan_prune
from sahne.operations.backup.restore import DatabaseNotEmpty, restore_backup
from sahne.operations.backup.shelf import list_backups
from sahne.operations.backup.table import restore_table
from sahne.providers.blobs import BlobMissing
from sahne.providers.blobs.disk import DiskBlobs
from tests.backups import Stored, new_name, tables
from tests.database.rulings.rows import own_object, scene, write
from tests.restoring import restored_copy
from tests.world import World

SECONDS_MAX = 60


def run(
    binaries: Binaries, program: str, *arguments: str, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [binaries.program(program), *arguments], input=stdin, capture_output=True, text=True, timeout=SECONDS_MAX,
        check=False,
    )  # fmt: skip


def picture(world: World) -> None:
    """A picture somebody kept, which the triggers count."""
    bo, made = world.person(), scene(world)
    write(
        world, bo, "generated_images",
        user_id=bo, scene_id=made, image_url=own_object(world, bo), thumbnail_url=None, prompt="p",
    )  # fmt: skip


COUNTERS = (
    "select array[(select sum(generation_count) from public.profiles), (select sum(usage_count) from public.scenes),"
    " (select sum(generation_count) from public.usage_tracking), (select count(*) from public.generated_images)]::int[]"
)


def test_s21_the_restore_of_one_table_empties_others(seed: World, ours: World, tmp_path: Path) -> None:
    bo = seed.person()
    seed.put("usage_tracking", user_id=bo)
    seed.put("live_sessions", creator_id=bo, creator_profile_id=bo, session_type="audio_room", livekit_room_name="r")
    seed.owner("truncate public.profiles cascade")
    left = ("select count(*) from public.usage_tracking", "select count(*) from public.live_sessions")
    assert [seed.one(count) for count in left] == [0, 0]

    picture(ours)
    backup = create_backup(ours.url, DiskBlobs(tmp_path / "objects"), tmp_path / "backups")
    ours.owner("update public.profiles set display_name = 'changed'")
    before = tables(ours.url)
    said = restore_table(backup, ours.url, "profiles")
    assert said.changed == said.rows > 0
    assert {name: facts for name, facts in tables(ours.url).items() if name != said.place} == before


def test_s21_a_restore_over_what_is_there_fails_and_says_so(
    seed: World, ours: World, binaries: Binaries, tmp_path: Path
) -> None:
    written = run(binaries, "pg_dump", seed.url)
    done = run(binaries, "psql", "--quiet", seed.url, stdin=written.stdout)
    assert done.returncode == 0
    assert done.stderr.count("ERROR:") > 90

    backup = create_backup(ours.url, DiskBlobs(tmp_path / "objects"), tmp_path / "backups")
    before = tables(ours.url)
    with pytest.raises(DatabaseNotEmpty):
        restore_backup(backup, ours.url, ours.url.rpartition("/")[2], tmp_path / "restored")
    assert tables(ours.url) == before


def test_s21_restored_rows_are_not_counted_again(
    mended_seed: World, ours: World, binaries: Binaries, tmp_path: Path
) -> None:
    picture(mended_seed)
    counted = mended_seed.one(COUNTERS)
    rows = run(binaries, "pg_dump", "--data-only", "--table=public.generated_images", mended_seed.url)
    mended_seed.owner("delete from public.generated_images")
    psql = ("--quiet", "--set=ON_ERROR_STOP=1", mended_seed.url)
    assert 'relation "profiles" does not exist' in run(binaries, "psql", *psql, stdin=rows.stdout).stderr
    where_triggers_find_them = rows.stdout.replace("SELECT pg_catalog.set_config('search_path', '', false);", "")
    assert run(binaries, "psql", *psql, stdin=where_triggers_find_them).returncode == 0
    profiles, _, days, pictures = mended_seed.one(COUNTERS)
    assert (profiles, days, pictures) == (2 * counted[0], 2 * counted[2], counted[3])

    picture(ours)
    backup = create_backup(ours.url, DiskBlobs(tmp_path / "objects"), tmp_path / "backups")
    with new_name(ours.url) as name:
        restored = restore_backup(backup, ours.url, name, tmp_path / "restored")
        assert World(restored.url).one(COUNTERS) == ours.one(COUNTERS)
        assert min(ours.one(COUNTERS)) > 0
        picture(World(restored.url))  # and from now on they count
        assert World(restored.url).one(COUNTERS) == [count + 1 for count in ours.one(COUNTERS)]


def test_s22_a_dump_has_no_stored_objects_and_a_backup_has_them(
    seed: World, stored: Stored, binaries: Binaries, tmp_path: Path
) -> None:
    content, version = b"\x89PNG a face", str(uuid4())

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    async def keep() -> None:
        await DiskBlobs(tmp_path / "objects").write(version, chunks())

    async def read(folder: Path, version: str) -> bytes:
        async with DiskBlobs(folder).open(version) as blob:
            return b"".join([chunk async for chunk in blob.chunks()])

    asyncio.run(keep())
    own_object(seed, seed.person())
    seed.owner("update storage.objects set version = %s", version)
    with restored_copy(seed.url, binaries, tmp_path) as url, psycopg.connect(url) as conn:
        assert conn.execute("select version from storage.objects").fetchall() == [(version,)]
    assert content not in (tmp_path / "sahne.dump").read_bytes()
    with pytest.raises(BlobMissing):
        asyncio.run(read(tmp_path / "restored elsewhere", version))

    version = stored.keep("images", "a face", content)
    backup = stored.back_up()
    with new_name(stored.url) as name:
        restored = restore_backup(backup, stored.url, name, tmp_path / "restored")
    assert isinstance(restored.folder, Path)
    assert asyncio.run(read(restored.folder, version)) == content


def test_s22_how_long_backups_are_kept_is_a_setting(stored: Stored, tmp_path: Path) -> None:
    """Of the seed there is no half: what a host keeps is the host's. Sixty nights, of which the settings keep some."""
    shelf = tmp_path / "backups"
    for month, days in ((9, 30), (10, 30)):
        for day in range(1, days + 1):
            (shelf / f"2026{month:02}{day:02}T030000Z").mkdir(parents=True)
    assert len(list_backups(shelf)) == 60
    gone = {days: len(plan_prune(list_backups(shelf), Retention(days, 0, 0))) for days in (7, 30, 60)}
    assert gone == {7: 53, 30: 30, 60: 0}
