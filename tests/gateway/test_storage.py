"""The storage door as clients meet it: uploads, downloads, lists, moves, removals, and who may do which."""

from __future__ import annotations

import asyncio
import base64
import json
import resource
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from tests.eventually import eventually
from tests.gateway.storage_world import *  # noqa: F403 the fixtures
from tests.gateway.storage_world import Person, blob_files, refusal


def test_an_upload_comes_back_byte_for_byte_with_its_type(ada: Person) -> None:
    kept = ada.upload(f"w-private/{ada.id}/a.txt", b"one two", cache_control="max-age=60")
    assert kept.status_code == 200, kept.text
    assert kept.json()["Key"] == f"w-private/{ada.id}/a.txt"
    got = ada.get(f"/object/w-private/{ada.id}/a.txt")
    assert (got.status_code, got.content) == (200, b"one two")
    assert got.headers["content-type"] == "text/plain"
    assert got.headers["cache-control"] == "max-age=60"
    assert got.headers["content-length"] == "7"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert ada.get(f"/object/authenticated/w-private/{ada.id}/a.txt").content == b"one two"


def test_another_user_finds_nothing_where_they_may_not_look(ada: Person, bo: Person, http: httpx.Client) -> None:
    name = f"w-private/{ada.id}/secret.txt"
    assert ada.upload(name).status_code == 200
    missing = (400, "404", "not_found", "NoSuchKey")
    assert refusal(bo.get(f"/object/{name}")) == missing
    assert refusal(bo.get(f"/object/info/{name}")) == missing
    assert refusal(bo.call("POST", f"/object/sign/{name}", json={"expiresIn": 60})) == missing
    assert refusal(bo.call("DELETE", f"/object/{name}")) == missing
    assert bo.call("DELETE", "/object/w-private", json={"prefixes": [f"{ada.id}/secret.txt"]}).json() == []
    assert bo.call("POST", "/object/list/w-private", json={"prefix": f"{ada.id}"}).json() == []
    move = {"bucketId": "w-private", "sourceKey": f"{ada.id}/secret.txt", "destinationKey": f"{bo.id}/mine.txt"}
    assert refusal(bo.call("POST", "/object/move", json=move)) == missing
    assert refusal(bo.call("POST", "/object/copy", json=move)) == missing
    no_bucket = (400, "404", "Bucket not found", "NoSuchBucket")
    assert refusal(http.get(f"{ada.settings.api_url}/storage/v1/object/{name}")) == no_bucket
    assert refusal(http.get(f"{ada.settings.api_url}/storage/v1/object/public/{name}")) == no_bucket
    assert ada.get(f"/object/{name}").status_code == 200


def test_an_upload_into_anothers_folder_is_refused_and_says_what_it_needs(ada: Person, bo: Person) -> None:
    refused = bo.upload(f"w-private/{ada.id}/b.txt")
    assert refusal(refused) == (400, "403", "Unauthorized", "AccessDenied")
    assert refused.json()["message"] == "new row violates row-level security policy"
    assert "INSERT" in refused.json()["hint"]
    upsert = bo.upload(f"w-private/{ada.id}/b.txt", x_upsert="true")
    assert "UPDATE" in upsert.json()["hint"]


def test_a_policy_sees_the_type_before_the_bytes_are_read(ada: Person) -> None:
    refused = ada.upload(f"w-private/{ada.id}/x.bin", b"x" * 10, "application/x-forbidden")
    assert refusal(refused) == (400, "403", "Unauthorized", "AccessDenied")


def test_a_token_that_is_not_ours_is_refused(ada: Person) -> None:
    bad = Person(ada.settings, ada.http, key="eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.bad")
    assert refusal(bad.get("/bucket"))[1:] == ("403", "Unauthorized", "AccessDenied")
    nobody = ada.http.get(f"{ada.settings.api_url}/storage/v1/bucket")
    assert refusal(nobody)[1:] == ("403", "Unauthorized", "AccessDenied")


def test_a_name_is_taken_once_and_an_upsert_replaces_it(ada: Person) -> None:
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


def test_a_put_on_what_is_not_there_is_not_found(ada: Person) -> None:
    assert refusal(ada.call("PUT", f"/object/w-private/{ada.id}/none.txt", content=b"x"))[3] == "NoSuchKey"


def test_who_may_add_and_not_change_cannot_upsert(ada: Person) -> None:
    assert ada.upload(f"w-picky/{ada.id}/a.txt").status_code == 200
    assert refusal(ada.upload(f"w-picky/{ada.id}/a.txt", x_upsert="true"))[3] == "AccessDenied"


def test_who_may_only_add_can_add_and_not_look(ada: Person) -> None:
    assert ada.upload("w-drop/letter.txt").status_code == 200
    assert refusal(ada.get("/object/w-drop/letter.txt"))[3] == "NoSuchKey"
    # the policy asks for the operation `upload`; signing is another
    assert refusal(ada.call("POST", "/object/upload/sign/w-drop/other.txt"))[3] == "AccessDenied"


def test_a_form_upload_keeps_its_fields(ada: Person) -> None:
    answer = ada.call(
        "POST", f"/object/w-private/{ada.id}/form.png",
        data={"cacheControl": "120", "metadata": json.dumps({"mood": "good"})},
        files={"": ("form.png", b"\x89PNG" * 100_000, "image/png")},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    described = ada.get(f"/object/info/w-private/{ada.id}/form.png").json()
    assert described["metadata"] == {"mood": "good"}
    assert described["content_type"] == "image/png"
    assert described["cache_control"] == "max-age=120"
    assert described["size"] == 400_000
    assert "owner" not in described
    assert ada.get(f"/object/w-private/{ada.id}/form.png").content == b"\x89PNG" * 100_000


def test_a_form_without_a_file_or_an_end_leaves_nothing(ada: Person) -> None:
    before = blob_files(ada.settings)
    form = b'--b\r\ncontent-disposition: form-data; name="cacheControl"\r\n\r\n60\r\n--b--\r\n'
    cut = b'--b\r\ncontent-disposition: form-data; name="f"; filename="f"\r\n\r\nhalf of it'
    for content in (form, cut, b"no form at all"):
        answer = ada.upload(f"w-private/{ada.id}/form", content, "multipart/form-data; boundary=b")
        assert refusal(answer)[1] == "400", answer.text
    assert refusal(ada.upload(f"w-private/{ada.id}/form", form, "multipart/form-data"))[1] == "400"
    assert refusal(ada.get(f"/object/w-private/{ada.id}/form"))[3] == "NoSuchKey"
    assert blob_files(ada.settings) == before


def test_metadata_may_come_in_a_header(ada: Person) -> None:
    told = base64.b64encode(b'{"a": 1}').decode()
    ada.upload(f"w-private/{ada.id}/meta.txt", x_metadata=told)
    assert ada.get(f"/object/info/w-private/{ada.id}/meta.txt").json()["metadata"] == {"a": 1}


def test_a_bucket_takes_only_its_types_and_sizes(ada: Person) -> None:
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


def test_what_is_larger_than_the_server_takes_is_refused_before_it_is_read(ada: Person) -> None:
    announced = ada.settings.upload_bytes_max + 1
    with socket.create_connection(("127.0.0.1", ada.settings.port), 30) as line:
        head = (
            f"POST /storage/v1/object/w-private/{ada.id}/huge HTTP/1.1\r\nhost: x\r\n"
            f"authorization: Bearer {ada.token}\r\ncontent-length: {announced}\r\n\r\n"
        )
        line.sendall(head.encode())
        said = b""
        while b"EntityTooLarge" not in said:
            more = line.recv(65536)
            assert more, said
            said += more


@pytest.mark.parametrize(
    "name", ["../up.txt", "a/../../up.txt", "a//b.txt", "/lead.txt", "./a.txt", "a\x01b", "ü" * 513]
)
def test_a_name_that_is_no_name_is_refused(service: Person, name: str) -> None:
    # one escape more than a browser would do, so that nobody tidies the path on the way
    path = "".join(f"%{byte:02x}" for byte in name.encode())
    answer = service.upload(f"w-private/{path}")
    assert refusal(answer) == (400, "400", "InvalidKey", "InvalidKey")


@pytest.mark.parametrize(
    "name", ["ğüşıöç İ.txt", "with space & more?.txt", "a%2Fb%.txt", "emoji 🎭.png", "..a/b..", "x" * 1024]
)
def test_an_odd_name_is_safe(service: Person, name: str) -> None:
    path = "".join(f"%{byte:02x}" for byte in name.encode())
    assert service.upload(f"w-private/{path}", name.encode()).status_code == 200
    assert service.get(f"/object/w-private/{path}").content == name.encode()
    signed = service.call("POST", f"/object/sign/w-private/{path}", json={"expiresIn": 60}).json()["signedURL"]
    assert service.http.get(f"{service.settings.api_url}/storage/v1{signed}").content == name.encode()
    assert [row["name"] for row in service.call("DELETE", "/object/w-private", json={"prefixes": [name]}).json()] == [
        name
    ]


def test_ranges_and_freshness(ada: Person) -> None:
    name = f"w-private/{ada.id}/range.txt"
    ada.upload(name, b"0123456789")
    for asked, content, told in [
        ("bytes=2-5", b"2345", "bytes 2-5/10"), ("Bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"), ("bytes=0-99", b"0123456789", "bytes 0-9/10"),
    ]:  # fmt: skip
        part = ada.get(f"/object/{name}", headers={"range": asked})
        assert (part.status_code, part.content, part.headers["content-range"]) == (206, content, told)
    assert refusal(ada.get(f"/object/{name}", headers={"range": "bytes=10-"})) == (
        416,
        "416",
        "invalid_range",
        "InvalidRange",
    )
    whole = ada.get(f"/object/{name}", headers={"range": "bytes=0-1,3-4"})
    assert (whole.status_code, whole.content) == (200, b"0123456789")
    etag = whole.headers["etag"]
    assert ada.get(f"/object/{name}", headers={"if-none-match": etag}).status_code == 304
    assert ada.get(f"/object/{name}", headers={"if-none-match": '"other"'}).status_code == 200
    assert ada.get(f"/object/{name}", headers={"if-modified-since": whole.headers["last-modified"]}).status_code == 304
    assert ada.get(f"/object/{name}", headers={"range": "bytes=0-1", "if-range": '"other"'}).status_code == 200


def test_head_tells_without_the_bytes_and_download_names_a_file(ada: Person) -> None:
    name = f"w-private/{ada.id}/head.html"
    ada.upload(name, b"<p>", "text/html")
    head = ada.call("HEAD", f"/object/{name}")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "3")
    assert head.headers["content-type"].startswith("text/plain")
    assert ada.call("HEAD", f"/object/w-private/{ada.id}/none").status_code == 400
    as_file = ada.get(f"/object/{name}", params={"download": "Ğ.html"}).headers["content-disposition"]
    assert as_file == "attachment; filename=%C4%9E.html; filename*=UTF-8''%C4%9E.html;"


def test_a_public_bucket_is_read_by_all_and_tells_nobody_whose_it_is(
    ada: Person, bo: Person, http: httpx.Client
) -> None:
    name = f"w-public/{ada.id}/face.png"
    ada.upload(name, b"face", "image/png")
    base = f"{ada.settings.api_url}/storage/v1/object"
    assert http.get(f"{base}/public/{name}").content == b"face"
    assert http.get(f"{base}/{name}").content == b"face"
    for answer in (http.get(f"{base}/info/public/{name}"), bo.get(f"/object/info/{name}")):
        assert "owner" not in answer.text
        assert set(answer.json()) == {
            "id", "name", "version", "bucket_id", "size", "content_type", "cache_control", "etag", "metadata",
            "last_modified", "created_at",
        }  # fmt: skip
    assert refusal(bo.upload(name, x_upsert="true"))[3] == "AccessDenied"


def test_listing_shows_folders_and_files_a_page_at_a_time(ada: Person) -> None:
    for name in ("a.txt", "b/1.txt", "b/2.txt", "b/c/3.txt", "b0.txt", "B.txt", "z/1.txt"):
        assert ada.upload(f"w-private/{ada.id}/{name}", name.encode()).status_code == 200

    def names(**body: object) -> list[str]:
        asked = {"prefix": str(ada.id), **body}
        return [row["name"] for row in ada.call("POST", "/object/list/w-private", json=asked).json()]

    assert names() == ["B.txt", "a.txt", "b", "b0.txt", "z"]
    assert names(limit=2, offset=1) == ["a.txt", "b"]
    assert names(prefix=f"{ada.id}/b") == ["1.txt", "2.txt", "c"]
    assert names(prefix=f"{ada.id}/b/c/") == ["3.txt"]
    assert names(search="B") == ["B.txt", "b", "b0.txt"]
    assert names(sortBy={"column": "name", "order": "desc"}) == ["z", "b0.txt", "b", "a.txt", "B.txt"]
    assert names(sortBy={"column": "created_at", "order": "desc"}) == ["z", "b", "B.txt", "b0.txt", "a.txt"]
    assert names(prefix="nothing") == []
    rows = ada.call("POST", "/object/list/w-private", json={"prefix": str(ada.id)}).json()
    folder, file = rows[2], rows[1]
    assert (folder["id"], folder["metadata"]) == (None, None)
    assert file["metadata"]["size"] == 5
    assert "owner" not in file


@pytest.mark.parametrize("order", [("name", "asc"), ("name", "desc"), ("updated_at", "asc"), ("created_at", "desc")])
@pytest.mark.parametrize("delimiter", [True, False])
def test_list_v2_pages_through_everything_once(ada: Person, order: tuple[str, str], delimiter: bool) -> None:
    for name in ("a.txt", "b/1.txt", "b/2.txt", "b0.txt", "c/d/1.txt", "e.txt"):
        ada.upload(f"w-private/{ada.id}/{name}")
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(10):
        body = {"prefix": f"{ada.id}/", "limit": 2, "with_delimiter": delimiter,
                "sortBy": {"column": order[0], "order": order[1]}}  # fmt: skip
        answer = ada.call(
            "POST", "/object/list-v2/w-private", json=body | ({"cursor": cursor} if cursor else {})
        ).json()
        assert len(answer["folders"]) + len(answer["objects"]) <= 2
        seen += [row["name"].removeprefix(f"{ada.id}/") for row in answer["folders"] + answer["objects"]]
        cursor = answer.get("nextCursor")
        assert answer["hasNext"] is bool(cursor)
        if not cursor:
            break
    wanted = ["a.txt", "b/", "b0.txt", "c/", "e.txt"] if delimiter else [
        "a.txt", "b/1.txt", "b/2.txt", "b0.txt", "c/d/1.txt", "e.txt"]  # fmt: skip
    assert sorted(seen) == wanted


def test_a_cursor_nobody_gave_is_refused(ada: Person) -> None:
    assert (
        refusal(ada.call("POST", "/object/list-v2/w-private", json={"cursor": "bm90IG91cnM="}))[3] == "InvalidParameter"
    )


def test_move_and_copy(ada: Person) -> None:
    ada.upload(f"w-private/{ada.id}/from.txt", b"content", cache_control="max-age=9")
    body = {"bucketId": "w-private", "sourceKey": f"{ada.id}/from.txt", "destinationKey": f"{ada.id}/copy.txt"}
    copied = ada.call("POST", "/object/copy", json=body)
    assert copied.json()["Key"] == f"w-private/{ada.id}/copy.txt"
    assert ada.get(f"/object/w-private/{ada.id}/copy.txt").headers["cache-control"] == "max-age=9"
    assert refusal(ada.call("POST", "/object/copy", json=body))[3] == "KeyAlreadyExists"
    assert refusal(ada.call("POST", "/object/move", json=body))[3] == "KeyAlreadyExists"
    away = body | {"destinationKey": f"{ada.id}/moved.txt", "destinationBucket": "w-public"}
    assert ada.call("POST", "/object/move", json=away).json()["message"] == "Successfully moved"
    assert ada.get(f"/object/w-public/{ada.id}/moved.txt").content == b"content"
    assert refusal(ada.get(f"/object/w-private/{ada.id}/from.txt"))[3] == "NoSuchKey"
    assert ada.get(f"/object/w-private/{ada.id}/copy.txt").content == b"content"
    out = body | {"sourceKey": f"{ada.id}/copy.txt", "destinationKey": "elsewhere/copy.txt"}
    assert refusal(ada.call("POST", "/object/move", json=out))[3] == "AccessDenied"
    assert refusal(ada.call("POST", "/object/copy", json=out))[3] == "AccessDenied"
    climb = body | {"sourceKey": f"{ada.id}/copy.txt", "destinationKey": "../up"}
    assert refusal(ada.call("POST", "/object/move", json=climb))[3] == "InvalidKey"


def test_removing_takes_rows_and_bytes(ada: Person) -> None:
    before = len(blob_files(ada.settings))
    names = [f"{ada.id}/{number}.txt" for number in range(5)]
    for name in names:
        ada.upload(f"w-private/{name}")
    gone = ada.call("DELETE", "/object/w-private", json={"prefixes": [*names[:4], f"{ada.id}/none"]})
    assert sorted(row["name"] for row in gone.json()) == names[:4]
    assert gone.json()[0]["owner"] == str(ada.id)
    assert ada.call("DELETE", f"/object/w-private/{names[4]}").json() == {"message": "Successfully deleted"}
    assert len(blob_files(ada.settings)) == before
    too_many = {"prefixes": ["x"] * 1001}
    assert refusal(ada.call("DELETE", "/object/w-private", json=too_many))[3] == "InvalidParameter"


def test_buckets_are_the_servers_to_make(service: Person, ada: Person) -> None:
    made = service.call("POST", "/bucket", json={"name": "b-one", "public": True, "file_size_limit": "20kb",
                                                 "allowed_mime_types": ["image/*"]})  # fmt: skip
    assert made.json() == {"name": "b-one"}
    shown = service.get("/bucket/b-one").json()
    assert (shown["public"], shown["file_size_limit"], shown["allowed_mime_types"]) == (True, 20_000, ["image/*"])
    assert refusal(service.call("POST", "/bucket", json={"name": "b-one"})) == (
        400,
        "409",
        "Duplicate",
        "BucketAlreadyExists",
    )
    assert refusal(ada.call("POST", "/bucket", json={"name": "b-two"})) == (400, "403", "Unauthorized", "AccessDenied")
    assert refusal(ada.get("/bucket/b-one")) == (400, "404", "Bucket not found", "NoSuchBucket")
    assert ada.get("/bucket").json() == []
    assert refusal(service.call("POST", "/bucket", json={"name": "a/b"}))[3] == "InvalidBucketName"
    assert (
        refusal(service.call("POST", "/bucket", json={"name": "b-x", "file_size_limit": "much"}))[3] == "InvalidRequest"
    )
    assert service.call("PUT", "/bucket/b-one", json={"public": False}).json() == {"message": "Successfully updated"}
    shown = service.get("/bucket/b-one").json()
    assert (shown["public"], shown["file_size_limit"]) == (False, 20_000)
    assert service.upload("b-one/x.png", b"x", "image/png").status_code == 200
    assert refusal(service.call("DELETE", "/bucket/b-one"))[3] == "ResourceNotEmpty"
    assert refusal(ada.call("POST", "/bucket/b-one/empty"))[3] == "AccessDenied"
    assert service.call("POST", "/bucket/b-one/empty").status_code == 200
    assert service.call("DELETE", "/bucket/b-one").json() == {"message": "Successfully deleted"}
    assert refusal(service.call("DELETE", "/bucket/b-one"))[3] == "NoSuchBucket"
    found = [bucket["id"] for bucket in service.get("/bucket", params={"search": "w-p", "sortOrder": "desc"}).json()]
    assert found == ["w-public", "w-private", "w-picky"]


def test_concurrent_upserts_of_one_name_leave_one_whole_object(ada: Person) -> None:
    before = len(blob_files(ada.settings))
    contents = [bytes([number]) * (200_000 + number) for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda c: ada.upload(f"w-private/{ada.id}/race", c, x_upsert="true"), contents))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert ada.get(f"/object/w-private/{ada.id}/race").content in contents
    assert len(blob_files(ada.settings)) == before + 1


def test_concurrent_uploads_of_one_new_name_let_one_through(ada: Person) -> None:
    before = len(blob_files(ada.settings))
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda n: ada.upload(f"w-private/{ada.id}/once", bytes([n]) * 1000), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 5
    assert {refusal(answer)[3] for answer in answers if answer.status_code == 400} == {"KeyAlreadyExists"}
    assert len(blob_files(ada.settings)) == before + 1


def test_an_interrupted_upload_leaves_nothing(ada: Person, database_url: str) -> None:
    before = blob_files(ada.settings)

    async def interrupt() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", ada.settings.port)
        head = (
            f"POST /storage/v1/object/w-private/{ada.id}/cut HTTP/1.1\r\nhost: x\r\n"
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


def test_what_is_no_route_and_no_json_is_said(service: Person) -> None:
    assert service.get("/nothing").status_code == 404
    assert refusal(service.call("POST", "/bucket", content=b"{no"))[1] == "400"
    assert refusal(service.call("POST", "/object/move", json={"bucketId": "w-private"}))[1] == "400"
    assert refusal(service.call("POST", "/object/list/none", json={}))[3] == "NoSuchBucket"
    assert refusal(service.call("POST", "/object/list/w-private", json={"prefix": "a\x00"}))[1] == "400"
    assert service.get("/status").json() == {"status": "ok"}


def test_thirty_megabytes_go_through_the_door_in_flat_memory(ada: Person) -> None:
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
