"""Generations that end without all their pictures: failed, moderated, cancelled, lost; the rest of the quota returns once."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from sahne.database.pool import Database
from sahne.jobs.tasks import Attempt
from sahne.providers.blobs.disk import DiskBlobs
from sahne.providers.images.generator import GenerationRefused, Refusal
from sahne.providers.images.memory import MemoryImages
from sahne.settings import Settings
from sahne.studio.errors import GenerationEnded, GenerationNotFound
from sahne.studio.generations import cancel_generation, read_generation
from sahne.studio.making import Maker
from sahne.studio.requests import Wish
from sahne.studio.tasks import expire_lost_task
from tests.database.studio_desk import *  # noqa: F403 the fixtures
from tests.database.studio_desk import Interrupted, ask, work
from tests.studio_world import Person, StudioWorld

pytestmark = pytest.mark.anyio


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


async def test_a_generation_whose_job_was_lost_ends_and_returns_its_quota(
    world: StudioWorld, database: Database, ada: Person, scene: UUID
) -> None:
    lost, waiting, young = [await ask(database, ada, Wish(scene)) for _ in range(3)]
    world.rows("update public.generations set created_at = now() - interval '2 hours' where id <> %s", [young])
    world.rows("delete from jobs.procrastinate_jobs where args ->> 'generation_id' <> %s", [str(waiting)])
    await expire_lost_task(database).task.run(Attempt(1, 1, True))
    assert [world.generation(id)["status"] for id in (lost, waiting, young)] == ["expired", "queued", "queued"]
    assert world.used(ada) == 2
