"""Generations that end without all their pictures: failed, moderated, cancelled, lost; the rest of the quota returns once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest

from sahne.database.actor import user_actor
from sahne.database.pool import Database
from sahne.jobs.tasks import Attempt
from sahne.providers.blobs.disk import DiskBlobs
from sahne.providers.images.generator import GenerationRefused, Refusal
from sahne.providers.images.memory import MemoryImages
from sahne.settings import Settings
from sahne.studio.errors import GenerationEnded, GenerationNotFound, StorageFull, TooManyFailures
from sahne.studio.generations import cancel_generation, read_generation
from sahne.studio.making import Maker
from sahne.studio.requests import Wish
from sahne.studio.tasks import expire_lost_task
from tests.studio import Interrupted, Studio, ask, work

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "photo_required"), (b"\xff\xd8\xff no picture", "photo_unreadable")],
    ids=["none", "broken"],
)
async def test_a_failure_is_data_and_the_quota_comes_back_once(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID,
    content: bytes | None, reason: str,
) -> None:  # fmt: skip
    photo = await studio.photo(database, ada, content) if content else None
    await ask(database, ada, Wish(scene, await studio.photo(database, ada)))
    id = await ask(database, ada, Wish(scene, photo, count=3))
    assert studio.used(ada) == 4
    await work(settings, database)
    failed = await read_generation(database, user_actor(ada), id)
    assert (failed["status"], failed["error_code"], failed["images"]) == ("failed", reason, [])
    assert studio.used(ada) == 1
    maker = Maker(database, DiskBlobs(settings.objects_path), [MemoryImages()])
    await maker.give_up(generation_id=str(id))
    await maker.make(Attempt(1, 9, True), generation_id=str(id))
    assert studio.used(ada) == 1
    assert studio.generation(id)["error_code"] == reason


async def test_a_photo_deleted_meanwhile_is_said_to_be_missing(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID
) -> None:
    photo = await studio.photo(database, ada)
    id = await ask(database, ada, Wish(scene, photo))
    studio.owner(
        "select set_config('storage.allow_delete_query', 'true', true); delete from storage.objects where name = '"
        + photo
        + "'"
    )
    await work(settings, database)
    assert (await read_generation(database, user_actor(ada), id))["error_code"] == "photo_not_found"
    assert studio.used(ada) == 0


async def test_moderation_takes_one_picture_and_its_quota_comes_back(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID
) -> None:
    async def refuse_second(number: int) -> None:
        if number == 2:
            raise GenerationRefused(Refusal.MODERATED)

    async def refuse(_: int) -> None:
        raise GenerationRefused(Refusal.MODERATED)

    photo = await studio.photo(database, ada)
    partly = await ask(database, ada, Wish(scene, photo, count=3))
    await work(settings, database, Interrupted(refuse_second))
    assert (studio.generation(partly)["status"], len(studio.images(partly)), studio.used(ada)) == ("done", 2, 2)
    wholly = await ask(database, ada, Wish(scene, photo, count=2))
    await work(settings, database, Interrupted(refuse))
    assert (studio.generation(wholly)["status"], studio.generation(wholly)["error_code"]) == ("moderated", "moderated")
    assert studio.used(ada) == 2


async def test_a_maker_that_always_breaks_is_given_up_and_the_quota_comes_back(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID
) -> None:
    async def die(_: int) -> None:
        raise ConnectionError("no power at all")

    id = await ask(database, ada, Wish(scene, await studio.photo(database, ada)))
    images = Interrupted(die)
    await work(settings, database, images)
    assert (studio.generation(id)["status"], studio.generation(id)["error_code"]) == ("failed", "failed")
    assert (images.made, studio.used(ada)) == (3, 0)


async def test_a_maker_that_takes_too_long_is_stopped(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID
) -> None:
    async def hang(_: int) -> None:
        await asyncio.Event().wait()

    id = await ask(database, ada, Wish(scene, await studio.photo(database, ada)))
    await work(settings, database, Interrupted(hang), seconds_max=0.05)
    assert (studio.generation(id)["error_code"], studio.used(ada)) == ("timed_out", 0)


async def test_a_waiting_generation_is_cancelled_with_its_job(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID
) -> None:
    id = await ask(database, ada, Wish(scene, count=2))
    with pytest.raises(GenerationNotFound):
        await cancel_generation(database, user_actor(studio.person()), id)
    await cancel_generation(database, user_actor(ada), id)
    await cancel_generation(database, user_actor(ada), id)
    assert (studio.generation(id)["status"], studio.used(ada)) == ("canceled", 0)
    assert [job["status"] for job in studio.owner("select status from jobs.procrastinate_jobs")] == ["cancelled"]
    await work(settings, database)
    assert studio.images(id) == []


async def test_a_running_generation_hears_that_it_was_cancelled(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID
) -> None:
    id = await ask(database, ada, Wish(scene, await studio.photo(database, ada), count=3))

    async def cancel_at_second(number: int) -> None:
        if number == 2:
            await cancel_generation(database, user_actor(ada), id)

    images = Interrupted(cancel_at_second)
    await work(settings, database, images)
    assert (studio.generation(id)["status"], len(studio.images(id)), images.made) == ("canceled", 1, 2)
    assert studio.used(ada) == 1, "the picture that arrived is paid for, the others are not"


async def test_cancel_and_done_race_and_the_books_are_right_either_way(
    studio: Studio, database: Database, settings: Settings, scene: UUID
) -> None:
    for _ in range(6):
        person = studio.person()
        id = await ask(database, person, Wish(scene, await studio.photo(database, person)))
        cancelled, _ = await asyncio.gather(
            cancel_generation(database, user_actor(person), id), work(settings, database), return_exceptions=True
        )
        generation, images = studio.generation(id), studio.images(id)
        assert cancelled is None or isinstance(cancelled, GenerationEnded)
        assert generation["status"] == ("canceled" if cancelled is None else "done")
        assert studio.used(person) == len(images)
        assert len(images) <= 1


async def test_a_finished_generation_cannot_be_cancelled(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID
) -> None:
    id = await ask(database, ada, Wish(scene, await studio.photo(database, ada)))
    await work(settings, database)
    with pytest.raises(GenerationEnded):
        await cancel_generation(database, user_actor(ada), id)
    assert studio.used(ada) == 1


async def test_a_generation_whose_job_was_lost_ends_and_returns_its_quota(
    studio: Studio, database: Database, ada: UUID, scene: UUID
) -> None:
    lost, waiting, young = [await ask(database, ada, Wish(scene)) for _ in range(3)]
    studio.owner("update public.generations set created_at = now() - interval '2 hours' where id <> %s", young)
    studio.owner("delete from jobs.procrastinate_jobs where args ->> 'generation_id' <> %s", str(waiting))
    await expire_lost_task(database).task.run(Attempt(1, 1, True))
    assert [studio.generation(id)["status"] for id in (lost, waiting, young)] == ["expired", "queued", "queued"]
    assert studio.used(ada) == 2


@pytest.mark.parametrize("premium", [False, True])
async def test_failing_costs_no_quota_but_has_an_end(
    studio: Studio, database: Database, settings: Settings, scene: UUID, premium: bool
) -> None:
    cem, neighbour = studio.person(premium=premium), studio.person(premium=premium)
    with few_failures(studio, 4):
        for _ in range(2):
            failing = await ask(database, cem, Wish(scene, count=2))
            await work(settings, database)
            assert studio.generation(failing)["error_code"] == "photo_required"
        assert studio.used(cem) == 0
        with pytest.raises(TooManyFailures):
            await ask(database, cem, Wish(scene, await studio.photo(database, cem)))
        await ask(database, neighbour, Wish(scene))
        studio.owner("update private.quota_reservations set date = date - 1 where user_id = %s", cem)
        await ask(database, cem, Wish(scene))


async def test_pictures_that_came_are_no_failures(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID
) -> None:
    photo = await studio.photo(database, ada)
    with few_failures(studio, 4):
        for _ in range(2):
            await ask(database, ada, Wish(scene, photo, count=4))
            await work(settings, database)
        await ask(database, ada, Wish(scene, photo))
    assert studio.used(ada) == 9


@contextmanager
def few_failures(studio: Studio, most: int) -> Iterator[None]:
    before = studio.one("select failed_images_max from private.settings")
    studio.owner("update private.settings set failed_images_max = %s", most)
    try:
        yield
    finally:
        studio.owner("update private.settings set failed_images_max = %s", before)


async def test_without_room_no_picture_is_asked_for_and_none_is_kept(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID
) -> None:
    photo = await studio.photo(database, ada)
    waiting = await ask(database, ada, Wish(scene, photo, count=2))
    studio.owner("update private.settings set owned_objects_max = 6")  # the photo, and a picture in its three sizes
    try:
        with pytest.raises(StorageFull):
            await ask(database, ada, Wish(scene, photo, count=2))
        await ask(database, ada, Wish(scene, photo))
        await work(settings, database)
        with pytest.raises(StorageFull):
            await ask(database, ada, Wish(scene, photo))
    finally:
        studio.owner("update private.settings set owned_objects_max = default")
    made = await read_generation(database, user_actor(ada), waiting)
    assert (made["status"], len(made["images"])) == ("done", 1)
    assert studio.one("select objects from private.owned_objects where owner_id = %s", str(ada)) == 4
    assert studio.used(ada) == 1
