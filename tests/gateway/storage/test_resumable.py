"""Resumable uploads by TUS: how they go on, who may, what is refused, and that nothing is left lying."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import socket
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from sahne.database.actor import ANONYMOUS, AUTHENTICATED, actor_from_claims
from sahne.database.pool import Database
from sahne.objects.ends import End, EndUnderWay, one_end
from sahne.objects.errors import QuotaExceeded
from sahne.objects.names import Place
from sahne.objects.store import Content, Upload, chunks_of
from sahne.objects.sweep import sweep
from sahne.objects.unfinished import begin_upload, end_upload, find_upload, forget_expired, receive
from sahne.providers.blobs import Digest
from sahne.providers.blobs.disk import DiskBlobs
from tests.buckets import ANOTHER_PNG, PNG_HEAD, Caller, blob_files
from tests.conftest import free_port, running_server
from tests.eventually import eventually

ROOT = "/upload/resumable"
OCTETS = "application/offset+octet-stream"


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        yield conn


def metadata(place: str, **more: str) -> str:
    bucket, _, name = place.partition("/")
    pairs = {"bucketName": bucket, "objectName": name} | more
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


def tus(person: Caller, method: str, url: str, content: bytes | None = None, **headers: object) -> httpx.Response:
    path = url.removeprefix(f"{person.settings.api_url}/storage/v1")
    told = {"tus-resumable": "1.0.0"} | {name.replace("_", "-"): str(value) for name, value in headers.items()}
    return person.call(method, path, content=content, headers=told)


def begin(person: Caller, place: str, size: int, **headers: object) -> httpx.Response:
    told: dict[str, Any] = {
        "upload_length": size,
        "upload_metadata": metadata(place, contentType="text/plain"),
    } | headers
    return tus(person, "POST", ROOT, **told)


def begun(person: Caller, place: str, size: int, **headers: object) -> str:
    answer = begin(person, place, size, **headers)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def send(person: Caller, url: str, offset: int, content: bytes, **headers: object) -> httpx.Response:
    return tus(person, "PATCH", url, content, **({"content_type": OCTETS, "upload_offset": offset} | headers))


def offset(person: Caller, url: str) -> int:
    answer = tus(person, "HEAD", url)
    assert answer.status_code == 200
    return int(answer.headers["upload-offset"])


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.text


def test_what_is_spoken_is_told_without_a_key(ada: Caller, http: httpx.Client) -> None:
    answer = http.options(f"{ada.settings.api_url}/storage/v1{ROOT}")
    assert (answer.status_code, answer.headers["tus-version"], answer.headers["tus-resumable"]) == (
        204,
        "1.0.0",
        "1.0.0",
    )
    assert answer.headers["tus-extension"] == "creation,creation-with-upload,termination,expiration,checksum"
    assert answer.headers["tus-max-size"] == str(ada.settings.upload_bytes_max)


def test_an_upload_in_parts_becomes_an_object(ada: Caller) -> None:
    before, place = len(blob_files(ada.settings)), f"w-private/{ada.id}/in parts ü.txt"
    told = metadata(place, contentType="text/plain", cacheControl="60", metadata=json.dumps({"mood": "good"}))
    url = begun(ada, place, 9, upload_metadata=told)
    first = send(ada, url, 0, b"one")
    assert (first.status_code, first.headers["upload-offset"]) == (204, "3")
    assert ada.get(f"/object/{place}").json()["code"] == "NoSuchKey"
    assert send(ada, url, 3, b"two").headers["upload-offset"] == "6"
    shown = tus(ada, "HEAD", url)
    assert (shown.headers["upload-offset"], shown.headers["upload-length"]) == ("6", "9")
    assert metadata(place, contentType="text/plain") in shown.headers["upload-metadata"]
    assert shown.headers["cache-control"] == "no-store"
    assert "upload-expires" in shown.headers
    assert send(ada, url, 6, b"end").status_code == 204
    described = ada.get(f"/object/info/{place}").json()
    assert (described["size"], described["content_type"], described["cache_control"]) == (9, "text/plain", "max-age=60")
    assert described["metadata"] == {"mood": "good"}
    assert ada.get(f"/object/{place}").content == b"onetwoend"
    assert len(blob_files(ada.settings)) == before + 1


def test_who_lost_the_last_answer_is_told_that_all_has_come(ada: Caller, db: psycopg.Connection) -> None:
    place = f"w-private/{ada.id}/ended.txt"
    url = begun(ada, place, 5)
    assert send(ada, url, 0, b"whole").status_code == 204
    assert offset(ada, url) == 5
    # as a crash leaves it that comes when the object is there and the upload does not know of it
    db.execute("update private.unfinished_uploads set ended_at = null where name = %s", (place.partition("/")[2],))
    assert offset(ada, url) == 0
    assert send(ada, url, 0, b"whole").status_code == 204
    assert offset(ada, url) == 5
    assert ada.get(f"/object/{place}").content == b"whole"


def test_the_first_bytes_may_come_with_the_announcement(ada: Caller) -> None:
    place = f"w-private/{ada.id}/at once.txt"
    told = {"tus-resumable": "1.0.0", "upload-length": "4", "upload-metadata": metadata(place), "content-type": OCTETS}
    answer = ada.call("POST", ROOT, content=b"once", headers=told)
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "4")
    assert ada.get(f"/object/{place}").content == b"once"
    assert begin(ada, f"w-private/{ada.id}/empty.txt", 0).headers["upload-offset"] == "0"
    assert ada.get(f"/object/w-private/{ada.id}/empty.txt").content == b""


def test_what_does_not_fit_is_refused_and_what_came_stays(ada: Caller) -> None:
    url = begun(ada, f"w-private/{ada.id}/strict.txt", 6)
    assert send(ada, url, 0, b"abc").status_code == 204
    assert said(send(ada, url, 0, b"abc")) == (409, "Upload-Offset conflict")
    assert said(send(ada, url, 3, b"more than is left")) == (413, "Maximum size exceeded\n")
    assert send(ada, url, 3, b"def", content_type="text/plain").status_code == 415
    assert send(ada, url, 3, b"def", tus_resumable="0.2.2").status_code == 412
    assert tus(ada, "PATCH", url, b"def", content_type=OCTETS).status_code == 400
    assert said(tus(ada, "POST", url, b"def", content_type=OCTETS, upload_offset=3))[0] == 400
    assert offset(ada, url) == 3
    overridden = tus(ada, "POST", url, b"def", content_type=OCTETS, upload_offset=3, x_http_method_override="PATCH")
    assert overridden.status_code == 204


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"upload_metadata": "bucketName !!"}, 400),
        ({"upload_metadata": "bucketName dy1wcml2YXRl"}, 400),
        ({"upload_metadata": metadata("w-private/../x")}, 400),
        ({"upload_length": "many"}, 400),
        ({"upload_length": "9" * 400}, 400),
        ({"upload_defer_length": "1"}, 400),
        ({"tus_resumable": "2.0.0"}, 412),
    ],
)
def test_an_announcement_that_cannot_be_read_begins_nothing(
    ada: Caller, headers: dict[str, str], status: int, db: psycopg.Connection
) -> None:
    before = db.execute("select count(*) from private.unfinished_uploads").fetchone()
    assert begin(ada, f"w-private/{ada.id}/x.txt", 5, **headers).status_code == status
    assert db.execute("select count(*) from private.unfinished_uploads").fetchone() == before


def test_policies_and_bounds_are_asked_before_a_byte_comes(ada: Caller, bo: Caller, anon: Caller) -> None:
    status, text = said(begin(bo, f"w-private/{ada.id}/hers.txt", 5))
    assert (status, text.startswith("new row violates row-level security policy")) == (403, True)
    assert begin(anon, f"w-private/{ada.id}/hers.txt", 5).status_code == 403
    assert said(begin(ada, "w-nowhere/x.txt", 5)) == (404, "Bucket not found")
    assert said(begin(ada, f"w-picky/{ada.id}/x.txt", 1001)) == (413, "Maximum size exceeded\n")
    assert begin(ada, f"w-private/{ada.id}/huge", ada.settings.upload_bytes_max + 1).status_code == 413
    script = metadata(f"w-picky/{ada.id}/x.js", contentType="text/javascript")
    assert begin(ada, f"w-picky/{ada.id}/x.js", 5, upload_metadata=script).status_code == 415
    # the drop box takes what comes by the operation `upload` alone
    assert begin(ada, "w-drop/x.txt", 5).status_code == 403


def test_an_upload_is_its_beginners_alone(ada: Caller, bo: Caller, anon: Caller) -> None:
    url = begun(ada, f"w-private/{ada.id}/mine.txt", 6)
    assert send(ada, url, 0, b"abc").status_code == 204
    for other in (bo, anon):
        assert tus(other, "HEAD", url).status_code == 404
        assert send(other, url, 3, b"def").status_code == 404
        assert tus(other, "DELETE", url).status_code == 404
    assert offset(ada, url) == 3
    assert tus(ada, "HEAD", f"{ROOT}/{uuid4()}").status_code == 404


def test_a_name_that_was_taken_meanwhile_is_not_replaced_unless_it_may_be(ada: Caller) -> None:
    place = f"w-private/{ada.id}/taken.txt"
    late, upsert = begun(ada, place, 4), begun(ada, place, 6, x_upsert="true")
    ada.upload(place, b"quicker")
    assert said(send(ada, late, 0, b"late")) == (409, "The resource already exists")
    assert ada.get(f"/object/{place}").content == b"quicker"
    assert said(begin(ada, place, 4)) == (409, "The resource already exists")
    assert send(ada, upsert, 0, b"upsert", x_upsert="true").status_code == 204
    assert ada.get(f"/object/{place}").content == b"upsert"


def test_a_permission_that_ended_meanwhile_stores_nothing(ada: Caller, db: psycopg.Connection) -> None:
    before, url = len(blob_files(ada.settings)), begun(ada, f"w-private/{ada.id}/late.txt", 4)
    db.execute('alter policy "w own folder: add" on storage.objects with check (false)')
    try:
        assert send(ada, url, 0, b"late").status_code == 403
    finally:
        db.execute(
            'alter policy "w own folder: add" on storage.objects with check'
            " (bucket_id in ('w-private', 'w-public', 'w-picky')"
            " and (storage.foldername(name))[1] = (select auth.uid()::text)"
            " and coalesce(metadata ->> 'mimetype', '') <> 'application/x-forbidden')"
        )
    assert ada.get(f"/object/w-private/{ada.id}/late.txt").json()["code"] == "NoSuchKey"
    assert len(blob_files(ada.settings)) == before


def test_a_cancelled_upload_leaves_nothing(ada: Caller) -> None:
    before, url = blob_files(ada.settings), begun(ada, f"w-private/{ada.id}/cancelled.txt", 6)
    assert send(ada, url, 0, b"abc").status_code == 204
    assert len(blob_files(ada.settings)) == len(before) + 1
    assert tus(ada, "DELETE", url).status_code == 204
    assert blob_files(ada.settings) == before
    assert tus(ada, "HEAD", url).status_code == 404


def test_a_line_that_breaks_keeps_what_came_and_another_server_goes_on(ada: Caller) -> None:
    size = 3_000_000
    content = bytes(range(250)) * (size // 250)
    url = begun(ada, f"w-private/{ada.id}/broken.bin", size)
    path = url.removeprefix(ada.settings.api_url)

    async def break_off() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", ada.settings.port)
        head = (
            f"PATCH {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {ada.token}\r\ntus-resumable: 1.0.0\r\n"
            f"content-type: {OCTETS}\r\nupload-offset: 0\r\ncontent-length: {size}\r\n\r\n"
        )
        writer.write(head.encode() + content[: size // 2])
        await writer.drain()
        writer.close()

    asyncio.run(break_off())
    came = eventually(lambda: offset(ada, url))
    assert 0 < came <= size // 2
    with running_server(replace(ada.settings, port=free_port())) as other:
        there = Caller(other.settings, ada.http, ada.id)
        elsewhere = f"{other.url}{path}"
        assert offset(there, elsewhere) == came
        assert send(there, elsewhere, came, content[came:]).status_code == 204
    assert ada.get(f"/object/w-private/{ada.id}/broken.bin").content == content


def test_of_two_who_send_the_same_part_one_is_taken(ada: Caller) -> None:
    before, url = len(blob_files(ada.settings)), begun(ada, f"w-private/{ada.id}/twice.bin", 400_000)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda number: send(ada, url, 0, bytes([number]) * 200_000), range(4)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [204, 409, 409, 409]
    taken = [answer.status_code for answer in answers].index(204)
    assert len(blob_files(ada.settings)) == before + 1
    assert send(ada, url, 200_000, b"x" * 200_000).status_code == 204
    stored = ada.get(f"/object/w-private/{ada.id}/twice.bin").content
    assert stored == bytes([taken]) * 200_000 + b"x" * 200_000


def test_a_last_part_that_comes_too_late_replaces_nothing(ada: Caller) -> None:
    """An end that is under way when its client has lost patience and sends the last part again."""
    place = f"w-private/{ada.id}/late.txt"
    url = begun(ada, place, 6, x_upsert="true")
    assert send(ada, url, 0, b"abc").status_code == 204
    began, may_end = Event(), Event()

    def late() -> Iterator[bytes]:
        yield b"x"
        began.set()
        may_end.wait(20)
        yield b"yz"

    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(send, ada, url, 3, late())  # type: ignore[arg-type]
        assert began.wait(20)
        assert send(ada, url, 3, b"def").status_code == 204
        may_end.set()
        assert answer.result().status_code == 409
    assert ada.get(f"/object/{place}").content == b"abcdef"


@contextmanager
def nobody_ends(database_url: str, place: str) -> Iterator[None]:
    """Whoever writes the row of this object waits behind us, when all the bytes have been copied."""
    with psycopg.connect(database_url) as conn:
        conn.execute("select pg_advisory_xact_lock(hashtextextended(%s, 54321))", (place,))
        yield


def test_an_upload_is_ended_once_at_a_time_however_often_its_last_part_is_sent(ada: Caller, database_url: str) -> None:
    before, place = len(blob_files(ada.settings)), f"w-private/{ada.id}/ended at once.txt"
    url = begun(ada, place, 6, x_upsert="true")
    assert send(ada, url, 0, b"abc").status_code == 204
    with ThreadPoolExecutor(1) as threads:
        with nobody_ends(database_url, place):
            first = threads.submit(send, ada, url, 3, b"def")
            eventually(lambda: len(blob_files(ada.settings)) == before + 3)  # two parts, and all of it
            for _ in range(2):
                assert said(send(ada, url, 3, b"def")) == (423, "The upload is being ended already. Try again shortly.")
            assert len(blob_files(ada.settings)) == before + 3
            assert offset(ada, url) == 3
        assert first.result().status_code == 204
    assert offset(ada, url) == 6
    assert ada.get(f"/object/{place}").content == b"abcdef"
    assert len(blob_files(ada.settings)) == before + 1


def test_an_end_that_died_is_waited_for_no_longer_than_it_may_take(ada: Caller, db: psycopg.Connection) -> None:
    place = f"w-private/{ada.id}/died.txt"
    url = begun(ada, place, 3)
    died = (
        "update private.unfinished_uploads set ending_by = gen_random_uuid(), ending_until = now() + %s where name = %s"
    )
    name = place.partition("/")[2]
    db.execute(died, (timedelta(seconds=60), name))
    assert send(ada, url, 0, b"abc").status_code == 423
    db.execute(died, (timedelta(0), name))
    assert send(ada, url, 0, b"abc").status_code == 204
    assert ada.get(f"/object/{place}").content == b"abc"


def test_an_end_that_was_refused_may_be_tried_again_at_once(ada: Caller) -> None:
    place = f"w-private/{ada.id}/again.txt"
    url = begun(ada, place, 4)
    ada.upload(place, b"quicker")
    for _ in range(2):
        assert said(send(ada, url, 0, b"late")) == (409, "The resource already exists")


@pytest.mark.anyio
async def test_an_end_is_kept_while_bytes_are_copied_and_lost_to_who_came_when_it_was_over(
    ada: Caller, db: psycopg.Connection
) -> None:
    id = UUID(begun(ada, f"w-private/{ada.id}/kept.txt", 3).rpartition("/")[2])
    async with Database(ada.settings.authenticator_url, connections_max=1) as database, one_end(database, id) as end:
        with pytest.raises(EndUnderWay):
            await End(database, id).take()
        db.execute("update private.unfinished_uploads set ending_until = now() where id = %s", (id,))
        assert [chunk async for chunk in end.over(chunks_of(b"abc"))] == [b"abc"]
        with pytest.raises(EndUnderWay):
            await End(database, id).take()
        db.execute("update private.unfinished_uploads set ending_until = now() where id = %s", (id,))
        other = End(database, id)
        await other.take()
        with pytest.raises(EndUnderWay):
            await anext(end.over(chunks_of(b"abc")))
        await end.give_back()
        with pytest.raises(EndUnderWay):
            await End(database, id).take()


class TakenOver(DiskBlobs):
    """When all the bytes of an object lie there, its end is somebody else's by now."""

    def __init__(self, root: Path, db: psycopg.Connection, upload: UUID) -> None:
        super().__init__(root)
        self._db, self._upload = db, upload

    async def write(self, version: str, chunks: AsyncIterator[bytes]) -> Digest:
        digest = await super().write(version, chunks)
        self._db.execute(
            "update private.unfinished_uploads set ending_by = gen_random_uuid() where id = %s and ending_by is not null",
            (self._upload,),
        )
        return digest


@pytest.mark.anyio
async def test_who_has_lost_the_end_when_the_bytes_are_copied_stores_nothing(
    ada: Caller, db: psycopg.Connection
) -> None:
    place = f"w-private/{ada.id}/lost.txt"
    url = begun(ada, place, 6, x_upsert="true")
    id = UUID(url.rpartition("/")[2])
    assert send(ada, url, 0, b"abc").status_code == 204
    ada.upload(place, b"newer")
    before = len(blob_files(ada.settings))
    actor = actor_from_claims({"sub": str(ada.id), "role": AUTHENTICATED})
    async with Database(ada.settings.authenticator_url, connections_max=1) as database:
        unfinished = await find_upload(database, id, str(ada.id))
        blobs = TakenOver(ada.settings.objects_path, db, id)
        with pytest.raises(EndUnderWay):
            await receive(database, blobs, actor, unfinished, chunks_of(b"def"))
        await end_upload(database, blobs, unfinished, End(database, id))
    assert ada.get(f"/object/{place}").content == b"newer"
    assert (offset(ada, url), len(blob_files(ada.settings))) == (3, before)


@pytest.mark.anyio
async def test_one_address_of_nobody_leaves_room_for_the_others(ada: Caller, db: psycopg.Connection) -> None:
    db.execute("create policy nobody on storage.objects for insert to anon with check (bucket_id = 'w-drop')")
    db.execute("update private.settings set unfinished_uploads_max = 8, unfinished_bytes_max = 80")
    try:
        async with Database(ada.settings.authenticator_url, connections_max=1) as database:

            async def begin_at(address: str | None, size: int = 1) -> None:
                upload = Upload(Place("w-drop", str(uuid4())), Content("text/plain"), declared_bytes=size)
                await begin_upload(database, ANONYMOUS, "anon", upload, address)

            with pytest.raises(QuotaExceeded):
                await begin_at("192.0.2.1", 21)
            for _ in range(2):
                await begin_at("192.0.2.1")
            with pytest.raises(QuotaExceeded):
                await begin_at("192.0.2.1")
            for address in ("192.0.2.2", "192.0.2.3", None, None):
                await begin_at(address, 10)
            await begin_at(None)
            await begin_at(None)
            with pytest.raises(QuotaExceeded):
                await begin_at("192.0.2.9")
    finally:
        db.execute("update private.settings set unfinished_uploads_max = default, unfinished_bytes_max = default")
        db.execute("drop policy nobody on storage.objects")


def test_a_part_that_does_not_add_up_is_not_kept(ada: Caller) -> None:
    before, url = len(blob_files(ada.settings)), begun(ada, f"w-private/{ada.id}/sums.txt", 6)
    right = base64.b64encode(hashlib.sha1(b"abc").digest()).decode()
    assert said(send(ada, url, 0, b"abX", upload_checksum=f"sha1 {right}")) == (460, "Checksum mismatch")
    assert (offset(ada, url), len(blob_files(ada.settings))) == (0, before)
    assert send(ada, url, 0, b"abc", upload_checksum=f"crc9 {right}").status_code == 400
    assert send(ada, url, 0, b"abc", upload_checksum=f"sha1 {right}").status_code == 204


def test_nobody_has_more_under_way_than_they_may(ada: Caller, bo: Caller, db: psycopg.Connection) -> None:
    db.execute("update private.settings set unfinished_uploads_max = 3, unfinished_bytes_max = 100")
    try:
        with ThreadPoolExecutor(6) as threads:
            answers = list(threads.map(lambda n: begin(ada, f"w-private/{ada.id}/{n}.txt", 10), range(6)))
        assert sorted(answer.status_code for answer in answers) == [201] * 3 + [413] * 3
        url = next(answer.headers["location"] for answer in answers if answer.status_code == 201)
        assert tus(ada, "DELETE", url).status_code == 204
        assert begin(ada, f"w-private/{ada.id}/large.txt", 81).status_code == 413
        assert send(ada, begun(ada, f"w-private/{ada.id}/fits.txt", 80), 0, b"x" * 80).status_code == 204
        assert begin(ada, f"w-private/{ada.id}/again.txt", 80).status_code == 201, "what has ended does not count"
        assert begin(bo, f"w-private/{bo.id}/mine.txt", 10).status_code == 201
    finally:
        db.execute("update private.settings set unfinished_uploads_max = default, unfinished_bytes_max = default")


@pytest.mark.anyio
async def test_the_sweep_keeps_parts_and_the_clock_takes_those_of_expired_uploads(
    ada: Caller, db: psycopg.Connection
) -> None:
    db.execute("update private.unfinished_uploads set created_at = 'epoch', expires_at = now()")
    blobs = DiskBlobs(ada.settings.objects_path)
    async with Database(ada.settings.authenticator_url, connections_max=1) as database:
        await forget_expired(database, blobs)
        before = len(blob_files(ada.settings))
        name = f"{ada.id}/slow.txt"
        url = begun(ada, f"w-private/{name}", 6)
        assert send(ada, url, 0, b"abc").status_code == 204
        await sweep(database, blobs, age_seconds_min=0)
        assert (offset(ada, url), len(blob_files(ada.settings))) == (3, before + 1)
        db.execute(
            "update private.unfinished_uploads set created_at = 'epoch', expires_at = now() where name = %s", (name,)
        )
        assert tus(ada, "HEAD", url).status_code == 404
        assert await forget_expired(database, blobs) == 1
    assert len(blob_files(ada.settings)) == before


def test_a_bucket_of_pictures_takes_pictures_in_parts(ada: Caller) -> None:
    told = metadata(f"photos/{ada.id}/me.png", contentType="image/png")
    url = begun(ada, f"photos/{ada.id}/me.png", len(ANOTHER_PNG), upload_metadata=told)
    assert send(ada, url, 0, PNG_HEAD).status_code == 204
    assert send(ada, url, len(PNG_HEAD), ANOTHER_PNG[len(PNG_HEAD) :]).status_code == 204
    assert ada.get(f"/object/photos/{ada.id}/me.png").content == ANOTHER_PNG
    told = metadata(f"photos/{ada.id}/no.png", contentType="image/png")
    url = begun(ada, f"photos/{ada.id}/no.png", 8, upload_metadata=told)
    assert send(ada, url, 0, b"no photo").status_code == 415


def test_a_signed_link_uploads_to_its_place_and_to_no_other(ada: Caller, http: httpx.Client) -> None:
    place = f"w-private/{ada.id}/signed.txt"
    token = ada.call("POST", f"/object/upload/sign/{place}").json()["token"]
    base = f"{ada.settings.api_url}/storage/v1{ROOT}/sign"
    told = {"tus-resumable": "1.0.0", "upload-length": "6", "upload-metadata": metadata(place)}
    assert said(http.post(base, headers=told)) == (400, "Missing x-signature header")
    assert http.post(base, headers=told | {"x-signature": "invalid"}).status_code == 400
    elsewhere = metadata(f"w-private/{ada.id}/other.txt")
    link = {"tus-resumable": "1.0.0", "x-signature": token}
    assert said(http.post(base, headers=told | link | {"upload-metadata": elsewhere}))[0] == 400
    url = http.post(base, headers=told | link).headers["location"]
    assert url.startswith(f"{base}/")
    part = link | {"content-type": OCTETS, "upload-offset": "0"}
    assert http.patch(url, content=b"abc", headers=part).status_code == 204
    other = ada.call("POST", f"/object/upload/sign/w-private/{ada.id}/other.txt").json()["token"]
    assert http.head(url, headers=link | {"x-signature": other}).status_code == 400
    assert http.patch(url, content=b"def", headers=part | {"upload-offset": "3"}).status_code == 204
    assert ada.get(f"/object/{place}").content == b"abcdef"


def test_a_link_that_may_not_replace_goes_on_with_nothing_that_would(ada: Caller, http: httpx.Client) -> None:
    place = f"w-private/{ada.id}/approved.txt"
    url = begun(ada, place, 6, x_upsert="true")
    token = ada.call("POST", f"/object/upload/sign/{place}").json()["token"]
    assert ada.upload(place, b"approved").status_code == 200
    link = {"tus-resumable": "1.0.0", "x-signature": token, "content-type": OCTETS, "upload-offset": "0"}
    assert http.patch(url.replace(ROOT, f"{ROOT}/sign"), content=b"poison", headers=link).status_code == 404
    assert ada.get(f"/object/{place}").content == b"approved"


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ({"host": "localhost:8080"}, "http://localhost:8080"),
        ({"x-forwarded-proto": "https", "x-forwarded-host": "api.example.com"}, "https://api.example.com"),
        (
            {"x-forwarded-proto": "https, http", "x-forwarded-host": "a.example", "x-forwarded-port": "8443"},
            "https://a.example:8443",
        ),
        ({"x-forwarded-host": "a.example:9000", "x-forwarded-port": "8000"}, "http://a.example:9000"),
        ({"x-forwarded-host": "a.example", "x-forwarded-prefix": "/app/"}, "http://a.example/app"),
        ({"host": "localhost", "x-forwarded-host": "a\texample/x", "x-forwarded-proto": "ftp"}, "http://localhost"),
    ],
)
def test_where_it_goes_on_is_written_as_the_client_sees_it(ada: Caller, headers: dict[str, str], base: str) -> None:
    url = begun(ada, f"w-private/{ada.id}/{uuid4()}", 5, **headers)
    assert url.startswith(f"{base}/storage/v1{ROOT}/")


def test_a_client_that_says_nothing_more_holds_no_lock(ada: Caller) -> None:
    url = begun(ada, f"w-private/{ada.id}/silent.txt", 6)
    path = url.removeprefix(ada.settings.api_url)
    with socket.create_connection(("127.0.0.1", ada.settings.port), 30) as line:
        head = (
            f"PATCH {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {ada.token}\r\ntus-resumable: 1.0.0\r\n"
            f"content-type: {OCTETS}\r\nupload-offset: 0\r\ncontent-length: 6\r\n\r\nab"
        )
        line.sendall(head.encode())
        assert send(ada, url, 0, b"abcdef").status_code == 204
    assert ada.get(f"/object/w-private/{ada.id}/silent.txt").content == b"abcdef"
