"""Generations over the real database and a quick maker: quota exact, refunds once, races decided by PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.errors import InsufficientPrivilege

from sahne.database.pool import Database
from sahne.jobs.tasks import Attempt
from sahne.jobs.worker import run_worker
from sahne.objects.names import Place
from sahne.objects.read import read_object
from sahne.providers.blobs.disk import DiskBlobs
from sahne.providers.images.generator import GenerationRefused, ImageRequest, Picture, Progress, Refusal
from sahne.providers.images.memory import MemoryImages
from sahne.settings import Settings
from sahne.studio.errors import (
    GenerationEnded,
    GenerationNotFound,
    ImageNotFound,
    KeyUsedDifferently,
    PremiumRequired,
    QuotaExceeded,
    SceneNotFound,
    TooManyImages,
)
from sahne.studio.gallery import remove_leftovers_task
from sahne.studio.generations import IMAGES_URL, cancel_generation, read_generation, read_quota
from sahne.studio.making import Maker
from sahne.studio.requests import Wish, request_again, request_generation
from sahne.studio.tasks import expire_lost_task, make_generation_task
from tests.studio_world import Person, StudioWorld

pytestmark = pytest.mark.anyio
ENDED = ("done", "failed", "moderated", "canceled", "expired")


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with Database(settings.authenticator_url, connections_max=8) as opened:
        yield opened


@pytest.fixture
def world(database_url: str, settings: Settings) -> StudioWorld:
    world = StudioWorld(database_url, settings)
    world.rows("truncate jobs.procrastinate_jobs, public.generations cascade")
    return world


@pytest.fixture
def ada(world: StudioWorld) -> Person:
    return world.person()


@pytest.fixture
def scene(world: StudioWorld) -> UUID:
    return world.scene()


async def ask(database: Database, person: Person, wish: Wish, key: str | None = None) -> UUID:
    async with database.transaction(person.actor.as_service()) as conn:
        return await request_generation(conn, wish, key or str(uuid4()))


async def work(settings: Settings, database: Database, images: Any = None) -> None:
    maker = Maker(database, DiskBlobs(settings.objects_path), images or MemoryImages())
    task = replace(make_generation_task(maker), retry_seconds=0)
    await run_worker(settings.authenticator_url, [task], wait=False)


class Interrupted(MemoryImages):
    """Calls `before(number)` ahead of every picture: there a test cancels, fails or refuses."""

    def __init__(self, before: Callable[[int], Awaitable[None]]) -> None:
        self.made = 0
        self._before = before

    async def generate(self, request: ImageRequest, progress: Progress) -> Picture:
        self.made += 1
        await self._before(self.made)
        return await super().generate(request, progress)


async def test_a_request_becomes_pictures_with_their_objects_rows_and_quota(
    world: StudioWorld, database: Database, settings: Settings, ada: Person, scene: UUID
) -> None:
    photo = await world.photo(database, ada)
    id = await ask(database, ada, Wish(scene, photo, seed=4294967295, image_size="512x512", count=2))
    waiting = await read_generation(database, ada.actor, id)
    assert waiting == {"id": id, "status": "queued", "progress": 0, "images": []}
    assert world.used(ada) == 2
    await work(settings, database)
    done = await read_generation(database, ada.actor, id)
    assert (done["status"], done["progress"], len(done["images"])) == ("done", 100, 2)
    assert {image["seed"] for image in done["images"]} == {4294967295, 0}
    for image in done["images"]:
        assert image["image_size"] == "512x512"
        assert image["model"] == "memory-1"
        assert image["generation_time"] >= 0
        assert image["original_photo_url"] == f"/storage/v1/object/authenticated/photos/{photo}"
        for url in (image["image_url"], image["thumbnail_url"]):
            assert url.startswith(f"{IMAGES_URL}{ada.id}/")
            place = Place("images", url.removeprefix(IMAGES_URL))
            async with read_object(database, DiskBlobs(settings.objects_path), ada.actor, place) as opened:
                assert opened.row.owner_id == str(ada.id)
                assert opened.row.mimetype == "image/png"
                assert b"".join([each async for each in opened.blob.chunks()]).startswith(b"\x89PNG")
    assert world.used(ada) == 2
    quota = await read_quota(database, ada.actor)
    assert (quota["used"], quota["limit"], quota["remaining"], quota["is_premium"]) == (2, 10, 8, False)
    assert world.images(id)[0]["prompt"] == "A secret person portrait, sunset"
    assert "secret" not in str(done)


async def test_exactly_the_quota_passes_however_many_ask_at_once(
    world: StudioWorld, database: Database, ada: Person, scene: UUID
) -> None:
    answers = await asyncio.gather(*(ask(database, ada, Wish(scene)) for _ in range(24)), return_exceptions=True)
    passed = [each for each in answers if isinstance(each, UUID)]
    refused = [each for each in answers if isinstance(each, QuotaExceeded)]
    assert (len(passed), len(refused)) == (10, 14)
    assert world.used(ada) == 10
    assert len(world.rows("select 1 from public.generations where user_id = %s", [ada.id])) == 10
    assert len(world.rows("select 1 from jobs.procrastinate_jobs where status = 'todo'")) == 10
    assert refused[0].details["remaining"] == 0  # type: ignore[index]


async def test_quota_counts_pictures_and_a_request_gets_all_or_none(
    world: StudioWorld, database: Database, ada: Person, scene: UUID
) -> None:
    for _ in range(2):
        await ask(database, ada, Wish(scene, count=4))
    with pytest.raises(QuotaExceeded):
        await ask(database, ada, Wish(scene, count=3))
    await ask(database, ada, Wish(scene, count=2))
    assert world.used(ada) == 10
    with pytest.raises(TooManyImages):
        await ask(database, world.person(), Wish(scene, count=5))


async def test_premium_has_no_daily_limit_until_it_ends(world: StudioWorld, database: Database, scene: UUID) -> None:
    rich = world.person(premium=True)
    for _ in range(4):
        await ask(database, rich, Wish(scene, count=4))
    quota = await read_quota(database, rich.actor)
    assert (quota["used"], quota["limit"], quota["remaining"], quota["is_premium"]) == (16, 999999, 999999, True)
    world.rows("update public.profiles set subscription_expires_at = now() - interval '1 s' where id = %s", [rich.id])
    with pytest.raises(QuotaExceeded):
        await ask(database, rich, Wish(scene))


async def test_a_key_asks_once_even_at_the_same_moment(
    world: StudioWorld, database: Database, ada: Person, scene: UUID
) -> None:
    wish = Wish(scene, count=2)
    ids = await asyncio.gather(*(ask(database, ada, wish, "one key") for _ in range(8)))
    assert len(set(ids)) == 1
    assert world.used(ada) == 2
    with pytest.raises(KeyUsedDifferently):
        await ask(database, ada, replace(wish, count=1), "one key")
    bo = world.person()
    assert await ask(database, bo, wish, "one key") not in ids, "keys belong to a person"


async def test_what_may_not_be_asked_leaves_nothing_behind(
    world: StudioWorld, database: Database, ada: Person, scene: UUID
) -> None:
    bo = world.person()
    bos_photo = await world.photo(database, bo)
    refusals: list[tuple[Person, Wish, type[Exception]]] = [
        (ada, Wish(uuid4()), SceneNotFound),
        (ada, Wish(world.scene(active=False)), SceneNotFound),
        (ada, Wish(world.scene(premium=True)), PremiumRequired),
        (ada, Wish(scene, bos_photo), InsufficientPrivilege),
        (ada, Wish(scene, f"{ada.id}/never-uploaded.jpg"), InsufficientPrivilege),
        (world.person(anonymous=True), Wish(scene), InsufficientPrivilege),
    ]
    for person, wish, error in refusals:
        with pytest.raises(error):
            await ask(database, person, wish)
        assert world.used(person) == 0
    assert world.rows("select 1 from public.generations") == []
    assert world.rows("select 1 from jobs.procrastinate_jobs") == []
    await ask(database, world.person(premium=True), Wish(world.scene(premium=True)))


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "photo_required"), (b"\x00 no picture", "photo_unreadable")], ids=["none", "broken"]
)
async def test_a_failure_is_data_and_the_quota_comes_back_once(
    world: StudioWorld, database: Database, settings: Settings, ada: Person, scene: UUID,
    content: bytes | None, reason: str,
) -> None:  # fmt: skip
    photo = await world.photo(database, ada, content) if content else None
    await ask(database, ada, Wish(scene, await world.photo(database, ada)))
    id = await ask(database, ada, Wish(scene, photo, count=3))
    assert world.used(ada) == 4
    await work(settings, database)
    failed = await read_generation(database, ada.actor, id)
    assert (failed["status"], failed["error_code"], failed["images"]) == ("failed", reason, [])
    assert world.used(ada) == 1
    maker = Maker(database, DiskBlobs(settings.objects_path), MemoryImages())
    await maker.give_up(generation_id=str(id))
    await maker.make(Attempt(1, 9, True), generation_id=str(id))
    assert world.used(ada) == 1
    assert world.generation(id)["error_code"] == reason


async def test_a_photo_deleted_meanwhile_is_said_to_be_missing(
    world: StudioWorld, database: Database, settings: Settings, ada: Person, scene: UUID
) -> None:
    photo = await world.photo(database, ada)
    id = await ask(database, ada, Wish(scene, photo))
    world.rows(
        "select set_config('storage.allow_delete_query', 'true', true); delete from storage.objects where name = '"
        + photo
        + "'"
    )
    await work(settings, database)
    assert (await read_generation(database, ada.actor, id))["error_code"] == "photo_not_found"
    assert world.used(ada) == 0


async def test_moderation_takes_one_picture_and_its_quota_comes_back(
    world: StudioWorld, database: Database, settings: Settings, ada: Person, scene: UUID
) -> None:
    async def refuse_second(number: int) -> None:
        if number == 2:
            raise GenerationRefused(Refusal.MODERATED)

    async def refuse(_: int) -> None:
        raise GenerationRefused(Refusal.MODERATED)

    photo = await world.photo(database, ada)
    partly = await ask(database, ada, Wish(scene, photo, count=3))
    await work(settings, database, Interrupted(refuse_second))
    assert (world.generation(partly)["status"], len(world.images(partly)), world.used(ada)) == ("done", 2, 2)
    wholly = await ask(database, ada, Wish(scene, photo, count=2))
    await work(settings, database, Interrupted(refuse))
    assert (world.generation(wholly)["status"], world.generation(wholly)["error_code"]) == ("moderated", "moderated")
    assert world.used(ada) == 2


async def test_a_try_that_dies_is_followed_by_one_that_makes_only_the_rest(
    world: StudioWorld, database: Database, settings: Settings, ada: Person, scene: UUID
) -> None:
    async def die_once(number: int) -> None:
        if number == 2:
            raise ConnectionError("the power went out")

    id = await ask(database, ada, Wish(scene, await world.photo(database, ada), seed=5, count=3))
    images = Interrupted(die_once)
    await work(settings, database, images)
    assert world.generation(id)["status"] == "done"
    assert [image["seed"] for image in world.images(id)] == [5, 6, 7]
    assert images.made == 4, "the first picture was not made again"
    assert (world.used(ada), world.generation(id)["attempts"]) == (3, 2)


async def test_a_maker_that_always_breaks_is_given_up_and_the_quota_comes_back(
    world: StudioWorld, database: Database, settings: Settings, ada: Person, scene: UUID
) -> None:
    async def die(_: int) -> None:
        raise ConnectionError("no power at all")

    id = await ask(database, ada, Wish(scene, await world.photo(database, ada)))
    images = Interrupted(die)
    await work(settings, database, images)
    assert (world.generation(id)["status"], world.generation(id)["error_code"]) == ("failed", "failed")
    assert (images.made, world.used(ada)) == (3, 0)


async def test_a_maker_that_takes_too_long_is_stopped(
    world: StudioWorld, database: Database, settings: Settings, ada: Person, scene: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    async def hang(_: int) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("sahne.studio.making.GENERATION_SECONDS_MAX", 0.05)
    id = await ask(database, ada, Wish(scene, await world.photo(database, ada)))
    await work(settings, database, Interrupted(hang))
    assert (world.generation(id)["error_code"], world.used(ada)) == ("timed_out", 0)


async def test_a_waiting_generation_is_cancelled_with_its_job(
    world: StudioWorld, database: Database, settings: Settings, ada: Person, scene: UUID
) -> None:
    id = await ask(database, ada, Wish(scene, count=2))
    with pytest.raises(GenerationNotFound):
        await cancel_generation(database, world.person().actor, id)
    await cancel_generation(database, ada.actor, id)
    await cancel_generation(database, ada.actor, id)
    assert (world.generation(id)["status"], world.used(ada)) == ("canceled", 0)
    assert [job["status"] for job in world.rows("select status from jobs.procrastinate_jobs")] == ["cancelled"]
    await work(settings, database)
    assert world.images(id) == []


async def test_a_running_generation_hears_that_it_was_cancelled(
    world: StudioWorld, database: Database, settings: Settings, ada: Person, scene: UUID
) -> None:
    id = await ask(database, ada, Wish(scene, await world.photo(database, ada), count=3))

    async def cancel_at_second(number: int) -> None:
        if number == 2:
            await cancel_generation(database, ada.actor, id)

    images = Interrupted(cancel_at_second)
    await work(settings, database, images)
    assert (world.generation(id)["status"], len(world.images(id)), images.made) == ("canceled", 1, 2)
    assert world.used(ada) == 1, "the picture that arrived is paid for, the others are not"


async def test_cancel_and_done_race_and_the_books_are_right_either_way(
    world: StudioWorld, database: Database, settings: Settings, scene: UUID
) -> None:
    for _ in range(6):
        person = world.person()
        id = await ask(database, person, Wish(scene, await world.photo(database, person)))
        cancelled, _ = await asyncio.gather(
            cancel_generation(database, person.actor, id), work(settings, database), return_exceptions=True
        )
        generation, images = world.generation(id), world.images(id)
        assert cancelled is None or isinstance(cancelled, GenerationEnded)
        assert generation["status"] == ("canceled" if cancelled is None else "done")
        assert world.used(person) == len(images)
        assert len(images) <= 1


async def test_a_finished_generation_cannot_be_cancelled(
    world: StudioWorld, database: Database, settings: Settings, ada: Person, scene: UUID
) -> None:
    id = await ask(database, ada, Wish(scene, await world.photo(database, ada)))
    await work(settings, database)
    with pytest.raises(GenerationEnded):
        await cancel_generation(database, ada.actor, id)
    assert world.used(ada) == 1


async def test_a_try_back_from_the_dead_stores_nothing(
    world: StudioWorld, database: Database, settings: Settings, ada: Person, scene: UUID
) -> None:
    id = await ask(database, ada, Wish(scene, await world.photo(database, ada)))
    blobs = DiskBlobs(settings.objects_path)
    second = Maker(database, blobs, MemoryImages())

    async def meanwhile(_: int) -> None:
        await second.make(Attempt(1, 2, False), generation_id=str(id))

    await Maker(database, blobs, Interrupted(meanwhile)).make(Attempt(1, 1, False), generation_id=str(id))
    assert (world.generation(id)["status"], len(world.images(id)), world.used(ada)) == ("done", 1, 1)


async def test_nobody_else_sees_or_repeats_a_generation(
    world: StudioWorld, database: Database, settings: Settings, ada: Person, scene: UUID
) -> None:
    id = await ask(database, ada, Wish(scene, await world.photo(database, ada), seed=9, image_size="576x1024"))
    await work(settings, database)
    (image,) = world.images(id)
    bo = world.person()
    with pytest.raises(GenerationNotFound):
        await read_generation(database, bo.actor, id)
    with pytest.raises(ImageNotFound):
        async with database.transaction(bo.actor.as_service()) as conn:
            await request_again(conn, image["id"], "same", "key")
    async with database.transaction(ada.actor.as_service()) as conn:
        again = await request_again(conn, image["id"], "same", "key")
        assert await request_again(conn, image["id"], "same", "key") == again
    await work(settings, database)
    (repeated,) = world.images(again)
    assert (repeated["seed"], repeated["image_size"]) == (9, "576x1024")
    assert world.generation(again)["retried_from"] == id
    assert world.used(ada) == 2


async def test_a_generation_whose_job_was_lost_ends_and_returns_its_quota(
    world: StudioWorld, database: Database, ada: Person, scene: UUID
) -> None:
    lost, waiting, young = [await ask(database, ada, Wish(scene)) for _ in range(3)]
    world.rows("update public.generations set created_at = now() - interval '2 hours' where id <> %s", [young])
    world.rows("delete from jobs.procrastinate_jobs where args ->> 'generation_id' <> %s", [str(waiting)])
    await expire_lost_task(database).task.run(Attempt(1, 1, True))
    assert [world.generation(id)["status"] for id in (lost, waiting, young)] == ["expired", "queued", "queued"]
    assert world.used(ada) == 2


async def test_a_deleted_picture_takes_its_files_with_it_and_the_photo_stays(
    world: StudioWorld, database: Database, settings: Settings, ada: Person, scene: UUID
) -> None:
    photo = await world.photo(database, ada)
    id = await ask(database, ada, Wish(scene, photo, count=2))
    await work(settings, database)
    gone, kept = world.images(id)
    async with database.transaction(ada.actor) as conn:
        await conn.execute("delete from public.generated_images where id = %s", [gone["id"]])
    blobs = DiskBlobs(settings.objects_path)
    before = [blob.key async for blob in blobs.walk()]
    await remove_leftovers_task(database, blobs).task.run(Attempt(1, 1, True))
    left = {row["name"] for row in world.rows("select name from storage.objects where owner_id = %s", [str(ada.id)])}
    assert left == {photo, *(kept[url].removeprefix(IMAGES_URL) for url in ("image_url", "thumbnail_url"))}
    assert len([blob.key async for blob in blobs.walk()]) == len(before) - 2
    assert world.rows("select 1 from private.object_removals") == []
    assert world.used(ada) == 2, "a picture that was made and thrown away was made"
