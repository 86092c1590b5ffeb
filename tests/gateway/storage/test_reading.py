"""Reading through the storage door: ranges, freshness, public buckets, lists a page at a time."""

from __future__ import annotations

import base64
import random

import httpx
import pytest

from tests.buckets import Caller, refusal


def test_ranges_and_freshness(ada: Caller) -> None:
    name = f"w-private/{ada.id}/range.txt"
    ada.upload(name, b"0123456789")
    for asked, content, told in [
        ("bytes=2-5", b"2345", "bytes 2-5/10"),
        ("Bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=0-99", b"0123456789", "bytes 0-9/10"),
    ]:
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


def test_head_tells_without_the_bytes_and_download_names_a_file(ada: Caller) -> None:
    name = f"w-private/{ada.id}/head.html"
    ada.upload(name, b"<p>", "text/html")
    head = ada.call("HEAD", f"/object/{name}")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "3")
    assert head.headers["content-type"].startswith("text/plain")
    assert ada.call("HEAD", f"/object/w-private/{ada.id}/none").status_code == 400
    as_file = ada.get(f"/object/{name}", params={"download": "Ğ.html"}).headers["content-disposition"]
    assert as_file == "attachment; filename=%C4%9E.html; filename*=UTF-8''%C4%9E.html"


def test_a_public_bucket_is_read_by_all_and_tells_nobody_whose_it_is(
    ada: Caller, bo: Caller, http: httpx.Client
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


def test_listing_shows_folders_and_files_a_page_at_a_time(ada: Caller) -> None:
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
def test_list_v2_pages_through_everything_once(ada: Caller, order: tuple[str, str], delimiter: bool) -> None:
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
    wanted = (
        ["a.txt", "b/", "b0.txt", "c/", "e.txt"]
        if delimiter
        else ["a.txt", "b/1.txt", "b/2.txt", "b0.txt", "c/d/1.txt", "e.txt"]
    )
    assert sorted(seen) == wanted


def test_a_search_goes_through_folders_and_pages_in_any_case_and_order(ada: Caller, bo: Caller) -> None:
    for name in ("IMG_1.jpg", "img_2.jpg", "Img/1.txt", "Img/2.txt", "img!/1.txt", "im.txt"):
        assert ada.upload(f"w-private/{ada.id}/{name}").status_code == 200

    def names(person: Caller, search: str, **body: object) -> list[str]:
        asked = {"prefix": str(ada.id), "search": search, **body}
        return [row["name"] for row in person.call("POST", "/object/list/w-private", json=asked).json()]

    assert names(ada, "iMG") == ["IMG_1.jpg", "Img", "img!", "img_2.jpg"]
    assert names(ada, "iMG", limit=2, offset=1) == ["Img", "img!"]
    assert names(ada, "img_") == ["IMG_1.jpg", "img_2.jpg"]
    assert names(ada, "img", sortBy={"column": "name", "order": "desc"}) == ["img_2.jpg", "img!", "Img", "IMG_1.jpg"]
    assert names(ada, "img_", sortBy={"column": "created_at", "order": "asc"}) == ["IMG_1.jpg", "img_2.jpg"]
    assert names(ada, "img_1.jpg and so on, much longer than anything") == []
    assert names(bo, "img") == []


def test_a_cursor_nobody_gave_is_refused(ada: Caller) -> None:
    for moment in (b"yesterday", b"0001-01-01T00:00:00+14:00"):
        made_up = base64.urlsafe_b64encode(b'["a.txt","%b",true]' % moment).decode()
        assert refusal(ada.call("POST", "/object/list-v2/w-private", json={"cursor": made_up}))[3] == "InvalidParameter"
    assert (
        refusal(ada.call("POST", "/object/list-v2/w-private", json={"cursor": "bm90IG91cnM="}))[3] == "InvalidParameter"
    )


def test_an_object_of_many_parts_comes_whole_and_piece_by_piece(ada: Caller, http: httpx.Client) -> None:
    name, content = f"w-public/{ada.id}/large.bin", random.Random(1).randbytes(2_500_001)
    assert ada.upload(name, content).status_code == 200
    url = f"{ada.settings.api_url}/storage/v1/object/public/{name}"
    assert http.get(url).content == content
    for first, last in ((0, 0), (262_143, 262_144), (1_000_000, 2_500_000)):
        part = http.get(url, headers={"range": f"bytes={first}-{last}"})
        assert (part.status_code, part.content) == (206, content[first : last + 1])
    assert http.head(url).headers["content-length"] == str(len(content))


def test_what_is_not_public_is_not_found_by_the_public_way(ada: Caller, http: httpx.Client) -> None:
    name = f"w-private/{ada.id}/mine.txt"
    ada.upload(name)
    base = f"{ada.settings.api_url}/storage/v1/object"
    for way in ("public", "info/public"):
        assert refusal(http.get(f"{base}/{way}/{name}"))[3] == "NoSuchBucket"
        assert refusal(http.get(f"{base}/{way}/none/{name}"))[3] == "NoSuchBucket"
        assert refusal(http.get(f"{base}/{way}/w-public/{ada.id}/none"))[3] == "NoSuchKey"
