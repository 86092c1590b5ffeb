"""What an answer of the storage door says is so: sizes, keys, types, metadata, and who may not."""

from __future__ import annotations

import base64
import json
from typing import Any

import psycopg
import pytest

from tests.buckets import PNG_HEAD, Caller, refusal


def in_base64(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def described(caller: Caller, place: str) -> dict[str, object]:
    found: dict[str, object] = caller.get(f"/object/info/{place}").json()
    return found


def test_a_prefix_may_end_within_a_name_and_the_key_is_still_the_whole_of_it(ada: Caller) -> None:
    for name in ("a_b.txt", "a_c/1.txt", "b.txt"):
        ada.upload(f"w-private/{ada.id}/w/{name}")
    wanted = {"prefix": f"{ada.id}/w/a_", "with_delimiter": True}
    listed = ada.call("POST", "/object/list-v2/w-private", json=wanted).json()
    assert [(row["key"], row["name"]) for row in listed["objects"]] == [("a_b.txt", f"{ada.id}/w/a_b.txt")]
    assert [(row["key"], row["name"]) for row in listed["folders"]] == [("a_c", f"{ada.id}/w/a_c/")]
    whole = ada.call("POST", "/object/list-v2/w-private", json={"prefix": f"{ada.id}/w/"}).json()
    assert [row["key"] for row in whole["objects"]] == ["a_b.txt", "a_c/1.txt", "b.txt"]


def test_a_range_behind_the_end_is_told_where_the_end_is(ada: Caller) -> None:
    place = f"w-private/{ada.id}/five.txt"
    ada.upload(place, b"12345")
    behind = ada.get(f"/object/{place}", headers={"range": "bytes=5-"})
    assert (behind.status_code, behind.headers["content-range"]) == (416, "bytes */5")
    last = ada.get(f"/object/{place}", headers={"range": "bytes=4-9"})
    assert (last.status_code, last.headers["content-range"], last.content) == (206, "bytes 4-4/5", b"5")


def test_a_bucket_keeps_types_without_their_parameters(service: Caller) -> None:
    types = ["image/jpeg; q=1", "image/png"]
    assert service.call("POST", "/bucket", json={"name": "b-types", "allowed_mime_types": types}).status_code == 200
    assert service.get("/bucket/b-types").json()["allowed_mime_types"] == ["image/jpeg", "image/png"]
    assert service.upload("b-types/a", PNG_HEAD, "image/png").status_code == 200
    wrong = service.call("POST", "/bucket", json={"name": "b-wrong", "allowed_mime_types": ["; image/jpeg"]})
    assert refusal(wrong)[3] == "InvalidMimeType"


def test_metadata_that_cannot_be_read_is_refused_and_not_lost(ada: Caller) -> None:
    place = f"w-private/{ada.id}/meta.txt"
    for broken in ("no base64!", base64.b64encode(b"{no json").decode(), in_base64([1])):
        assert refusal(ada.upload(place, x_metadata=broken))[3] == "InvalidParameter", broken
        assert refusal(ada.call("POST", f"/object/upload/sign/{place}", headers={"x-metadata": broken}))[1] == "400"
    form = {"file": ("meta.txt", b"x", "text/plain")}
    assert refusal(ada.call("POST", f"/object/{place}", data={"metadata": "{no"}, files=form))[3] == "InvalidParameter"
    assert refusal(ada.get(f"/object/{place}"))[3] == "NoSuchKey"
    assert ada.upload(place, x_metadata=in_base64({"a": 1})).status_code == 200
    assert described(ada, place)["metadata"] == {"a": 1}


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else 0


def test_metadata_that_could_never_be_answered_is_refused(ada: Caller) -> None:
    place = f"w-private/{ada.id}/deep.txt"
    deep = {"a": nested(300)}
    for unfit in (deep, {"a": 10**30}, {"a": 1e300}):
        assert refusal(ada.upload(place, x_metadata=in_base64(unfit)))[3] == "InvalidParameter"
        form = {"file": ("meta.txt", b"x", "text/plain")}
        answer = ada.call("POST", f"/object/{place}", data={"metadata": json.dumps(unfit)}, files=form)
        assert refusal(answer)[3] == "InvalidParameter"
    fit = {"a": nested(190), "b": 2**62, "c": -0.5}
    assert ada.upload(place, x_metadata=in_base64(fit)).status_code == 200
    assert described(ada, place)["metadata"] == fit
    assert ada.call("DELETE", "/object/w-private", json={"prefixes": [f"{ada.id}/deep.txt"]}).status_code == 200


def test_a_copy_takes_new_metadata_when_told_and_keeps_its_type(ada: Caller) -> None:
    source = f"{ada.id}/photo.png"
    ada.upload(
        f"w-private/{source}", b"png", "image/png", x_metadata=in_base64({"of": "source"}), cache_control="max-age=9"
    )

    def copied(name: str, **told: object) -> dict[str, object]:
        body = {"bucketId": "w-private", "sourceKey": source, "destinationKey": f"{ada.id}/{name}", **told}
        headers = {"x-metadata": in_base64({"of": "copy"})}
        assert ada.call("POST", "/object/copy", json=body, headers=headers).status_code == 200
        found = described(ada, f"w-private/{ada.id}/{name}")
        return {key: found[key] for key in ("content_type", "cache_control", "metadata")}

    kept = {"content_type": "image/png", "cache_control": "max-age=9"}
    assert copied("same.png") == kept | {"metadata": {"of": "source"}}
    assert copied("told.png", copyMetadata=False) == kept | {"metadata": {"of": "copy"}}
    changed = {"mimetype": "image/webp", "cacheControl": "max-age=1"}
    assert copied("changed.png", copyMetadata=False, metadata=changed) == {
        "content_type": "image/webp",
        "cache_control": "max-age=1",
        "metadata": {"of": "copy"},
    }


@pytest.fixture
def bounded(buckets: str, ada: Caller) -> str:
    """A bucket whose policy looks at the size an upload announces."""
    with psycopg.connect(buckets, autocommit=True) as conn:
        conn.execute("insert into storage.buckets (id, name) values ('w-bounded', 'w-bounded') on conflict do nothing")
        conn.execute('drop policy if exists "w bounded: add" on storage.objects')
        conn.execute(
            """create policy "w bounded: add" on storage.objects for insert to authenticated
                   with check (bucket_id = 'w-bounded' and (metadata ->> 'contentLength')::int <= 1000)"""
        )
    return "w-bounded"


@pytest.mark.parametrize("size", [0, 1, 1000, 1001, 200_000])
def test_a_policy_sees_the_size_of_a_form_s_file(ada: Caller, bounded: str, size: int) -> None:
    form = {"file": ("f.bin", b"x" * size, "application/octet-stream")}
    answer = ada.call("POST", f"/object/{bounded}/{ada.id}-{size}", data={"cacheControl": "60"}, files=form)
    raw = ada.upload(f"{bounded}/{ada.id}-{size}-raw", b"x" * size)
    if size <= 1000:
        assert (answer.status_code, raw.status_code) == (200, 200), answer.text
    else:
        assert (refusal(answer)[3], refusal(raw)[3]) == ("AccessDenied", "AccessDenied")


def test_who_may_look_and_not_delete_is_told_so_and_others_find_nothing(ada: Caller, bo: Caller) -> None:
    place = f"w-picky/{ada.id}/kept.txt"
    ada.upload(place)
    denied = ada.call("DELETE", f"/object/{place}")
    assert (refusal(denied)[3], denied.json()["message"]) == ("AccessDenied", "Access denied")
    assert refusal(bo.call("DELETE", f"/object/{place}"))[3] == "NoSuchKey"
    assert refusal(ada.call("DELETE", f"/object/w-picky/{ada.id}/none.txt"))[3] == "NoSuchKey"
    assert ada.get(f"/object/{place}").status_code == 200


def test_only_the_service_role_empties_a_bucket(ada: Caller) -> None:
    refused = ada.call("POST", "/bucket/w-private/empty")
    assert (refused.status_code, refused.json()["statusCode"], refused.json()["code"]) == (403, "403", "AccessDenied")


def test_what_is_known_of_an_object_is_an_object_and_has_its_tag(ada: Caller) -> None:
    place = f"w-private/{ada.id}/plain.txt"
    ada.upload(place, b"plain")
    shown = ada.get(f"/object/info/{place}")
    assert shown.json()["metadata"] == {}
    headed = ada.call("HEAD", f"/object/info/{place}")
    assert headed.status_code == 200
    assert headed.headers["etag"] == shown.headers["etag"] == shown.json()["etag"]
    assert headed.headers["last-modified"] == shown.headers["last-modified"]
    saved = ada.get(f"/object/{place}", params={"download": ""}).headers["content-disposition"]
    assert saved == "attachment; filename=plain.txt; filename*=UTF-8''plain.txt"


def test_the_door_says_its_version(anon: Caller) -> None:
    assert anon.get("/version").text.startswith("sahne-")


def test_a_slash_too_many_is_not_found_and_sends_nobody_elsewhere(ada: Caller) -> None:
    answer = ada.call("GET", "/bucket/w-private/", follow_redirects=False)
    assert (answer.status_code, answer.json()["code"]) == (404, "NotFound")
