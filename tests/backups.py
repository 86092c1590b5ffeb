"""A database with something in every corner and objects with bytes, for the tests of backups."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from sahne.database.actor import SERVICE
from sahne.database.pool import Database
from sahne.objects.names import Place
from sahne.objects.store import Content, Upload, chunks_of, kept_bytes, place_object
from sahne.operations.backup.create import create_backup
from sahne.operations.backup.manifest import Manifest, hash_file, write_manifest
from sahne.operations.backup.shelf import Backup
from sahne.operations.demo import make_demo_world
from sahne.operations.seed.load import seed
from sahne.operations.seed.size import Size
from sahne.providers.blobs.disk import DiskBlobs
from sahne.settings import Settings
from tests.conftest import with_database

SIZE = Size(users=20, images=40, messages=60, sessions=3, gifts=10, events=60)
PICTURES = {
    ("photos", "one/original.jpg"): b"\xff\xd8 one" * 100_000,
    ("images", "one/picture.webp"): b"RIFF one",
    ("avatars", "bir yüz.png"): b"\x89PNG face",
    ("images", "empty"): b"",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A database, the folder of its objects, the folder of its backups."""

    url: str
    objects: Path
    shelf: Path

    def back_up(self, tell: Callable[[str, int, int], None] = lambda *_: None) -> Backup:
        return create_backup(self.url, DiskBlobs(self.objects), self.shelf, tell=tell)

    def run(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """As the superuser, in a transaction of its own; rows of objects may be deleted."""
        with psycopg.connect(self.url) as conn:
            conn.execute("set local storage.allow_delete_query = 'true'")
            cursor = conn.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def keep(self, bucket: str, name: str, content: bytes) -> str:
        """Store an object; the version of its bytes."""

        async def store() -> None:
            async with Database(self.url, connections_max=1) as database:
                kept = kept_bytes(DiskBlobs(self.objects), chunks_of(content))
                async with kept as blob, database.transaction(SERVICE) as conn:
                    await place_object(conn, Upload(Place(bucket, name), Content("image/png")), blob)

        asyncio.run(store())
        asked = "select version from storage.objects where bucket_id = %s and name = %s"
        return str(self.run(asked, bucket, name)[0][0])

    def blob(self, version: str) -> Path:
        return self.objects / version[:2] / version


def furnish(settings: Settings) -> None:
    """The demo world."""

    async def demo() -> None:
        async with Database(settings.authenticator_url) as database:
            await make_demo_world(settings, database)

    asyncio.run(demo())


def fill(settings: Settings) -> None:
    """The demo world, a small invented one, and objects."""
    furnish(settings)
    seed(settings, SIZE, number=3, until=datetime.now(UTC), even_so=True)
    stored = Stored(settings.admin_database_url, settings.objects_path, settings.backups_path)
    for (bucket, name), content in PICTURES.items():
        stored.keep(bucket, name, content)


def tables(url: str) -> dict[str, tuple[object, ...]]:
    """Every table's count of rows and the MD5 of them all, in the order of their text."""
    with psycopg.connect(url) as conn:
        conn.execute("set search_path = ''")
        found = conn.execute(
            "select schemaname::text, tablename::text from pg_tables where schemaname !~ '^pg_' and schemaname <> 'information_schema'"
        ).fetchall()
        asked = "select count(*), md5(string_agg(md5(r::text), '' order by r::text collate \"C\")) from only {} as r"
        return {
            ".".join(place): conn.execute(sql.SQL(asked).format(sql.Identifier(*place))).fetchone() or ()
            for place in found
        }


def databases(url: str) -> set[str]:
    """The names of the server's databases."""
    with psycopg.connect(with_database(url, "postgres")) as conn:
        return {name for (name,) in conn.execute("select datname from pg_database")}


@contextmanager
def new_name(url: str) -> Iterator[str]:
    """The name of a database that is not there yet and is gone afterwards."""
    name = f"restored_{uuid4().hex[:8]}"
    try:
        yield name
    finally:
        with psycopg.connect(with_database(url, "postgres"), autocommit=True) as conn:
            conn.execute(f"drop database if exists {name} with (force)".encode())


def copy_of(backup: Backup, shelf: Path) -> Backup:
    """Another folder with the same backup, to be spoilt."""
    shelf.mkdir(parents=True, exist_ok=True)
    return Backup(Path(shutil.copytree(backup.path, shelf / backup.name)))


def flip(path: Path, at: int | None = None) -> None:
    """One bit of one byte, in the middle unless told."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if at is None else at] ^= 1
    path.write_bytes(content)


def reseal(backup: Backup, change: Callable[[Manifest], Manifest] = lambda manifest: manifest) -> None:
    """Write the manifest anew with hashes that hold, as if the backup had been made like this."""
    manifest = change(backup.manifest())
    files = {name: hash_file(backup.path / name) for name in manifest.files}
    write_manifest(backup.path, replace(manifest, files=files))
