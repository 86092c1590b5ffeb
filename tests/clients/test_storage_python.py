"""The unmodified Python `supabase` client's storage against our door."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest
from supabase.lib.client_options import SyncClientOptions

from supabase import Client, create_client
from tests.buckets import make_buckets
from tests.conftest import Running
from tests.world import World, token


@pytest.fixture(scope="module")
def service(server: Running, database_url: str) -> Client:
    make_buckets(database_url)
    return create_client(server.url, server.settings.service_role_key)


def signed_in(server: Running, sub: str) -> Client:
    options = SyncClientOptions(headers={"Authorization": f"Bearer {token(sub)}"})
    return create_client(server.url, server.settings.anon_key, options)


def test_buckets(service: Client) -> None:
    service.storage.create_bucket("py-one", options={"public": False, "file_size_limit": 1000})
    assert service.storage.get_bucket("py-one").file_size_limit == 1000
    assert "py-one" in [bucket.id for bucket in service.storage.list_buckets()]
    service.storage.update_bucket("py-one", {"public": True})
    assert service.storage.get_bucket("py-one").public
    service.storage.empty_bucket("py-one")
    service.storage.delete_bucket("py-one")
    with pytest.raises(Exception, match="Bucket not found"):
        service.storage.get_bucket("py-one")


def test_a_user_works_in_their_own_folder_and_another_finds_nothing(
    server: Running, service: Client, world: World
) -> None:
    me = str(world.person())
    mine = signed_in(server, me).storage.from_("w-private")
    others = signed_in(server, str(uuid4())).storage.from_("w-private")
    name = f"{me}/a b ü.txt"
    assert (
        mine.upload(name, b"hello", {"content-type": "text/plain", "metadata": {"n": 1}}).full_path
        == f"w-private/{name}"
    )
    with pytest.raises(Exception, match="already exists"):
        mine.upload(name, b"again")
    mine.upload(name, b"hello 2", {"upsert": "true"})
    mine.update(name, b"hello 3")
    assert mine.download(name) == b"hello 3"
    assert mine.exists(name)
    assert not mine.exists(f"{me}/none")
    assert not others.exists(name)
    assert mine.info(name)["size"] == 7
    assert [entry["name"] for entry in mine.list(me)] == ["a b ü.txt"]
    assert others.list(me) == []
    assert [found.name for found in mine.list_v2({"prefix": me + "/", "with_delimiter": True}).objects] == [name]
    signed = mine.create_signed_url(name, 60, {"download": "x.txt"})["signedURL"]
    got = httpx.get(str(signed))
    assert (got.content, got.headers["content-disposition"]) == (
        b"hello 3",
        "attachment; filename=x.txt; filename*=UTF-8''x.txt",
    )
    many = mine.create_signed_urls([name, "none"], 60)
    assert httpx.get(str(many[0]["signedURL"])).content == b"hello 3"
    assert many[1]["error"]
    mine.copy(name, f"{me}/copy.txt")
    mine.move(f"{me}/copy.txt", f"{me}/moved.txt")
    assert mine.download(f"{me}/moved.txt") == b"hello 3"
    permit = mine.create_signed_upload_url(f"{me}/later.txt")
    others.upload_to_signed_url(permit["path"], permit["token"], b"later")
    assert mine.download(f"{me}/later.txt") == b"later"
    assert others.remove([name]) == []
    assert {row["name"] for row in mine.remove([name, f"{me}/moved.txt", f"{me}/later.txt"])} == {
        name,
        f"{me}/moved.txt",
        f"{me}/later.txt",
    }


def test_public_urls_are_public(server: Running, service: Client) -> None:
    bucket = service.storage.from_("w-public")
    bucket.upload("faces/a.png", b"png", {"content-type": "image/png"})
    assert httpx.get(bucket.get_public_url("faces/a.png")).content == b"png"
    private = service.storage.from_("w-private")
    private.upload("faces/a.png", b"png", {"content-type": "image/png"})
    assert httpx.get(private.get_public_url("faces/a.png")).json()["code"] == "NoSuchBucket"
