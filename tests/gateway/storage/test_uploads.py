"""Uploads through the storage door: forms, bounds, replacing, and what is left when one breaks off."""

from __future__ import annotations

import asyncio
import base64
import json
import resource
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg

from tests.buckets import Caller, blob_files, refusal
from tests.eventually import eventually


def test_a_policy_sees_the_type_before_the_bytes_are_read(ada: Caller) -> None:
    refused = ada.upload(f"w-private/{ada.id}/x.bin", b"x" * 10, "application/x-forbidden")
    assert refusal(refused) == (400, "403", "Unauthorized", "AccessDenied")


def test_a_name_is_taken_once_and_an_upsert_replaces_it(ada: Caller) -> None:
    name = f"w-private/{ada.id}/same.txt"
    first = ada.upload(name, b"first").json()["Id"]
    assert refusal(ada.upload(name, b"second")) == (400, "409", "Duplicate", "KeyAlreadyExists")
    files = len(blob_files(ada.settings))
    assert ada.upload(name, b"third", x_upsert="true").json()["Id"] == first
    assert ada.get(f"/object/{name}").content == b"third"
    assert len(blob_files(ada.settings)) == files
    assert ada.call("PUT", f"/object/{name}", content=b"fourth").json()["Id"] == first
    assert ada.get(f"/object/{name}").content == b"fourth"
    assert len(blob_files(ada.settings)) == files


def test_a_put_on_what_is_not_there_is_not_found(ada: Caller) -> None:
    assert refusal(ada.call("PUT", f"/object/w-private/{ada.id}/none.txt", content=b"x"))[3] == "NoSuchKey"


def test_who_may_add_and_not_change_cannot_upsert(ada: Caller) -> None:
    assert ada.upload(f"w-picky/{ada.id}/a.txt").status_code == 200
    assert refusal(ada.upload(f"w-picky/{ada.id}/a.txt", x_upsert="true"))[3] == "AccessDenied"


def test_who_may_only_add_can_add_and_not_look(ada: Caller) -> None:
    assert ada.upload("w-drop/letter.txt").status_code == 200
    assert refusal(ada.get("/object/w-drop/letter.txt"))[3] == "NoSuchKey"
    # the policy asks for the operation `upload`; signing is another
    assert refusal(ada.call("POST", "/object/upload/sign/w-drop/other.txt"))[3] == "AccessDenied"


def test_a_form_upload_keeps_its_fields(ada: Caller) -> None:
    answer = ada.call(
        "POST",
        f"/object/w-private/{ada.id}/form.png",
        data={"cacheControl": "120", "metadata": json.dumps({"mood": "good"})},
        files={"": ("form.png", b"\x89PNG" * 100_000, "image/png")},
    )
    assert answer.status_code == 200, answer.text
    described = ada.get(f"/object/info/w-private/{ada.id}/form.png").json()
    assert described["metadata"] == {"mood": "good"}
    assert described["content_type"] == "image/png"
    assert described["cache_control"] == "max-age=120"
    assert described["size"] == 400_000
    assert "owner" not in described
    assert ada.get(f"/object/w-private/{ada.id}/form.png").content == b"\x89PNG" * 100_000


def test_a_form_without_a_file_or_an_end_leaves_nothing(ada: Caller) -> None:
    before = blob_files(ada.settings)
    form = b'--b\r\ncontent-disposition: form-data; name="cacheControl"\r\n\r\n60\r\n--b--\r\n'
    cut = b'--b\r\ncontent-disposition: form-data; name="f"; filename="f"\r\n\r\nhalf of it'
    for content in (form, cut, b"no form at all"):
        answer = ada.upload(f"w-private/{ada.id}/form", content, "multipart/form-data; boundary=b")
        assert refusal(answer)[1] == "400", answer.text
    assert refusal(ada.upload(f"w-private/{ada.id}/form", form, "multipart/form-data"))[1] == "400"
    assert refusal(ada.get(f"/object/w-private/{ada.id}/form"))[3] == "NoSuchKey"
    assert blob_files(ada.settings) == before


def test_metadata_may_come_in_a_header(ada: Caller) -> None:
    told = base64.b64encode(b'{"a": 1}').decode()
    ada.upload(f"w-private/{ada.id}/meta.txt", x_metadata=told)
    assert ada.get(f"/object/info/w-private/{ada.id}/meta.txt").json()["metadata"] == {"a": 1}


def test_a_bucket_takes_only_its_types_and_sizes(ada: Caller) -> None:
    too_large = (400, "413", "Payload too large", "EntityTooLarge")
    wrong_type = (400, "415", "invalid_mime_type", "InvalidMimeType")
    assert ada.upload(f"w-picky/{ada.id}/p.png", b"x", "image/png").status_code == 200
    assert ada.upload(f"w-picky/{ada.id}/p.txt", b"x", "text/plain;charset=UTF-8").status_code == 200
    assert refusal(ada.upload(f"w-picky/{ada.id}/p.js", b"x", "text/javascript")) == wrong_type
    assert refusal(ada.upload(f"w-picky/{ada.id}/big.png", b"x" * 1001, "image/png")) == too_large
    form = {"file": ("big.png", b"x" * 1001, "image/png")}
    assert refusal(ada.call("POST", f"/object/w-picky/{ada.id}/big.png", files=form)) == too_large
    assert refusal(ada.get(f"/object/w-picky/{ada.id}/big.png"))[3] == "NoSuchKey"
    ada.upload(f"w-private/{ada.id}/big.js", b"x", "text/javascript")
    into = {"bucketId": "w-private", "sourceKey": f"{ada.id}/big.js", "destinationBucket": "w-picky",
            "destinationKey": f"{ada.id}/big.js"}  # fmt: skip
    assert refusal(ada.call("POST", "/object/copy", json=into)) == wrong_type
    assert refusal(ada.call("POST", "/object/move", json=into)) == wrong_type


def test_an_iphones_heic_is_refused_with_what_the_bucket_takes(ada: Caller) -> None:
    answer = ada.upload(f"photos/{ada.id}/me.heic", b"\0\0\0\x18ftypheic", "image/heic")
    assert refusal(answer) == (400, "415", "invalid_mime_type", "InvalidMimeType")
    assert answer.json()["message"] == (
        "mime type image/heic is not supported: this bucket takes image/jpeg, image/png, image/webp, image/avif;"
        " say which it is with contentType"
    )
    assert ada.upload(f"photos/{ada.id}/me.avif", b"\0\0\0\x1cftypavif", "image/avif").status_code == 200


def test_what_is_larger_than_the_server_takes_is_refused_before_it_is_read(ada: Caller) -> None:
    announced = ada.settings.upload_bytes_max + 1
    with socket.create_connection(("127.0.0.1", ada.settings.port), 30) as line:
        head = (
            f"POST /storage/v1/object/w-private/{ada.id}/huge HTTP/1.1\r\nhost: localhost\r\n"
            f"authorization: Bearer {ada.token}\r\ncontent-length: {announced}\r\n\r\n"
        )
        line.sendall(head.encode())
        said = b""
        while b"EntityTooLarge" not in said:
            more = line.recv(65536)
            assert more, said
            said += more


def test_concurrent_upserts_of_one_name_leave_one_whole_object(ada: Caller) -> None:
    before = len(blob_files(ada.settings))
    contents = [bytes([number]) * (200_000 + number) for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda c: ada.upload(f"w-private/{ada.id}/race", c, x_upsert="true"), contents))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert ada.get(f"/object/w-private/{ada.id}/race").content in contents
    assert len(blob_files(ada.settings)) == before + 1


def test_concurrent_uploads_of_one_new_name_let_one_through(ada: Caller) -> None:
    before = len(blob_files(ada.settings))
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda n: ada.upload(f"w-private/{ada.id}/once", bytes([n]) * 1000), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 5
    assert {refusal(answer)[3] for answer in answers if answer.status_code == 400} == {"KeyAlreadyExists"}
    assert len(blob_files(ada.settings)) == before + 1


def test_an_interrupted_upload_leaves_nothing(ada: Caller, database_url: str) -> None:
    before = blob_files(ada.settings)

    async def interrupt() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", ada.settings.port)
        head = (
            f"POST /storage/v1/object/w-private/{ada.id}/cut HTTP/1.1\r\nhost: localhost\r\n"
            f"authorization: Bearer {ada.token}\r\n"
            "content-type: image/png\r\ncontent-length: 3000000\r\n\r\n"
        )
        writer.write(head.encode() + b"x" * 1_000_000)
        await writer.drain()
        await asyncio.to_thread(eventually, lambda: len(blob_files(ada.settings)) > len(before))
        writer.close()
        del reader

    asyncio.run(interrupt())
    eventually(lambda: blob_files(ada.settings) == before)
    with psycopg.connect(database_url) as conn:
        assert conn.execute("select count(*) from storage.objects where name like '%/cut'").fetchone() == (0,)


def test_thirty_megabytes_go_through_the_door_in_flat_memory(ada: Caller) -> None:
    chunk, count = b"0123456789abcdef" * 4096, 480
    url = f"{ada.settings.api_url}/storage/v1/object/w-private/{ada.id}/large.bin"
    bearer = {"authorization": f"Bearer {ada.token}"}

    def form() -> Iterator[bytes]:
        yield b'--b\r\ncontent-disposition: form-data; name=""; filename="l"\r\ncontent-type: video/mp4\r\n\r\n'
        for _ in range(count):
            yield chunk
        yield b"\r\n--b--\r\n"

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kind = {"content-type": "multipart/form-data; boundary=b"}
    assert ada.http.post(url, content=form(), headers=bearer | kind).status_code == 200
    with ada.http.stream("GET", url, headers=bearer) as answer:
        assert answer.headers["content-length"] == str(len(chunk) * count)
        assert sum(len(part) for part in answer.iter_bytes()) == len(chunk) * count
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 20 * 1024
