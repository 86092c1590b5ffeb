"""A photo of a face is kept where its owner consented, and no longer than it is said to be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from sahne.database.actor import SERVICE, user_actor
from sahne.database.pool import Database
from sahne.database.refusals import Refused, refusals
from sahne.objects.removals import remove_queued
from sahne.providers.blobs.disk import DiskBlobs
from sahne.settings import Settings
from sahne.studio.appeals import SAFETY_QUERIES
from sahne.studio.errors import PhotoGone
from sahne.studio.generations import read_generation
from sahne.studio.requests import Wish, request_again
from tests.studio import Studio, ask, work

pytestmark = pytest.mark.anyio
TEXT = "2026-11"


@pytest.fixture
def text(studio: Studio) -> Iterator[str]:
    """A text is to be consented to."""
    studio.owner("update private.settings set photo_consent_version = %s", TEXT)
    yield TEXT
    studio.owner("update private.settings set photo_consent_version = null")


def photos(studio: Studio, person: UUID) -> list[str]:
    rows = studio.owner("select name from storage.objects where bucket_id = 'photos' and name like %s", f"{person}/%")
    return [row["name"] for row in rows]


def grow_old(studio: Studio, *names: str) -> None:
    """As if they had been put in more than a day ago; who may turn triggers off is nobody but the owner."""
    studio.owner("alter table storage.objects disable trigger update_objects_updated_at")
    aged = "update storage.objects set created_at = moment, updated_at = moment from (select now() - interval '25 h' as moment) as day where name = any(%s)"
    studio.owner(aged, list(names))
    studio.owner("alter table storage.objects enable trigger update_objects_updated_at")


async def expire(studio: Studio, database: Database, settings: Settings) -> None:
    """What the clock does."""
    async with database.transaction(SERVICE) as conn:
        await conn.execute(SAFETY_QUERIES["expire_photos"], {"photos_max": 100})
    await remove_queued(database, DiskBlobs(settings.objects_path))


async def test_without_consent_no_photo_is_kept_and_nothing_made_of_one(
    studio: Studio, database: Database, scene: UUID
) -> None:
    bo = studio.person()
    before = await studio.photo(database, bo)
    studio.owner("update private.settings set photo_consent_version = %s", TEXT)
    try:
        with pytest.raises(Refused) as refused, refusals():
            await studio.photo(database, bo)
        assert (refused.value.code, refused.value.status) == ("consent_required", 403)
        assert refused.value.details == {"text_version": TEXT}
        with pytest.raises(Refused) as refused, refusals():
            await ask(database, bo, Wish(scene, before))
        assert (refused.value.code, studio.used(bo)) == ("consent_required", 0)
        assert await ask(database, bo, Wish(scene)), "without a photo there is nothing to consent to"
        assert photos(studio, bo) == [before]
    finally:
        studio.owner("update private.settings set photo_consent_version = null")
    assert await studio.photo(database, bo)


async def test_consent_is_kept_with_text_language_and_moment_and_is_for_that_text(
    studio: Studio, database: Database, scene: UUID, text: str
) -> None:
    bo, dilek = studio.person(), studio.person()
    assert studio.verb(bo, "own_consent")["consent"] == {"is_needed": True, "text_version": text, "given": None}
    assert studio.refusal(bo, "give_consent", "2020-01", "tr") == (409, "consent_outdated")
    for _ in range(2):
        given = studio.verb(bo, "give_consent", text, "tr")["consent"]
    assert (given["is_needed"], given["given"]["text_version"], given["given"]["locale"]) == (False, text, "tr")
    assert datetime.fromisoformat(given["given"]["given_at"]).tzinfo
    assert studio.one("select count(*) from private.photo_consents where user_id = %s", bo) == 1
    assert await ask(database, bo, Wish(scene, await studio.photo(database, bo)))
    assert studio.verb(dilek, "own_consent")["consent"]["is_needed"], "it is one's own"
    studio.owner("update private.settings set photo_consent_version = '2027-01'")
    with pytest.raises(Refused, match="consent comes before"), refusals():
        await studio.photo(database, bo)
    studio.verb(bo, "give_consent", "2027-01", "en")
    rows = studio.owner(
        "select text_version, withdrawn_at from private.photo_consents where user_id = %s order by id", bo
    )
    assert [(row["text_version"], row["withdrawn_at"] is None) for row in rows] == [(text, False), ("2027-01", True)]


async def test_who_takes_it_back_has_their_photos_removed_and_keeps_their_pictures(
    studio: Studio, database: Database, settings: Settings, scene: UUID, text: str
) -> None:
    bo, dilek = studio.person(), studio.person()
    for each in (bo, dilek):
        studio.verb(each, "give_consent", text, "en")
    id = await ask(database, bo, Wish(scene, await studio.photo(database, bo)))
    theirs = await studio.photo(database, dilek)
    await work(settings, database)
    assert studio.verb(bo, "withdraw_consent")["consent"]["is_needed"] is True
    await remove_queued(database, DiskBlobs(settings.objects_path))
    assert photos(studio, bo) == []
    assert photos(studio, dilek) == [theirs]
    (image,) = studio.images(id)
    assert studio.one(
        "select count(*) from storage.objects where name = %s", image["image_url"].partition("/images/")[2]
    )
    studio.verb(bo, "withdraw_consent")


async def test_a_photo_goes_when_nobody_used_it_for_a_day_and_it_is_said_when(
    studio: Studio, database: Database, settings: Settings, scene: UUID
) -> None:
    bo = studio.person()
    used, unused, waiting = [await studio.photo(database, bo) for _ in range(3)]
    id = await ask(database, bo, Wish(scene, used))
    await work(settings, database)
    await ask(database, bo, Wish(scene, waiting))
    told = await read_generation(database, user_actor(bo), id)
    day = timedelta(hours=24)
    assert told["photo_kept_until"] == studio.generation(id)["finished_at"] + day
    grow_old(studio, used, unused, waiting)
    await expire(studio, database, settings)
    assert sorted(photos(studio, bo)) == sorted([used, waiting]), "used within a day, or waited for"
    studio.owner("update public.generations set finished_at = now() - interval '25 h' where id = %s", id)
    await expire(studio, database, settings)
    assert photos(studio, bo) == [waiting]
    assert (await read_generation(database, user_actor(bo), id))["photo_kept_until"] is None
    (image,) = studio.images(id)
    with pytest.raises(PhotoGone):
        async with database.transaction(user_actor(bo).as_service()) as conn:
            await request_again(conn, image["id"], "same", "again")


async def test_where_no_time_is_set_photos_stay(
    studio: Studio, database: Database, settings: Settings, ada: UUID
) -> None:
    photo = await studio.photo(database, ada)
    grow_old(studio, photo)
    studio.owner("update private.settings set photo_hours_kept = null")
    try:
        await expire(studio, database, settings)
        assert photo in photos(studio, ada)
    finally:
        studio.owner("update private.settings set photo_hours_kept = 24")
    await expire(studio, database, settings)
    assert photo not in photos(studio, ada)
