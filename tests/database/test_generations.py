"""Generations over the real database and a quick maker: quota exact, refunds once, races decided by PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from psycopg.errors import InsufficientPrivilege

from sahne.database.actor import user_actor
from sahne.database.pool import Database
from sahne.jobs.tasks import Attempt
from sahne.objects.names import Place
from sahne.objects.read import read_object
from sahne.providers.blobs.disk import DiskBlobs
from sahne.providers.images.memory import MemoryImages
from sahne.settings import Settings
from sahne.studio.errors import (
    GenerationNotFound,
    ImageNotFound,
    KeyUsedDifferently,
    PremiumRequired,
    QuotaExceeded,
    SceneNotFound,
    TooManyImages,
)
from sahne.studio.gallery import remove_leftovers_task
from sahne.studio.generations import IMAGES_URL, read_generation, read_quota
from sahne.studio.making import Maker
from sahne.studio.requests import Wish, request_again
from tests.studio import Interrupted, Studio, ask, work

pytestmark = pytest.mark.anyio


async def test_a_request_becomes_pictures_with_their_objects_rows_and_quota(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID
) -> None:
    photo = await studio.photo(database, ada)
    id = await ask(database, ada, Wish(scene, photo, seed=4294967295, image_size="512x512", count=2))
    waiting = await read_generation(database, user_actor(ada), id)
    assert waiting == {"id": id, "status": "queued", "progress": 0, "images": [], "ahead": 0}
    assert studio.used(ada) == 2
    await work(settings, database)
    done = await read_generation(database, user_actor(ada), id)
    assert (done["status"], done["progress"], len(done["images"])) == ("done", 100, 2)
    assert {image["seed"] for image in done["images"]} == {4294967295, 0}
    for image in done["images"]:
        assert image["image_size"] == "512x512"
        assert image["model"] == "memory-1"
        assert image["generation_time"] >= 0
        assert image["original_photo_url"] == f"/storage/v1/object/authenticated/photos/{photo}"
        for url in (image["image_url"], image["thumbnail_url"]):
            assert url.startswith(f"{IMAGES_URL}{ada}/")
            place = Place("images", url.removeprefix(IMAGES_URL))
            async with read_object(database, DiskBlobs(settings.objects_path), user_actor(ada), place) as opened:
                assert opened.row.owner_id == str(ada)
                assert opened.row.mimetype == "image/png"
                assert b"".join([each async for each in opened.blob.chunks()]).startswith(b"\x89PNG")
    assert studio.used(ada) == 2
    quota = await read_quota(database, user_actor(ada))
    assert (quota["used"], quota["limit"], quota["remaining"], quota["is_premium"]) == (2, 10, 8, False)
    assert studio.images(id)[0]["prompt"] == "A secret person portrait, sunset"
    assert "secret" not in str(done)


async def test_exactly_the_quota_passes_however_many_ask_at_once(
    studio: Studio, database: Database, ada: UUID, scene: UUID
) -> None:
    answers = await asyncio.gather(*(ask(database, ada, Wish(scene)) for _ in range(24)), return_exceptions=True)
    passed = [each for each in answers if isinstance(each, UUID)]
    refused = [each for each in answers if isinstance(each, QuotaExceeded)]
    assert (len(passed), len(refused)) == (10, 14)
    assert studio.used(ada) == 10
    assert len(studio.owner("select 1 from public.generations where user_id = %s", ada)) == 10
    assert len(studio.owner("select 1 from jobs.procrastinate_jobs where status = 'todo'")) == 10
    assert refused[0].details["remaining"] == 0  # type: ignore[index]


async def test_quota_counts_pictures_and_a_request_gets_all_or_none(
    studio: Studio, database: Database, ada: UUID, scene: UUID
) -> None:
    for _ in range(2):
        await ask(database, ada, Wish(scene, count=4))
    with pytest.raises(QuotaExceeded):
        await ask(database, ada, Wish(scene, count=3))
    await ask(database, ada, Wish(scene, count=2))
    assert studio.used(ada) == 10
    with pytest.raises(TooManyImages):
        await ask(database, studio.person(), Wish(scene, count=5))


async def test_premium_has_no_daily_limit_until_it_ends(studio: Studio, database: Database, scene: UUID) -> None:
    rich = studio.person(premium=True)
    for _ in range(4):
        await ask(database, rich, Wish(scene, count=4))
    quota = await read_quota(database, user_actor(rich))
    assert (quota["used"], quota["limit"], quota["remaining"], quota["is_premium"]) == (16, 999999, 999999, True)
    studio.owner("update public.profiles set subscription_expires_at = now() - interval '1 s' where id = %s", rich)
    with pytest.raises(QuotaExceeded):
        await ask(database, rich, Wish(scene))


async def test_a_key_asks_once_even_at_the_same_moment(
    studio: Studio, database: Database, ada: UUID, scene: UUID
) -> None:
    wish = Wish(scene, count=2)
    ids = await asyncio.gather(*(ask(database, ada, wish, "one key") for _ in range(8)))
    assert len(set(ids)) == 1
    assert studio.used(ada) == 2
    with pytest.raises(KeyUsedDifferently):
        await ask(database, ada, replace(wish, count=1), "one key")
    bo = studio.person()
    assert await ask(database, bo, wish, "one key") not in ids, "keys belong to a person"


async def test_what_may_not_be_asked_leaves_nothing_behind(
    studio: Studio, database: Database, ada: UUID, scene: UUID
) -> None:
    bo = studio.person()
    bos_photo = await studio.photo(database, bo)
    refusals: list[tuple[UUID, Wish, type[Exception]]] = [
        (ada, Wish(uuid4()), SceneNotFound),
        (ada, Wish(studio.scene(active=False)), SceneNotFound),
        (ada, Wish(studio.scene(premium=True)), PremiumRequired),
        (ada, Wish(scene, bos_photo), InsufficientPrivilege),
        (ada, Wish(scene, f"{ada}/never-uploaded.jpg"), InsufficientPrivilege),
        (studio.person(anonymous=True), Wish(scene), InsufficientPrivilege),
    ]
    for person, wish, error in refusals:
        with pytest.raises(error):
            await ask(database, person, wish)
        assert studio.used(person) == 0
    assert studio.owner("select 1 from public.generations") == []
    assert studio.owner("select 1 from jobs.procrastinate_jobs") == []
    await ask(database, studio.person(premium=True), Wish(studio.scene(premium=True)))


async def test_a_try_that_dies_is_followed_by_one_that_makes_only_the_rest(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID
) -> None:
    async def die_once(number: int) -> None:
        if number == 2:
            raise ConnectionError("the power went out")

    id = await ask(database, ada, Wish(scene, await studio.photo(database, ada), seed=5, count=3))
    images = Interrupted(die_once)
    await work(settings, database, images)
    assert studio.generation(id)["status"] == "done"
    assert [image["seed"] for image in studio.images(id)] == [5, 6, 7]
    assert images.made == 4, "the first picture was not made again"
    assert (studio.used(ada), studio.generation(id)["attempts"]) == (3, 2)


async def test_a_try_back_from_the_dead_stores_nothing(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID
) -> None:
    id = await ask(database, ada, Wish(scene, await studio.photo(database, ada)))
    blobs = DiskBlobs(settings.objects_path)
    second = Maker(database, blobs, [MemoryImages()])

    async def meanwhile(_: int) -> None:
        await second.make(Attempt(1, 2, False), generation_id=str(id))

    await Maker(database, blobs, [Interrupted(meanwhile)]).make(Attempt(1, 1, False), generation_id=str(id))
    assert (studio.generation(id)["status"], len(studio.images(id)), studio.used(ada)) == ("done", 1, 1)


async def test_nobody_else_sees_or_repeats_a_generation(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID
) -> None:
    id = await ask(database, ada, Wish(scene, await studio.photo(database, ada), seed=9, image_size="576x1024"))
    await work(settings, database)
    (image,) = studio.images(id)
    bo = studio.person()
    with pytest.raises(GenerationNotFound):
        await read_generation(database, user_actor(bo), id)
    with pytest.raises(ImageNotFound):
        async with database.transaction(user_actor(bo).as_service()) as conn:
            await request_again(conn, image["id"], "same", "key")
    async with database.transaction(user_actor(ada).as_service()) as conn:
        again = await request_again(conn, image["id"], "same", "key")
        assert await request_again(conn, image["id"], "same", "key") == again
    await work(settings, database)
    (repeated,) = studio.images(again)
    assert (repeated["seed"], repeated["image_size"]) == (9, "576x1024")
    assert studio.generation(again)["retried_from"] == id
    assert studio.used(ada) == 2


async def test_a_deleted_picture_takes_its_files_with_it_and_the_photo_stays(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID
) -> None:
    photo = await studio.photo(database, ada)
    id = await ask(database, ada, Wish(scene, photo, count=2))
    await work(settings, database)
    gone, kept = studio.images(id)
    async with database.transaction(user_actor(ada)) as conn:
        await conn.execute("delete from public.generated_images where id = %s", [gone["id"]])
    blobs = DiskBlobs(settings.objects_path)
    before = [blob.key async for blob in blobs.walk()]
    await remove_leftovers_task(database, blobs).task.run(Attempt(1, 1, True))
    left = {row["name"] for row in studio.owner("select name from storage.objects where owner_id = %s", str(ada))}
    assert left == {
        photo,
        *(kept[url].removeprefix(IMAGES_URL) for url in ("image_url", "medium_url", "thumbnail_url")),
    }
    assert len([blob.key async for blob in blobs.walk()]) == len(before) - 3
    assert studio.owner("select 1 from private.object_removals") == []
    assert studio.used(ada) == 2, "a picture that was made and thrown away was made"
