"""The gallery over HTTP: pictures looked for page by page, kept in collections, shared by links, asked for in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from sahne.database.pool import Database
from sahne.jobs.tasks import Attempt
from sahne.settings import Settings
from sahne.studio.sharing import fold_views_task
from sahne.worker import work
from tests.at_once import together
from tests.conftest import Running
from tests.studio import Studio
from tests.world import bearer

NOON = datetime(2026, 5, 31, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def studio(database_url: str, settings: Settings) -> Studio:
    return Studio(database_url, settings)


@pytest.fixture(scope="module")
def scene(studio: Studio) -> UUID:
    return studio.scene()


@pytest.fixture(scope="module")
def http(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=20) as client:
        yield client


class Person:
    """Somebody with a gallery, over HTTP."""

    def __init__(self, http: httpx.Client, studio: Studio) -> None:
        self.id = studio.person()
        self.generation = ""
        self._http = http
        self._studio = studio

    def ask(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        headers = bearer(self.id) | {"Idempotency-Key": key or str(uuid4())}
        return self._http.request(method, f"/functions/v1/studio/{path}", json=body, headers=headers)

    def done(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.ask(method, path, body)
        assert answer.is_success, answer.text
        return answer.json()

    def picture(self, scene: UUID | None = None, at: datetime = NOON, **columns: Any) -> str:
        """A picture in their gallery, without files."""
        values = {"user_id": self.id, "scene_id": scene, "prompt": "p", "created_at": at, "image_size": "1024x768"}
        path = f"/storage/v1/object/authenticated/images/{self.id}/{uuid4()}"
        return str(self._studio.put("generated_images", image_url=path, **values | columns))

    def made(self, scene: UUID, settings: Settings) -> dict[str, Any]:
        """A picture that the worker made of a photo of theirs: its row."""

        async def make() -> None:
            async with Database(settings.authenticator_url, connections_max=1) as database:
                wish = {"scene_id": str(scene), "photo_path": await self._studio.photo(database, self.id)}
            self.generation = self.done("POST", "generations", wish)["generation"]["id"]
            await work(replace(settings, image_providers="memory"), wait=False)

        asyncio.run(make())
        (image,) = self.done("GET", f"generations/{self.generation}")["generation"]["images"]
        row: dict[str, Any] = image
        return row

    def ids(self, query: str = "") -> list[str]:
        return [row["id"] for row in self.done("GET", f"images?{query}")["images"]]


@pytest.fixture
def ada(http: httpx.Client, studio: Studio) -> Person:
    return Person(http, studio)


@pytest.fixture
def bo(http: httpx.Client, studio: Studio) -> Person:
    return Person(http, studio)


def test_pages_hold_every_picture_once_in_both_orders_also_of_one_moment(ada: Person, bo: Person) -> None:
    made = [ada.picture(at=NOON + timedelta(seconds=number // 3)) for number in range(7)]
    bo.picture()
    for order in ("newest", "oldest"):
        read, after = [], ""
        while True:
            page = ada.done("GET", f"images?limit=2&order={order}{after}")
            read += [row["id"] for row in page["images"]]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert sorted(read) == sorted(made)
        moments = [made.index(id) // 3 for id in read]
        assert moments == sorted(moments, reverse=order == "newest")
    assert ada.ask("GET", "images?after=nowhere").status_code == 422


def test_a_gallery_is_looked_through_by_scene_favourite_month_and_words(ada: Person, studio: Studio) -> None:
    beach, snow = studio.scene(), studio.scene()
    studio.owner("update public.scenes set name = %s where id = %s", f"Sunlit 100% Beach {beach}", beach)
    studio.owner("update private.settings set quota_time_zone = 'Europe/Istanbul'")
    first = ada.picture(beach, datetime(2026, 5, 31, 21, 30, tzinfo=UTC))  # in Istanbul it is June already
    second = ada.picture(snow, is_favorite=True)
    assert ada.ids(f"scene_id={beach}") == [first]
    assert ada.ids("favorites=true") == [second]
    assert (ada.ids("month=2026-06"), ada.ids("month=2026-05")) == ([first], [second])
    assert ada.ids("q=100%25%20beach") == [first]
    assert ada.ids("q=_beach") == ada.ids("category=nothing") == []
    assert ada.ids("category=portrait") == [first, second]
    assert ada.ask("GET", "images?month=2026-13").status_code == 422


def test_many_are_marked_and_deleted_and_a_strangers_are_passed_over(ada: Person, bo: Person, studio: Studio) -> None:
    mine, theirs = [ada.picture() for _ in range(3)], bo.picture()
    assert set(ada.done("PATCH", "images", {"ids": [*mine[:2], theirs], "is_favorite": True})["marked"]) == set(
        mine[:2]
    )
    assert set(ada.done("DELETE", "images", {"ids": [*mine, theirs]})["deleted"]) == set(mine)
    assert (ada.ids(), bo.ids("favorites=false")) == ([], [theirs])
    left = studio.one("select count(*) from private.object_removals where name like %s", f"{ada.id}/%")
    assert left == 3
    assert ada.ask("DELETE", "images", {"ids": [str(uuid4())] * 201}).status_code == 422
    assert ada.ask("DELETE", "images", {"ids": []}).status_code == 422


def test_a_photo_is_shown_beside_its_picture_while_it_is_kept(
    http: httpx.Client, ada: Person, studio: Studio, scene: UUID, settings: Settings
) -> None:
    image = ada.made(scene, settings)
    urls = ada.done("GET", "images")["urls"][image["id"]]
    for name in ("image", "medium", "thumbnail", "photo"):
        assert http.get(urls[name]).status_code == 200, name
    assert http.get(urls["medium"]).content.startswith(b"RIFF")
    name = image["original_photo_url"].removeprefix("/storage/v1/object/authenticated/photos/")
    http.request("DELETE", "/storage/v1/object/photos", json={"prefixes": [name]}, headers=bearer(ada.id))
    assert ada.done("GET", "images")["urls"][image["id"]]["photo"] is None


def test_a_link_shows_the_picture_to_strangers_until_it_is_taken_back(
    http: httpx.Client, ada: Person, bo: Person, scene: UUID, settings: Settings
) -> None:
    image = ada.made(scene, settings)
    answer = ada.done("POST", f"images/{image['id']}/shares", {"days": 7})
    share, path = answer["share"], f"/s/{answer['token']}"
    assert answer["url"].endswith(path)
    lasts = datetime.fromisoformat(share["expires_at"]) - datetime.fromisoformat(share["created_at"])
    assert lasts == timedelta(days=7)
    page = http.get(path)
    assert page.status_code == 200
    assert f'<meta property="og:image" content="{answer["url"]}/1">' in page.text
    assert '<meta name="twitter:card" content="summary_large_image">' in page.text
    for hidden in (str(ada.id), image["id"], "secret", "photos/", "/storage/"):
        assert hidden not in page.text
    assert page.headers["x-robots-tag"].startswith("noindex")
    assert "script-src" not in page.headers["content-security-policy"]
    assert '<html lang="tr">' in http.get(path, headers={"accept-language": "tr-TR,en;q=0.5"}).text
    picture = http.get(f"{path}/1")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/webp")
    assert picture.headers["cache-control"] == "private, no-cache"
    known = {"if-none-match": picture.headers["etag"]}
    assert http.get(f"{path}/1", headers=known).status_code == 304
    (listed,) = ada.done("GET", f"shares?image_id={image['id']}")["shares"]
    assert (listed["id"], listed["views"]) == (share["id"], 2)
    assert bo.ask("DELETE", f"shares/{share['id']}").status_code == 404
    assert ada.done("DELETE", f"shares/{share['id']}")["share"]["revoked_at"]
    gone = http.get(path)
    never = http.get(f"/s/{'x' * 32}")
    assert (gone.status_code, gone.text) == (never.status_code, never.text)
    assert gone.status_code == 404
    assert http.get(f"{path}/1", headers=known).status_code == 404
    assert ada.done("GET", "shares")["shares"] == []


def test_a_link_ends_by_its_time_with_its_picture_and_with_its_owners_account(
    http: httpx.Client, ada: Person, bo: Person, studio: Studio, scene: UUID, settings: Settings
) -> None:
    image = ada.made(scene, settings)
    tokens = [ada.done("POST", f"images/{image['id']}/shares")["token"] for _ in range(2)]

    def seen() -> list[int]:
        return [http.get(f"/s/{token}").status_code for token in tokens]

    past = (
        "update private.image_shares set created_at = now() - interval '31 days', expires_at = now() - interval '1 day'"
    )
    studio.owner(f"{past} where id = (select id from private.image_shares where image_id = %s limit 1)", image["id"])
    assert sorted(seen()) == [200, 404]
    studio.owner("update auth.users set banned_until = now() + interval '1 day' where id = %s", ada.id)
    assert seen() == [404, 404]
    studio.owner("update auth.users set banned_until = null where id = %s", ada.id)
    assert sorted(seen()) == [200, 404]
    ada.done("DELETE", "images", {"ids": [image["id"]]})
    assert seen() == [404, 404]


def test_what_cannot_be_shared_is_not(ada: Person, bo: Person, studio: Studio, http: httpx.Client) -> None:
    own = ada.picture()  # put in directly: nobody knows what it shows
    for person, id in ((ada, own), (bo, own), (ada, str(uuid4()))):
        answer = person.ask("POST", f"images/{id}/shares")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    for days in (0, 91, "7"):
        assert ada.ask("POST", f"images/{own}/shares", {"days": days}).status_code == 422
    for path in ("/s", "/s/", "/s/a/b", "/s/a/1/2", f"/s/{'x' * 5000}"):
        answer = http.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8"), path


def test_views_that_wait_are_counted_once_they_are_added_up(
    http: httpx.Client, ada: Person, scene: UUID, settings: Settings
) -> None:
    image = ada.made(scene, settings)
    answer = ada.done("POST", f"images/{image['id']}/shares")

    def opened(_: int) -> int:
        return http.get(f"/s/{answer['token']}").status_code

    assert together(8, opened) == [200] * 8
    http.head(f"/s/{answer['token']}")

    async def fold() -> None:
        async with Database(settings.authenticator_url, connections_max=1) as database:
            await fold_views_task(database).task.run(Attempt(1, 1, True))

    for _ in range(2):
        assert ada.done("GET", "shares")["shares"][0]["views"] == 8
        asyncio.run(fold())
    assert ada.done("GET", "shares")["shares"][0]["views"] == 8


def test_a_collection_has_a_name_a_cover_and_an_order(ada: Person, bo: Person) -> None:
    first, second, theirs = ada.picture(), ada.picture(), bo.picture()
    summer = ada.done("POST", "collections", {"name": "Summer"})["collection"]
    winter = ada.done("POST", "collections", {"name": "Winter"})["collection"]
    assert [each["id"] for each in ada.done("GET", "collections")["collections"]] == [summer["id"], winter["id"]]
    place = f"collections/{summer['id']}"
    filled = ada.done("POST", f"{place}/images", {"ids": [first, second, theirs, first]})["collection"]
    assert filled["images"] == 2
    assert set(ada.ids(f"collection_id={summer['id']}")) == {first, second}
    assert bo.ids(f"collection_id={summer['id']}") == []
    assert ada.ask("PATCH", place, {"cover_image_id": theirs}).status_code == 404
    edited = ada.done("PATCH", place, {"cover_image_id": first, "name": "Sun", "order_index": 9})["collection"]
    assert (edited["cover_image_id"], edited["name"]) == (first, "Sun")
    assert [each["name"] for each in ada.done("GET", "collections")["collections"]] == ["Winter", "Sun"]
    for method, path, body in (("PATCH", place, {"name": "Mine"}), ("DELETE", place, None), ("POST", f"{place}/shares", {}),
                               ("DELETE", f"{place}/images", {"ids": [first]})):  # fmt: skip
        assert bo.ask(method, path, body).status_code == 404
    emptied = ada.done("DELETE", f"{place}/images", {"ids": [first]})["collection"]
    assert (emptied["images"], emptied["cover_image_id"]) == (1, None)
    for name in ("", "x" * 81, "two\nlines"):
        assert ada.ask("POST", "collections", {"name": name}).status_code == 422
    ada.done("DELETE", place)
    assert set(ada.ids()) == {first, second}


def test_a_shared_collection_shows_what_is_in_it_now(
    http: httpx.Client, ada: Person, scene: UUID, settings: Settings
) -> None:
    image, direct = ada.made(scene, settings), ada.picture()
    id = ada.done("POST", "collections", {"name": "<Summer & Sun>"})["collection"]["id"]
    path = f"/s/{ada.done('POST', f'collections/{id}/shares')['token']}"
    assert http.get(f"{path}/1").status_code == 404
    ada.done("POST", f"collections/{id}/images", {"ids": [direct, image["id"]]})
    page = http.get(path).text
    assert "<h1>&lt;Summer &amp; Sun&gt;</h1>" in page
    assert [http.get(f"{path}/{number}").status_code for number in (0, 1, 2)] == [404, 200, 404]
    ada.done("DELETE", f"collections/{id}")
    assert http.get(path).status_code == 404


def test_a_batch_is_asked_for_as_a_whole_or_not_at_all(ada: Person, bo: Person, studio: Studio) -> None:
    scenes = [str(studio.scene()) for _ in range(4)]
    asked = ada.ask("POST", "batches", {"scene_ids": scenes[:3], "count": 2}, key="a batch")
    assert asked.status_code == 202
    batch = asked.json()["batch"]
    assert [each["status"] for each in batch["generations"]] == ["queued"] * 3
    again = ada.ask("POST", "batches", {"scene_ids": scenes[:3], "count": 2}, key="a batch")
    assert again.json()["batch"]["id"] == batch["id"]
    assert studio.used(ada.id) == 6
    reused = ada.ask("POST", "batches", {"scene_ids": scenes, "count": 2}, key="a batch")
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
    refused = ada.ask("POST", "batches", {"scene_ids": scenes, "count": 2})
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
    assert refused.json()["details"]["fits"] == 2
    locked = ada.ask("POST", "batches", {"scene_ids": [scenes[0], str(studio.scene(premium=True))]})
    assert (locked.status_code, locked.json()["code"]) == (403, "premium_required")
    assert studio.used(ada.id) == 6
    assert studio.one("select count(*) from public.generations where user_id = %s", ada.id) == 3
    assert bo.ask("GET", f"batches/{batch['id']}").status_code == 404
    ada.done("DELETE", f"generations/{batch['generations'][0]['id']}")
    assert studio.used(ada.id) == 4, "each generation gives its own back"
    for wrong in ({"scene_ids": []}, {"scene_ids": scenes * 3}, {"scene_ids": scenes, "count": 0}):
        assert ada.ask("POST", "batches", wrong).status_code == 422


def test_of_many_batches_at_once_no_more_pass_than_the_day_has(ada: Person, studio: Studio) -> None:
    scenes = [str(studio.scene()) for _ in range(3)]

    def ask(_: int) -> int:
        return ada.ask("POST", "batches", {"scene_ids": scenes}).status_code

    assert sorted(together(8, ask)) == [202] * 3 + [429] * 5
    assert studio.used(ada.id) == 9


def test_what_failed_is_tried_again_and_what_did_not_is_not(
    ada: Person, bo: Person, studio: Studio, scene: UUID, settings: Settings
) -> None:
    failed = ada.done("POST", "generations", {"scene_id": str(scene), "seed": 5, "count": 2})["generation"]["id"]
    waiting = ada.ask("POST", f"generations/{failed}/retry")
    assert (waiting.status_code, waiting.json()["code"]) == (409, "nothing_to_retry")
    asyncio.run(work(replace(settings, image_providers="memory"), wait=False))  # without a photo it fails
    assert bo.ask("POST", f"generations/{failed}/retry").status_code == 404
    first = ada.ask("POST", f"generations/{failed}/retry", key="again")
    second = ada.ask("POST", f"generations/{failed}/retry", key="again")
    assert (first.status_code, first.json()) == (202, second.json())
    row = studio.generation(UUID(first.json()["generation"]["id"]))
    assert (row["seed"], row["requested_count"], str(row["retried_from"])) == (5, 2, failed)


def test_variations_are_other_takes_of_one_photo(
    ada: Person, bo: Person, studio: Studio, scene: UUID, settings: Settings
) -> None:
    image = ada.made(scene, settings)
    assert bo.ask("POST", f"images/{image['id']}/variations").status_code == 404
    asked = ada.done("POST", f"images/{image['id']}/variations", {"count": 3})["generation"]["id"]
    row = studio.generation(UUID(asked))
    assert row["requested_count"] == 3
    assert row["seed"] != image["seed"]
    assert row["photo_path"] in image["original_photo_url"]
    assert ada.ask("POST", f"images/{image['id']}/variations", {"count": 5}).status_code == 422


def test_an_estimate_is_told_of_a_lane_that_worked_lately(ada: Person, bo: Person, studio: Studio, scene: UUID) -> None:
    studio.owner("update public.generated_images set generation_time = null")
    for person in (ada, bo):
        person.generation = person.done("POST", "generations", {"scene_id": str(scene), "count": 2})["generation"]["id"]

    def estimate(person: Person) -> Any:
        return person.done("GET", f"generations/{person.generation}")["generation"].get("estimate")

    before = bo.done("GET", f"generations/{bo.generation}")["generation"]["ahead"]
    assert before >= 1
    assert estimate(bo) is None, "nothing is known of it"
    studio.owner(
        "update public.generations set status = 'canceled' where status = 'queued' and user_id not in (%s, %s)",
        ada.id,
        bo.id,
    )
    earlier = studio.put("generations", user_id=ada.id, idempotency_key="e", requested_count=4)
    studio.owner("update public.generations set status = 'submitting' where id = %s", earlier)
    for seconds in (2, 2, 2, 10):
        ada.picture(at=datetime.now(UTC), generation_time=seconds, generation_id=earlier)
    studio.owner("update public.generations set status = 'canceled' where id = %s", earlier)
    assert estimate(ada) == {"seconds_min": 4, "seconds_max": 16}
    assert estimate(bo) == {"seconds_min": 8, "seconds_max": 31}, "who comes before takes their time too"
