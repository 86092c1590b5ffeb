"""The storage door as clients meet it: who may see, put, move and remove what, under which names, in which buckets."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from tests.buckets import PNG_HEAD, Caller, blob_files, refusal


def test_an_upload_comes_back_byte_for_byte_with_its_type(ada: Caller) -> None:
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


def test_another_user_finds_nothing_where_they_may_not_look(ada: Caller, bo: Caller, http: httpx.Client) -> None:
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


def test_an_upload_into_anothers_folder_is_refused_and_says_what_it_needs(ada: Caller, bo: Caller) -> None:
    refused = bo.upload(f"w-private/{ada.id}/b.txt")
    assert refusal(refused) == (400, "403", "Unauthorized", "AccessDenied")
    violated = "new row violates row-level security policy"
    needs = "role authenticated needs an INSERT policy on storage.objects for this name"
    assert refused.json()["message"] == f"{violated}: {needs}"
    upsert = bo.upload(f"w-private/{ada.id}/b.txt", x_upsert="true")
    assert "UPDATE" in upsert.json()["message"]
    told = bo.upload(f"avatars/{ada.id}/b.png", PNG_HEAD, "image/png").json()["message"]
    assert told == f"{violated}: the first folder of a name in avatars is the id of a profile of yours"
    assert bo.upload("photos/b.png", PNG_HEAD, "image/png").json()["message"].endswith("in photos is your user id")
    covers = bo.upload(f"thumbnails/{bo.id}/b.png", PNG_HEAD, "image/png").json()["message"]
    assert covers == f"{violated}: only creators have a folder there"


def test_a_token_that_is_not_ours_is_refused(ada: Caller) -> None:
    bad = Caller(ada.settings, ada.http, key="eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.bad")
    assert refusal(bad.get("/bucket"))[1:] == ("403", "Unauthorized", "AccessDenied")
    nobody = ada.http.get(f"{ada.settings.api_url}/storage/v1/bucket")
    assert refusal(nobody)[1:] == ("403", "Unauthorized", "AccessDenied")


@pytest.mark.parametrize(
    "name", ["../up.txt", "a/../../up.txt", "a//b.txt", "/lead.txt", "./a.txt", "a\x01b", "ü" * 513]
)
def test_a_name_that_is_no_name_is_refused(service: Caller, name: str) -> None:
    # one escape more than a browser would do, so that nobody tidies the path on the way
    path = "".join(f"%{byte:02x}" for byte in name.encode())
    answer = service.upload(f"w-private/{path}")
    assert refusal(answer) == (400, "400", "InvalidKey", "InvalidKey")


@pytest.mark.parametrize(
    "name", ["ğüşıöç İ.txt", "with space & more?.txt", "a%2Fb%.txt", "emoji 🎭.png", "..a/b..", "x" * 1024]
)
def test_an_odd_name_is_safe(service: Caller, name: str) -> None:
    path = "".join(f"%{byte:02x}" for byte in name.encode())
    assert service.upload(f"w-private/{path}", name.encode()).status_code == 200
    assert service.get(f"/object/w-private/{path}").content == name.encode()
    signed = service.call("POST", f"/object/sign/w-private/{path}", json={"expiresIn": 60}).json()["signedURL"]
    assert service.http.get(f"{service.settings.api_url}/storage/v1{signed}").content == name.encode()
    assert [row["name"] for row in service.call("DELETE", "/object/w-private", json={"prefixes": [name]}).json()] == [
        name
    ]


def test_move_and_copy(ada: Caller) -> None:
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


def test_removing_takes_rows_and_bytes(ada: Caller) -> None:
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


@pytest.fixture
def bucket(service: Caller) -> str:
    """A bucket of the service role's making: public, of small pictures."""
    name = f"b-{uuid4().hex[:8]}"
    limits = {"file_size_limit": "20kb", "allowed_mime_types": ["image/*"]}
    made = service.call("POST", "/bucket", json={"name": name, "public": True, **limits})
    assert made.json() == {"name": name}
    return name


def test_a_bucket_is_the_servers_to_make_and_to_see(service: Caller, ada: Caller, bucket: str) -> None:
    shown = service.get(f"/bucket/{bucket}").json()
    assert (shown["public"], shown["file_size_limit"], shown["allowed_mime_types"]) == (True, 20_000, ["image/*"])
    denied = (400, "403", "Unauthorized", "AccessDenied")
    assert refusal(ada.call("POST", "/bucket", json={"name": "b-two"})) == denied
    assert refusal(ada.get(f"/bucket/{bucket}")) == (400, "404", "Bucket not found", "NoSuchBucket")
    assert ada.get("/bucket").json() == []


def test_a_bucket_that_is_there_or_cannot_be_is_not_made(service: Caller, bucket: str) -> None:
    there = (400, "409", "Duplicate", "BucketAlreadyExists")
    assert refusal(service.call("POST", "/bucket", json={"name": bucket})) == there
    assert refusal(service.call("POST", "/bucket", json={"name": "a/b"}))[3] == "InvalidBucketName"
    unlimited = {"name": "b-x", "file_size_limit": "much"}
    assert refusal(service.call("POST", "/bucket", json=unlimited))[3] == "InvalidRequest"


def test_a_change_of_a_bucket_leaves_the_rest_of_it(service: Caller, bucket: str) -> None:
    changed = service.call("PUT", f"/bucket/{bucket}", json={"public": False})
    assert changed.json() == {"message": "Successfully updated"}
    shown = service.get(f"/bucket/{bucket}").json()
    assert (shown["public"], shown["file_size_limit"]) == (False, 20_000)


def test_a_bucket_goes_when_it_is_empty(service: Caller, ada: Caller, bucket: str) -> None:
    assert service.upload(f"{bucket}/x.png", PNG_HEAD, "image/png").status_code == 200
    assert refusal(service.call("DELETE", f"/bucket/{bucket}"))[3] == "ResourceNotEmpty"
    assert refusal(ada.call("POST", f"/bucket/{bucket}/empty"))[3] == "AccessDenied"
    assert service.call("POST", f"/bucket/{bucket}/empty").status_code == 200
    assert service.call("DELETE", f"/bucket/{bucket}").json() == {"message": "Successfully deleted"}
    assert refusal(service.call("DELETE", f"/bucket/{bucket}"))[3] == "NoSuchBucket"


def test_buckets_are_searched_and_sorted_by_name(service: Caller) -> None:
    found = service.get("/bucket", params={"search": "w-p", "sortOrder": "desc"}).json()
    assert [bucket["id"] for bucket in found] == ["w-public", "w-private", "w-picky"]


def test_what_is_no_route_and_no_json_is_said(service: Caller) -> None:
    assert service.get("/nothing").status_code == 404
    assert refusal(service.call("POST", "/bucket", content=b"{no"))[1] == "400"
    assert refusal(service.call("POST", "/object/move", json={"bucketId": "w-private"}))[1] == "400"
    assert refusal(service.call("POST", "/object/list/none", json={}))[3] == "NoSuchBucket"
    assert refusal(service.call("POST", "/object/list/w-private", json={"prefix": "a\x00"}))[1] == "400"
    assert service.get("/status").json() == {"status": "ok"}
