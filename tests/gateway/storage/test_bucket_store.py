"""The storage door over a bucket: its bytes pass through us, or who was allowed them is sent there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from sahne.settings import Settings
from tests.buckets import Caller, make_buckets, refusal
from tests.conftest import free_port, running_server
from tests.gateway.storage.test_resumable import begun, send
from tests.s3 import S3Server, s3_server
from tests.s3_requests import signed
from tests.world import World


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="module")
def over_bucket(settings: Settings, store: S3Server) -> Settings:
    make_buckets(settings.admin_database_url)
    return replace(settings, **store.settings(store.new_bucket()))


@pytest.fixture(scope="module")
def through(over_bucket: Settings) -> Iterator[Settings]:
    with running_server(over_bucket):
        yield over_bucket


@pytest.fixture(scope="module")
def handing_off(over_bucket: Settings) -> Iterator[Settings]:
    settings = replace(over_bucket, objects_handoff=True, port=free_port())
    with running_server(settings):
        yield settings


def test_what_is_put_into_a_bucket_comes_back_whole_and_in_part(
    through: Settings, store: S3Server, world: World, http: httpx.Client
) -> None:
    ada = Caller(through, http, world.person())
    name, content = f"w-private/{ada.id}/large.bin", os.urandom(20 * 2**20 + 7)
    assert ada.upload(name, content, "application/x-large").status_code == 200
    got = ada.get(f"/object/{name}")
    assert (got.content == content, got.headers["content-type"]) == (True, "application/x-large")
    part = ada.get(f"/object/{name}", headers={"range": "bytes=1000-300999"})
    assert (part.status_code, part.content == content[1000:301_000]) == (206, True)
    head = ada.call("HEAD", f"/object/{name}")
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(content)))
    move = {"bucketId": "w-private", "sourceKey": f"{ada.id}/large.bin", "destinationKey": f"{ada.id}/copy.bin"}
    assert ada.call("POST", "/object/copy", json=move).status_code == 200
    assert ada.call("DELETE", f"/object/{name}").status_code == 200
    assert ada.get(f"/object/w-private/{ada.id}/copy.bin").content == content
    assert not through.objects_path.exists()


def test_who_may_download_is_sent_to_the_bucket_and_nobody_else(
    handing_off: Settings, world: World, http: httpx.Client
) -> None:
    ada, bo = (Caller(handing_off, http, world.person()) for _ in range(2))
    name = f"w-private/{ada.id}/face.png"
    assert ada.upload(name, b"face of ada", "image/png", cache_control="max-age=60").status_code == 200
    assert refusal(bo.get(f"/object/{name}"))[3] == "NoSuchKey"
    sent = ada.get(f"/object/{name}?download=ada.png")
    assert (sent.status_code, sent.headers["cache-control"], sent.content) == (307, "no-store", b"")
    got = http.get(sent.headers["location"])
    assert (got.content, got.headers["content-type"]) == (b"face of ada", "image/png")
    assert "filename=ada.png" in got.headers["content-disposition"]
    assert got.headers["cache-control"] == "max-age=60"
    part = ada.get(f"/object/{name}", headers={"range": "bytes=0-3"}, follow_redirects=True)
    assert (part.status_code, part.content) == (206, b"face")
    etag = ada.call("HEAD", f"/object/{name}").headers["etag"]
    assert ada.get(f"/object/{name}", headers={"if-none-match": etag}).status_code == 304
    by_s3 = signed(ada, "GET", f"/{name}")  # whoever speaks S3 to us would sign for the other host
    assert (by_s3.status_code, by_s3.content) == (200, b"face of ada")


def test_a_signed_url_leads_there_too_and_a_forged_one_does_not(
    handing_off: Settings, world: World, http: httpx.Client
) -> None:
    ada = Caller(handing_off, http, world.person())
    name = f"w-private/{ada.id}/page.html"
    assert ada.upload(name, b"<script>1</script>", "text/html").status_code == 200
    signed = ada.call("POST", f"/object/sign/{name}", json={"expiresIn": 60}).json()["signedURL"]
    url = f"{handing_off.api_url}/storage/v1{signed}"
    got = http.get(url, follow_redirects=True)
    assert (got.content, got.headers["content-type"]) == (b"<script>1</script>", "text/plain")
    assert http.get(url[:-4] + "beef").status_code == 400


def test_an_upload_in_parts_becomes_an_object_of_the_bucket(
    through: Settings, world: World, http: httpx.Client
) -> None:
    ada = Caller(through, http, world.person())
    place, content = f"w-private/{ada.id}/parts.bin", os.urandom(300_000)
    url = begun(ada, place, len(content))
    assert send(ada, url, 0, content[:100_000]).status_code == 204
    assert send(ada, url, 100_000, content[100_000:]).status_code == 204
    assert ada.get(f"/object/{place}").content == content
