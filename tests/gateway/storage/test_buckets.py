"""The product's own buckets: whose folder is whose, and that a shadow's folder does not say so."""

from __future__ import annotations

from uuid import uuid4

import httpx
import psycopg
import pytest

from sahne.database.pool import Database
from sahne.objects.removals import remove_queued
from sahne.providers.blobs.disk import DiskBlobs
from tests.buckets import ANOTHER_PNG, PNG_HEAD, Caller, blob_files, refusal

PNG = "image/png"


@pytest.mark.parametrize("bucket", ["photos", "images"])
def test_a_private_folder_is_its_users_alone(ada: Caller, bo: Caller, anon: Caller, bucket: str) -> None:
    name = f"{bucket}/{ada.id}/a.png"
    assert ada.upload(name, PNG_HEAD, PNG).status_code == 200
    assert ada.upload(name, ANOTHER_PNG, PNG, x_upsert="true").status_code == 200
    assert ada.get(f"/object/{name}").content == ANOTHER_PNG
    for other in (bo, anon):
        assert refusal(other.get(f"/object/{name}"))[3] == "NoSuchKey"
        assert refusal(other.upload(f"{bucket}/{ada.id}/b.png", b"x", PNG))[3] == "AccessDenied"
    assert refusal(ada.upload(f"{bucket}/loose.png", b"x", PNG))[3] == "AccessDenied"
    assert refusal(ada.upload(f"{bucket}/{ada.id}/page.html", b"x", "text/html"))[3] == "InvalidMimeType"


def test_only_creators_have_a_folder_of_thumbnails(ada: Caller, bo: Caller, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("update public.profiles set is_creator = true where id = %s", (ada.id,))
    assert ada.upload(f"thumbnails/{ada.id}/t.png", PNG_HEAD, PNG).status_code == 200
    assert refusal(bo.upload(f"thumbnails/{bo.id}/t.png", b"t", PNG))[3] == "AccessDenied"
    assert refusal(ada.upload("thumbnails/scenes/t.png", b"t", PNG))[3] == "AccessDenied"


def test_a_shadows_folder_does_not_say_whose_it_is(
    ada: Caller, bo: Caller, anon: Caller, database_url: str, http: httpx.Client
) -> None:
    shadow = uuid4()
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(
            "insert into public.profiles (id, user_id, type, username) values (%s, %s, 'shadow', %s)",
            (shadow, ada.id, f"shadow_{shadow.hex[:8]}"),
        )
    name = f"avatars/{shadow}/face.png"
    assert ada.upload(name, PNG_HEAD, PNG).status_code == 200
    base = f"{ada.settings.api_url}/storage/v1"
    answers = [http.get(f"{base}/object/public/{name}"), http.get(f"{base}/object/info/public/{name}")]
    for other in (bo, anon):
        answers += [
            other.get(f"/object/{name}"),
            other.get(f"/object/info/{name}"),
            other.call("POST", "/object/list/avatars", json={"prefix": str(shadow)}),
            other.call("POST", "/object/list-v2/avatars", json={"prefix": str(shadow)}),
            other.call("POST", f"/object/sign/{name}", json={"expiresIn": 60}),
            other.call("DELETE", "/object/avatars", json={"prefixes": [f"{shadow}/face.png"]}),
            other.upload(name, b"mine", PNG, x_upsert="true"),
        ]
    for answer in answers:
        assert str(ada.id) not in answer.text + str(answer.headers), answer.text
    assert http.get(f"{base}/object/public/{name}").content == PNG_HEAD


@pytest.mark.anyio
async def test_what_the_database_wants_removed_goes_unless_it_is_new_again(
    ada: Caller, bo: Caller, database_url: str
) -> None:
    names = [f"{ada.id}/old.png", f"{ada.id}/new.png"]
    for name in names:
        ada.upload(f"images/{name}", PNG_HEAD, PNG)
    with psycopg.connect(database_url, autocommit=True) as conn:
        for name in names:
            conn.execute("insert into private.object_removals (bucket_id, name) values ('images', %s)", (name,))
    ada.upload(f"images/{names[1]}", ANOTHER_PNG, PNG, x_upsert="true")
    before = len(blob_files(ada.settings))
    async with Database(ada.settings.authenticator_url) as database:
        assert await remove_queued(database, DiskBlobs(ada.settings.objects_path)) == 2
        assert await remove_queued(database, DiskBlobs(ada.settings.objects_path)) == 0
    assert len(blob_files(ada.settings)) == before - 1
    assert refusal(ada.get(f"/object/images/{names[0]}"))[3] == "NoSuchKey"
    assert ada.get(f"/object/images/{names[1]}").content == ANOTHER_PNG
