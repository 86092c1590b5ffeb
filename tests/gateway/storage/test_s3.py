"""The S3 door, by hand: what is refused of signatures and sums, bounds of parts, and what a page may not send.

Real programs are in `tests/clients`; signatures alone in `tests/unit`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import psycopg

from tests.buckets import Caller, blob_files
from tests.s3_requests import code, signed


@contextmanager
def bounds(database_url: str, **settings: int) -> Iterator[None]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        for name, value in settings.items():
            conn.execute(f"update private.settings set {name} = %s", (value,))
        try:
            yield
        finally:
            for name in settings:
                conn.execute(f"update private.settings set {name} = default")


def test_a_person_signs_with_the_key_of_apps_and_their_token(ada: Caller, bo: Caller) -> None:
    path = f"/w-private/{ada.id}/by%20hand.txt"
    before = signed(ada, "PUT", path, b"by hand")
    assert (before.status_code, before.headers["etag"]) == (200, f'"{hashlib.md5(b"by hand").hexdigest()}"')
    assert signed(ada, "GET", path).content == b"by hand"
    assert code(signed(bo, "GET", path)) == (404, "NoSuchKey")
    assert code(signed(bo, "PUT", path, b"his")) == (403, "AccessDenied")
    unsigned = ada.http.get(
        f"{ada.settings.api_url}/storage/v1/s3{path}", headers={"authorization": f"Bearer {ada.token}"}
    )
    assert code(unsigned) == (403, "AccessDenied")
    assert unsigned.headers["content-type"] == "application/xml"


def test_what_was_signed_is_what_must_come(ada: Caller) -> None:
    before, path = len(blob_files(ada.settings)), f"/w-private/{ada.id}/sums.txt"
    assert code(signed(ada, "PUT", path, b"other", sha256=hashlib.sha256(b"x").hexdigest())) == (
        400,
        "XAmzContentSHA256Mismatch",
    )
    assert code(signed(ada, "PUT", path, b"other", x_amz_checksum_crc32="AAAAAA==")) == (400, "BadDigest")
    assert code(signed(ada, "PUT", path, b"0\r\n\r\n", sha256="STREAMING-UNHEARD-OF")) == (501, "NotImplemented")
    assert code(signed(ada, "GET", path, at=datetime.now(UTC) - timedelta(minutes=20))) == (403, "RequestTimeTooSkewed")
    assert code(signed(ada, "GET", path, sent_to="elsewhere.example")) == (403, "SignatureDoesNotMatch")
    assert len(blob_files(ada.settings)) == before


def test_nothing_that_s3_reads_is_added_to_what_was_signed(ada: Caller) -> None:
    secret, path = f"/w-private/{ada.id}/secret.txt", f"/w-private/{ada.id}/handed-out.txt"
    assert signed(ada, "PUT", secret, b"secret").status_code == 200
    assert code(signed(ada, "PUT", path, added={"x-amz-copy-source": secret})) == (403, "AccessDenied")
    assert code(signed(ada, "GET", path)) == (404, "NoSuchKey")
    assert signed(ada, "PUT", path, x_amz_copy_source=secret).status_code == 200
    assert signed(ada, "GET", path, added={"x-request-from": "a proxy"}).content == b"secret"


def test_a_proxy_may_change_the_host_if_it_says_which_it_was(ada: Caller) -> None:
    path = f"/w-private/{ada.id}/proxied.txt"
    answer = signed(ada, "PUT", path, b"x", sent_to="api.example", x_forwarded_host="api.example")
    assert answer.status_code == 200


def test_a_page_of_elsewhere_may_not_send_tokens_that_anybody_can_sign(ada: Caller) -> None:
    answer = signed(ada, "GET", "/", origin="https://evil.example")
    assert answer.status_code == 403
    assert signed(ada, "GET", "/").status_code == 200


def test_what_has_ended_takes_no_more_parts(ada: Caller) -> None:
    before, path = len(blob_files(ada.settings)), f"/w-private/{ada.id}/ended-parts.txt"
    id = signed(ada, "POST", f"{path}?uploads").text.partition("<UploadId>")[2].partition("<")[0]
    etag = signed(ada, "PUT", f"{path}?partNumber=1&uploadId={id}", b"whole").headers["etag"]
    part = f"<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"
    listed = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>".encode()
    for _ in range(2):  # whose answer was lost asks again
        assert signed(ada, "POST", f"{path}?uploadId={id}", listed).status_code == 200
    assert code(signed(ada, "PUT", f"{path}?partNumber=2&uploadId={id}", b"more")) == (404, "NoSuchUpload")
    copied = signed(ada, "PUT", f"{path}?partNumber=2&uploadId={id}", x_amz_copy_source=path)
    assert code(copied) == (404, "NoSuchUpload")
    assert signed(ada, "GET", path).content == b"whole"
    assert len(blob_files(ada.settings)) == before + 1


def test_an_end_that_is_asked_for_many_times_at_once_is_answered_to_all_the_same(ada: Caller) -> None:
    before, path = len(blob_files(ada.settings)), f"/w-private/{ada.id}/ended-at-once.txt"
    id = signed(ada, "POST", f"{path}?uploads").text.partition("<UploadId>")[2].partition("<")[0]
    etag = signed(ada, "PUT", f"{path}?partNumber=1&uploadId={id}", b"whole").headers["etag"]
    part = f"<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"
    listed = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>".encode()
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: signed(ada, "POST", f"{path}?uploadId={id}", listed), range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert {answer.text.partition("<ETag>")[2].partition("<")[0] for answer in answers} == {etag}
    assert signed(ada, "GET", path).content == b"whole"
    assert len(blob_files(ada.settings)) == before + 1


def test_who_is_nobody_is_told_of_nobody_elses_uploads(
    ada: Caller, anon: Caller, service: Caller, database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("create policy nobody on storage.objects to anon using (bucket_id = 'w-drop')")
        try:
            begun = signed(anon, "POST", "/w-drop/nobodys.txt?uploads")
            assert begun.status_code == 200, begun.text
            id = begun.text.partition("<UploadId>")[2].partition("<")[0]
            assert "<UploadId>" not in signed(anon, "GET", "/w-drop?uploads").text
            assert signed(anon, "PUT", f"/w-drop/nobodys.txt?partNumber=1&uploadId={id}", b"x").status_code == 200
            assert code(signed(ada, "DELETE", f"/w-drop/nobodys.txt?uploadId={id}")) == (404, "NoSuchUpload")
            assert signed(anon, "DELETE", f"/w-drop/nobodys.txt?uploadId={id}").status_code == 204
        finally:
            conn.execute("drop policy nobody on storage.objects")


def test_parts_are_bounded_by_the_bucket_the_server_and_what_somebody_has_under_way(
    ada: Caller, bo: Caller, database_url: str
) -> None:
    def begun(person: Caller, bucket: str = "w-private") -> str:
        answer = signed(person, "POST", f"/{bucket}/{person.id}/parts.png?uploads", content_type="image/png")
        assert answer.status_code == 200, answer.text
        return answer.text.partition("<UploadId>")[2].partition("<")[0]

    def part(person: Caller, id: str, number: int, size: int, bucket: str = "w-private") -> httpx.Response:
        return signed(person, "PUT", f"/{bucket}/{person.id}/parts.png?partNumber={number}&uploadId={id}", b"x" * size)

    before = len(blob_files(ada.settings))
    with bounds(database_url, unfinished_bytes_max=100, unfinished_uploads_max=2):
        id, other = begun(ada), begun(ada)
        answer = signed(ada, "POST", f"/w-private/{ada.id}/third?uploads")
        assert code(answer) == (400, "EntityTooLarge")
        assert part(ada, id, 1, 60).status_code == 200
        assert code(part(ada, other, 1, 60)) == (400, "EntityTooLarge")
        assert part(ada, other, 1, 40).status_code == 200
        assert part(bo, begun(bo), 1, 60).status_code == 200
        assert code(part(ada, id, 10_001, 1)) == (400, "InvalidArgument")
        for each in (id, other):
            assert signed(ada, "DELETE", f"/w-private/{ada.id}/parts.png?uploadId={each}").status_code == 204
    id = begun(ada, "w-picky")
    assert part(ada, id, 1, 600, "w-picky").status_code == 200
    assert part(ada, id, 2, 600, "w-picky").status_code == 200
    tags = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{hashlib.md5(b'x' * 600).hexdigest()}</ETag></Part>"
        for number in (1, 2)
    )
    listed = f"<CompleteMultipartUpload>{tags}</CompleteMultipartUpload>".encode()
    ended = signed(ada, "POST", f"/w-picky/{ada.id}/parts.png?uploadId={id}", listed)
    assert code(ended) == (400, "EntityTooLarge"), "the bucket takes a thousand bytes"
    assert code(signed(ada, "POST", f"/w-picky/{ada.id}/parts.png?uploadId={id}", b"<!DOCTYPE a><a/>")) == (
        400,
        "MalformedXML",
    )
    assert ada.call("HEAD", f"/upload/resumable/{id}", headers={"tus-resumable": "1.0.0"}).status_code == 404
    assert signed(ada, "DELETE", f"/w-picky/{ada.id}/parts.png?uploadId={id}").status_code == 204
    assert len(blob_files(ada.settings)) == before + 1, "Bo's part"
