"""What the studio does not make is refused before it costs anything, told to whoever asked, and kept for admins alone."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from sahne.database.actor import SERVICE, user_actor
from sahne.database.pool import Database
from sahne.database.refusals import Refused, refusals
from sahne.objects.bare_pictures import bare_picture
from sahne.objects.errors import NoSuchKey
from sahne.objects.names import Place
from sahne.objects.read import read_object
from sahne.objects.removals import remove_queued
from sahne.providers.blobs.disk import DiskBlobs
from sahne.providers.images.bfl import BlackForestLabs
from sahne.providers.images.memory import MemoryImages
from sahne.providers.images.unsafe import UnsafeNet
from sahne.settings import Settings
from sahne.studio.appeals import SAFETY_QUERIES
from sahne.studio.generations import read_generation
from sahne.studio.requests import Wish
from sahne.studio.safety import Safety
from tests.image_providers import KEY, fake_bfl
from tests.portraits import portrait_bytes
from tests.remote import ByHand
from tests.studio import Studio, ask, work

pytestmark = pytest.mark.anyio
EVERYTHING, NOTHING = 0.0, 1.0  # is refused, by the score that may not be passed


@pytest.fixture(scope="module")
def net() -> UnsafeNet:
    return UnsafeNet()


@pytest.fixture
def of_photos(database: Database, settings: Settings, net: UnsafeNet) -> Safety:
    """A gate no photo passes, however harmless."""
    blobs = DiskBlobs(settings.objects_path)
    return Safety(database, blobs, net, photo_score_max=EVERYTHING, picture_score_max=NOTHING)


@pytest.fixture
def of_pictures(of_photos: Safety) -> Safety:
    return replace(of_photos, photo_score_max=NOTHING, picture_score_max=EVERYTHING)


def in_quarantine(studio: Studio, id: UUID) -> list[str]:
    rows = studio.owner("select object_name from private.refused_pictures where generation_id = %s", id)
    return [row["object_name"] for row in rows]


async def bytes_in_quarantine(database: Database, settings: Settings, who: UUID, name: str) -> bytes:
    place = Place("quarantine", name)
    async with read_object(database, DiskBlobs(settings.objects_path), user_actor(who), place) as opened:
        return b"".join([chunk async for chunk in opened.blob.chunks()])


async def refused(studio: Studio, database: Database, person: UUID, wish: Wish) -> Refused:
    """How a request is refused, for which nothing was spent."""
    spent = studio.used(person)
    with pytest.raises(Refused) as error, refusals():
        await ask(database, person, wish)
    assert studio.used(person) == spent
    return error.value


async def test_of_a_refused_photo_nothing_is_made_and_it_is_not_tried_again_by_anybody(
    studio: Studio, database: Database, settings: Settings, ada: UUID, ege: UUID, scene: UUID, of_photos: Safety
) -> None:
    drawn = portrait_bytes(311, 401)
    photo = await studio.photo(database, ada, drawn)
    id = await ask(database, ada, Wish(scene, photo, count=2))
    assert studio.used(ada) == 2
    await work(settings, database, MemoryImages(), safety=of_photos)
    told = await read_generation(database, user_actor(ada), id)
    assert (told["status"], told["error_code"], told["images"]) == ("moderated", "moderated", [])
    assert told["moderation"]["stage"] == "photo"
    assert told["moderation"]["appeal"] is None
    assert "photo looks like" in told["moderation"]["message"]
    assert studio.used(ada) == 0
    (name,) = in_quarantine(studio, id)
    assert await bytes_in_quarantine(database, settings, ege, name) == bare_picture("image/jpeg", drawn)
    for stranger in (ada, studio.person()):
        with pytest.raises(NoSuchKey):
            await bytes_in_quarantine(database, settings, stranger, name)
    error = await refused(studio, database, ada, Wish(scene, photo))
    assert (error.code, error.status, error.details) == ("photo_refused", 422, {"moderation_stage": "photo"})
    bo = studio.person()
    error = await refused(studio, database, bo, Wish(scene, await studio.photo(database, bo, drawn)))
    assert error.code == "photo_refused"
    another = await ask(database, ada, Wish(scene, await studio.photo(database, ada)))
    await work(settings, database, MemoryImages())
    assert studio.generation(another)["status"] == "done"


async def test_a_refused_picture_is_kept_for_admins_alone(
    studio: Studio, database: Database, settings: Settings, ada: UUID, ege: UUID, scene: UUID, of_pictures: Safety
) -> None:
    id = await ask(database, ada, Wish(scene, await studio.photo(database, ada), seed=77))
    await work(settings, database, Portraits(), safety=of_pictures)
    told = await read_generation(database, user_actor(ada), id)
    assert (told["status"], told["moderation"]["stage"], studio.used(ada)) == ("moderated", "picture", 0)
    assert studio.images(id) == []
    (name,) = in_quarantine(studio, id)
    assert (await bytes_in_quarantine(database, settings, ege, name)).startswith(b"\xff\xd8")


class Portraits(MemoryImages):
    """A maker of pictures that are large enough to be looked at."""

    async def generate(self, request, progress):  # type: ignore[no-untyped-def]
        picture = await super().generate(request, progress)
        return replace(picture, image=portrait_bytes(300, 300 + request.seed % 50), image_type="image/jpeg")


async def test_somebody_objects_once_and_what_is_overturned_passes(
    studio: Studio, database: Database, settings: Settings, ada: UUID, ege: UUID, scene: UUID, of_photos: Safety
) -> None:
    photo = await studio.photo(database, ada, portrait_bytes(312, 402))
    id = await ask(database, ada, Wish(scene, photo))
    assert studio.refusal(ada, "appeal", id, None)[1] == "nothing_to_appeal"
    await work(settings, database, MemoryImages(), safety=of_photos)
    mine = studio.verb(ada, "appeal", id, "Das bin ich.")["appeal"]
    assert mine.keys() == {"id", "generation_id", "message", "status", "outcome", "created_at", "decided_at"}
    assert studio.refusal(ada, "appeal", id, "Noch einmal.")[1] == "already_appealed"
    assert studio.refusal(studio.person(), "appeal", id, None)[1] == "generation_not_found"
    assert studio.refusal(ada, "read_appeals", "open", None, 50)[1] == "forbidden"
    (row,) = [row for row in studio.verb(ege, "read_appeals", "open", None, 50)["appeals"] if row["id"] == mine["id"]]
    assert (row["user_id"], row["stage"], row["message"]) == (str(ada), "photo", "Das bin ich.")
    assert [picture["name"] for picture in row["pictures"]] == in_quarantine(studio, id)
    assert 0 < row["pictures"][0]["score"] < 0.2
    assert studio.refusal(ada, "decide_appeal", mine["id"], "overturned", None)[1] == "forbidden"
    studio.verb(ege, "decide_appeal", mine["id"], "overturned", "Nothing is wrong with it.")
    assert studio.refusal(ege, "decide_appeal", mine["id"], "upheld", None)[1] == "appeal_closed"
    told = await read_generation(database, user_actor(ada), id)
    assert told["moderation"]["appeal"] == "overturned"
    again = await ask(database, ada, Wish(scene, photo))
    await work(settings, database, MemoryImages(), safety=of_photos)
    assert studio.generation(again)["status"] == "done"


async def test_what_is_upheld_stays_refused(
    studio: Studio, database: Database, settings: Settings, ada: UUID, ege: UUID, scene: UUID, of_photos: Safety
) -> None:
    photo = await studio.photo(database, ada, portrait_bytes(313, 403))
    id = await ask(database, ada, Wish(scene, photo))
    await work(settings, database, MemoryImages(), safety=of_photos)
    studio.verb(ege, "decide_appeal", studio.verb(ada, "appeal", id, None)["appeal"]["id"], "upheld", None)
    assert (await refused(studio, database, ada, Wish(scene, photo))).code == "photo_refused"


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("A nude portrait of a {gender}", "sexual"),
        ("a N4KED person", "sexual"),
        ("ÇIPLAK bir kişi", "sexual"),
        ("a {gender}, remove   her-CLOTHES please", "intimate_edit"),
        ("fotoğraftaki kişiyi, giysilerini çıkar", "intimate_edit"),
        ("word " * 200 + "undressed", "intimate_edit"),
    ],
)
async def test_a_scene_with_a_word_of_the_list_is_not_made_in_either_language(
    studio: Studio, database: Database, ada: UUID, scene: UUID, prompt: str, kind: str
) -> None:
    studio.owner("update public.scenes set prompt_template = %s where id = %s", prompt, scene)
    error = await refused(studio, database, ada, Wish(scene))
    assert (error.code, error.details) == ("prompt_refused", {"moderation_stage": "prompt", "kind": kind})


@pytest.mark.parametrize(
    "prompt", ["a snaked road, no cloth lines", "Soyunma kabininin önünde", "a gala dress, the crowd removed", "%%"]
)
async def test_words_that_only_look_like_it_are_made(
    studio: Studio, database: Database, ada: UUID, scene: UUID, prompt: str
) -> None:
    studio.owner("update public.scenes set prompt_template = %s where id = %s", prompt, scene)
    assert await ask(database, ada, Wish(scene))


async def test_a_refused_photo_never_leaves_the_house(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID, of_photos: Safety
) -> None:
    with fake_bfl() as bfl:
        by_hand = ByHand(studio, database, settings, BlackForestLabs(bfl.url, KEY), safety=of_photos)
        photo = await studio.photo(database, ada, portrait_bytes(314, 404))
        id = await ask(database, ada, Wish(scene, photo), of=("bfl",))
        await by_hand.finish()
        assert bfl.submissions == 0
    told = await read_generation(database, user_actor(ada), id)
    assert (told["status"], told["moderation"]["stage"], studio.used(ada)) == ("moderated", "photo", 0)
    assert [row["cost_microdollars"] for row in studio.remote(id)] == [0]


@pytest.mark.parametrize(
    ("says", "with_photo", "stage"),
    [
        ("Request Moderated", True, "photo"),
        ("Request Moderated", False, "prompt"),
        ("Content Moderated", True, "picture"),
    ],
)
async def test_what_a_maker_elsewhere_refuses_is_told_by_its_stage(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID,
    says: str, with_photo: bool, stage: str,
) -> None:  # fmt: skip
    with fake_bfl() as bfl:
        bfl.end = {"status": says}
        by_hand = ByHand(studio, database, settings, BlackForestLabs(bfl.url, KEY))
        photo = await studio.photo(database, ada) if with_photo else None
        id = await ask(database, ada, Wish(scene, photo), of=("bfl",))
        await by_hand.finish()
    told = await read_generation(database, user_actor(ada), id)
    assert (told["status"], told["moderation"]["stage"]) == ("moderated", stage)


async def test_the_quarantine_is_emptied_but_for_what_is_objected_to(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID, of_photos: Safety
) -> None:
    asked = [
        await ask(database, ada, Wish(scene, await studio.photo(database, ada, portrait_bytes(315 + number, 405))))
        for number in range(2)
    ]
    await work(settings, database, MemoryImages(), safety=of_photos)
    studio.verb(ada, "appeal", asked[0], None)
    (kept,), (gone,) = (in_quarantine(studio, id) for id in asked)
    studio.owner("update private.refused_pictures set created_at = now() - interval '91 days'")
    async with database.transaction(SERVICE) as conn:
        await conn.execute(SAFETY_QUERIES["empty_quarantine"], {"days": 90})
    await remove_queued(database, DiskBlobs(settings.objects_path))
    left = "select name from storage.objects where bucket_id = 'quarantine' and name = any(%s)"
    assert [row["name"] for row in studio.owner(left, [kept, gone])] == [kept]


def test_nobody_but_admins_and_the_server_sees_or_writes_any_of_it(studio: Studio, ada: UUID, ege: UUID) -> None:
    for who in (ada, ege):
        for table in ("refused_words", "picture_verdicts", "refused_pictures", "appeals"):
            with pytest.raises(Exception, match="permission denied"):
                studio.sql(who, f"select * from private.{table}")
        put = "insert into storage.objects (bucket_id, name) values ('quarantine', %s)"
        with pytest.raises(Exception, match="row-level security"):
            studio.sql(who, put, f"pictures/{uuid4()}.png")
