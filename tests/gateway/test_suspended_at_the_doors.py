"""A suspended account reads its own and changes nothing, whatever its token says that was given out before."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.buckets import PNG_HEAD
from tests.conftest import Running
from tests.world import World, bearer

SUSPENDED = "update auth.users set banned_until = now() + interval '1 hour' where id = %s"
ERASED = "update auth.users set deleted_at = now() where id = %s"


@pytest.fixture(scope="module")
def client(server: Running) -> httpx.Client:
    return httpx.Client(base_url=server.url)


@pytest.mark.parametrize("barred", [SUSPENDED, ERASED], ids=["suspended", "erased"])
def test_it_changes_no_password_and_still_reads_its_user(client: httpx.Client, world: World, barred: str) -> None:
    bo: UUID = world.person()
    world.owner(barred, bo)
    change = client.put("/auth/v1/user", json={"password": "another one"}, headers=bearer(bo))
    assert (change.status_code, change.json()["error_code"]) == (403, "user_banned")
    assert client.get("/auth/v1/user", headers=bearer(bo)).json()["id"] == str(bo)
    cem = world.person()
    assert client.put("/auth/v1/user", json={"data": {"a": 1}}, headers=bearer(cem)).status_code == 200


def test_it_puts_no_picture_among_the_avatars(client: httpx.Client, world: World) -> None:
    bo, cem, guest = world.person(), world.person(), world.person(anonymous=True)
    world.owner(SUSPENDED, bo)
    answers = {
        who: client.post(
            f"/storage/v1/object/avatars/{who}/face.png",
            content=PNG_HEAD,
            headers=bearer(who) | {"content-type": "image/png"},
        )
        for who in (bo, cem, guest)
    }
    assert [answers[who].status_code for who in (bo, cem, guest)] == [400, 200, 400]
    assert {answers[who].json()["code"] for who in (bo, guest)} == {"AccessDenied"}


@pytest.mark.parametrize(
    "barred", [SUSPENDED, ERASED, "delete from auth.users where id = %s"], ids=["suspended", "erased", "gone"]
)
def test_its_links_upload_nothing_any_more(client: httpx.Client, world: World, barred: str) -> None:
    bo, cem = world.person(), world.person()
    links = {
        who: client.post(f"/storage/v1/object/upload/sign/photos/{who}/link.png", headers=bearer(who)).json()["url"]
        for who in (bo, cem)
    }
    world.owner(barred, bo)
    answers = {
        who: client.put(f"/storage/v1{link}", content=PNG_HEAD, headers={"content-type": "image/png"})
        for who, link in links.items()
    }
    assert [answers[who].status_code for who in (bo, cem)] == [400, 200]
    refused = answers[bo].json()
    assert (refused["statusCode"], refused["code"]) == ("403", "AccessDenied")
    assert refused["message"] == "The account this link is from is suspended or gone"


def test_it_sees_its_own_photos_and_changes_none(client: httpx.Client, world: World) -> None:
    bo, cem = world.person(), world.person()
    name = f"photos/{bo}/mine.png"
    upload: dict[str, Any] = {"url": f"/storage/v1/object/{name}", "content": PNG_HEAD}
    kind = {"content-type": "image/png"}
    assert client.post(**upload, headers=bearer(bo) | kind).status_code == 200
    world.owner(SUSPENDED, bo)
    assert client.get(f"/storage/v1/object/authenticated/{name}", headers=bearer(bo)).content == PNG_HEAD
    listed = client.post("/storage/v1/object/list/photos", json={"prefix": str(bo)}, headers=bearer(bo))
    assert [entry["name"] for entry in listed.json()] == ["mine.png"]
    assert client.post(f"/storage/v1/object/sign/{name}", json={"expiresIn": 60}, headers=bearer(bo)).status_code == 200
    refused = [
        client.put(**upload, headers=bearer(bo) | kind),
        client.post(**upload, headers=bearer(bo) | kind | {"x-upsert": "true"}),
        client.delete(f"/storage/v1/object/{name}", headers=bearer(bo)),
        client.get(f"/storage/v1/object/authenticated/{name}", headers=bearer(cem)),
    ]
    assert [answer.status_code for answer in refused] == [400] * 4, [answer.text for answer in refused]
    assert client.get(f"/storage/v1/object/authenticated/{name}", headers=bearer(bo)).content == PNG_HEAD


def test_it_cancels_no_generation(client: httpx.Client, world: World) -> None:
    bo = world.person()
    path = f"/functions/v1/studio/generations/{bo}"
    assert client.delete(path, headers=bearer(bo)).json()["code"] == "generation_not_found"
    world.owner(SUSPENDED, bo)
    assert client.delete(path, headers=bearer(bo)).json()["code"] == "user_banned"
    assert client.get("/functions/v1/coins/wallet", headers=bearer(bo)).json() == {"balance": 0}


def test_an_account_that_is_gone_is_told_so(client: httpx.Client, world: World) -> None:
    bo, guest = world.person(), world.person(anonymous=True)
    world.owner("delete from auth.users where id = %s", bo)
    codes = {
        who: client.post(
            "/functions/v1/live/sessions", json={"session_type": "video_live", "title": "Songs"}, headers=bearer(who)
        ).json()["code"]
        for who in (bo, guest)
    }
    assert codes == {bo: "user_not_found", guest: "anonymous_not_allowed"}
