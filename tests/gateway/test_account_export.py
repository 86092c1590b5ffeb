"""A copy of everything that is one's own: asked for, made by the worker, opened by a link for its person alone."""

from __future__ import annotations

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest

from sahne.accounts.archive import Archive
from sahne.accounts.export_making import expire_exports_task, make_export, make_exports_task
from sahne.database.actor import SERVICE
from sahne.database.pool import Database
from sahne.jobs.tasks import Attempt
from sahne.objects.names import Place
from sahne.objects.removals import remove_queued
from sahne.objects.store import Content, Upload, chunks_of, kept_bytes, place_object
from sahne.providers.blobs.disk import DiskBlobs
from sahne.settings import Settings
from tests.at_once import overtaken, together
from tests.leaving import Person, erase, working
from tests.stage import Door
from tests.world import LINE, World

ONCE = Attempt(job_id=1, number=1, last=True)


@pytest.fixture(scope="module")
def http(settings: Settings, door: Door) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=settings.api_url, timeout=20) as client:
        yield client


@pytest.fixture
def zuhtu(http: httpx.Client, world: World) -> Person:
    return Person(http, world, display_name="Zühtü")


@pytest.fixture
def blobs(settings: Settings) -> DiskBlobs:
    return DiskBlobs(settings.objects_path)


def keep(settings: Settings, blobs: DiskBlobs, owner: UUID, place: Place, content: bytes) -> str:
    async def store(database: Database) -> str:
        async with kept_bytes(blobs, chunks_of(content)) as blob, database.transaction(SERVICE) as conn:
            await place_object(conn, Upload(place, Content("image/png"), owner=str(owner)), blob)
        return blob.version

    return working(settings, store)


def make(settings: Settings, blobs: DiskBlobs) -> None:
    """The worker makes what waits."""
    working(settings, lambda database: make_exports_task(database, blobs).task.run(ONCE))


def expire(settings: Settings, blobs: DiskBlobs) -> None:
    async def go(database: Database) -> None:
        await expire_exports_task(database).task.run(ONCE)
        await remove_queued(database, blobs)

    working(settings, go)


def opened(http: httpx.Client, export: Any) -> zipfile.ZipFile:
    answer = http.get(export["url"])
    assert answer.status_code == 200
    assert len(answer.content) == export["bytes"]
    found = zipfile.ZipFile(io.BytesIO(answer.content))
    assert found.testzip() is None
    return found


def rows(found: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = orjson.loads(found.read(f"rows/{name}.json"))
    return read


def test_everything_of_ones_own_comes_as_rows_and_files_and_nothing_of_others(
    zuhtu: Person, http: httpx.Client, world: World, settings: Settings, blobs: DiskBlobs, ada: UUID
) -> None:
    shadow = world.shadow(zuhtu.id, display_name="Gece")
    session = world.session(ada)
    for who, line in ((zuhtu.id, "=1+1"), (world.watching(session), "of another")):
        if who == zuhtu.id:
            world.verb(who, "join_session", session)
        world.sql(who, LINE, session, who, who, line)
    world.verb(None, "grant_coins", zuhtu.id, 70, f"grant-{uuid4()}")
    mine, theirs = b"a picture" * 100_000, b"another's"
    keep(settings, blobs, zuhtu.id, Place("images", f"{zuhtu.id}/bir resim.png"), mine)
    keep(settings, blobs, ada, Place("images", f"{ada}/one.png"), theirs)
    assert zuhtu.done("GET", "account/export") == {"export": None}
    asked = zuhtu.ask("POST", "account/export")
    assert (asked.status_code, asked.json()["export"]["status"], asked.json()["export"]["url"]) == (202, "queued", None)
    make(settings, blobs)
    export = zuhtu.done("GET", "account/export")["export"]
    assert (export["status"], export["pictures"]) == ("ready", 1)
    found = opened(http, export)
    assert found.read(f"files/images/{zuhtu.id}/bir resim.png") == mine
    assert [name for name in found.namelist() if name.startswith("files/")] == [
        f"files/images/{zuhtu.id}/bir resim.png"
    ]
    assert {row["id"] for row in rows(found, "profiles")} == {str(zuhtu.id), str(shadow)}
    assert rows(found, "account")[0]["email"] == zuhtu.email
    assert [(row["kind"], row["amount"], row["balance"]) for row in rows(found, "statement_of_coins")] == [
        ("grant", 70, 70)
    ]
    assert [row["content"] for row in rows(found, "messages")] == ["=1+1"]
    table = list(csv.DictReader(io.StringIO(found.read("rows/messages.csv").decode())))
    assert [row["content"] for row in table] == ["'=1+1"]
    told = orjson.loads(found.read("contents.json"))
    assert (told["files"], told["rows"]["messages"], told["files_deleted_meanwhile"]) == (1, 1, [])
    whole = b"".join(found.read(name) for name in found.namelist())
    assert b"of another" not in whole
    assert b"encrypted_password" not in whole


def test_one_copy_at_a_time_and_three_a_day(
    zuhtu: Person, http: httpx.Client, world: World, settings: Settings, blobs: DiskBlobs
) -> None:
    answers = together(4, lambda _: zuhtu.done("POST", "account/export")["export"]["id"])
    assert len(set(answers)) == 1
    make(settings, blobs)
    first = zuhtu.done("POST", "account/export")["export"]
    assert (first["id"], first["status"]) == (answers[0], "ready")
    for _ in range(2):
        world.owner("update private.account_exports set expires_at = now() where status = 'ready'")
        expire(settings, blobs)
        assert zuhtu.done("GET", "account/export")["export"]["status"] == "expired"
        assert http.get(first["url"]).json()["error"] == "not_found"
        zuhtu.done("POST", "account/export")
        make(settings, blobs)
    world.owner("update private.account_exports set expires_at = now() where status = 'ready'")
    expire(settings, blobs)
    assert zuhtu.refused("POST", "account/export") == (429, "too_many_exports")


def test_nobody_opens_anothers_copy(
    zuhtu: Person, http: httpx.Client, world: World, settings: Settings, blobs: DiskBlobs
) -> None:
    other = Person(http, world)
    zuhtu.done("POST", "account/export")
    make(settings, blobs)
    export = zuhtu.done("GET", "account/export")["export"]
    assert other.done("GET", "account/export") == {"export": None}
    path = f"exports/{zuhtu.id}/{export['id']}.zip"
    for person in (other, zuhtu):  # its own person by no other road than the link either
        headers = {"authorization": f"Bearer {person.session['access_token']}"}
        for door in ("authenticated", "public", "sign"):
            method, wish = ("POST", {"expiresIn": 60}) if door == "sign" else ("GET", None)
            answer = http.request(method, f"/storage/v1/object/{door}/{path}", headers=headers, json=wish)
            assert answer.status_code >= 400, (door, answer.text)
        listed = http.post("/storage/v1/object/list/exports", json={"prefix": ""}, headers=headers)
        assert listed.json() == [] or listed.status_code >= 400
    assert http.get(export["url"][:-4] + "AAAA").status_code >= 400
    assert http.get("/functions/v1/account/export").status_code == 401


def test_who_is_erased_meanwhile_leaves_no_copy(
    zuhtu: Person, world: World, settings: Settings, blobs: DiskBlobs
) -> None:
    zuhtu.done("POST", "account/export")
    world.owner("insert into private.account_deletions (user_id, due_at) values (%s, now())", zuhtu.id)

    class Erasing(DiskBlobs):
        """The account is erased when the bytes are written."""

        async def write(self, key: str, chunks: Any) -> Any:
            digest = await super().write(key, chunks)
            world.owner("delete from auth.users where id = %s", zuhtu.id)
            return digest

    before = set(settings.objects_path.rglob("*"))
    make(settings, Erasing(settings.objects_path))
    assert not world.owner("select from storage.objects where name like %s", f"{zuhtu.id}/%")
    assert {path for path in set(settings.objects_path.rglob("*")) - before if path.is_file()} == set()


def test_a_copy_goes_with_its_account(
    zuhtu: Person, http: httpx.Client, world: World, settings: Settings, blobs: DiskBlobs
) -> None:
    zuhtu.done("POST", "account/export")
    make(settings, blobs)
    url = zuhtu.done("GET", "account/export")["export"]["url"]
    zuhtu.done("DELETE", "account")
    zuhtu.comes_due()
    erase(settings)
    working(settings, lambda database: remove_queued(database, blobs))
    assert http.get(url).json()["error"] == "not_found"
    assert not world.owner("select from storage.objects where bucket_id = 'exports' and name like %s", f"{zuhtu.id}/%")


def test_a_file_that_is_gone_meanwhile_is_told_of_and_what_fails_is_tried_three_times(
    zuhtu: Person, http: httpx.Client, world: World, settings: Settings, blobs: DiskBlobs
) -> None:
    version = keep(settings, blobs, zuhtu.id, Place("photos", f"{zuhtu.id}/one.png"), b"bytes")
    zuhtu.done("POST", "account/export")

    class Full(DiskBlobs):
        async def write(self, key: str, chunks: Any) -> Any:
            raise OSError(28, "No space left on device")

    for status in ("queued", "queued", "failed"):
        working(settings, lambda database: make_export(database, Full(settings.objects_path)))
        assert zuhtu.done("GET", "account/export")["export"]["status"] == status
    working(settings, lambda _: blobs.remove([version]))
    zuhtu.done("POST", "account/export")
    make(settings, blobs)
    found = opened(http, zuhtu.done("GET", "account/export")["export"])
    assert orjson.loads(found.read("contents.json"))["files_deleted_meanwhile"] == [f"photos/{zuhtu.id}/one.png"]


def test_two_workers_make_a_copy_once(zuhtu: Person, world: World, settings: Settings, blobs: DiskBlobs) -> None:
    zuhtu.done("POST", "account/export")
    with world.serving() as conn:
        conn.execute("select private.take_export(3600)")
        assert overtaken(world, conn, lambda: working(settings, lambda database: make_export(database, blobs))) is False
    world.owner(
        "update private.account_exports set started_at = now() - interval '2 hours' where user_id = %s", zuhtu.id
    )
    make(settings, blobs)  # its maker was gone
    assert zuhtu.done("GET", "account/export")["export"]["status"] == "ready"


def test_memory_does_not_grow_with_ten_thousand_pictures(
    zuhtu: Person, world: World, settings: Settings, blobs: DiskBlobs
) -> None:
    """80 MB of pictures and no more than a few of them at hand, with the ten thousand lines of the ZIP's directory."""
    version = keep(settings, blobs, zuhtu.id, Place("images", f"{zuhtu.id}/first.png"), b"\x89PNG" * 2048)
    world.owner(
        """insert into storage.objects (bucket_id, name, owner_id, version)
           select 'images', %s || '/' || lpad(n::text, 5, '0') || '.png', %s, %s from generate_series(1, 9999) n""",
        str(zuhtu.id), str(zuhtu.id), version,
    )  # fmt: skip

    async def read(database: Database) -> tuple[int, int]:
        archive, size = Archive(database, blobs, zuhtu.id), 0
        tracemalloc.start()
        try:
            async for chunk in archive.chunks():
                size += len(chunk)
            return size, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    size, peak = working(settings, read)
    assert size > 80_000_000
    assert peak < 24_000_000
