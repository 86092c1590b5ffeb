"""Pictures made elsewhere: one submission each whatever happens, every end is data, and the quota returns exactly once."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from sahne.database.actor import user_actor
from sahne.database.pool import Database
from sahne.objects.bare_pictures import bare_picture
from sahne.objects.names import Place
from sahne.objects.read import read_object
from sahne.providers.blobs.disk import DiskBlobs
from sahne.providers.images.bfl import BlackForestLabs
from sahne.settings import Settings
from sahne.studio.generations import IMAGES_URL, cancel_generation, read_generation
from sahne.studio.requests import Wish
from sahne.worker import work as run_all
from tests.eventually import eventually_async
from tests.image_providers import KEY, FakeBfl, fake_bfl
from tests.portraits import portrait_bytes
from tests.remote import ByHand
from tests.studio import Studio, ask, work

pytestmark = pytest.mark.anyio
READY: dict[str, Any] = {"status": "Ready"}


@pytest.fixture
def bfl() -> Iterator[FakeBfl]:
    with fake_bfl() as fake:
        yield fake


@pytest.fixture
def by_hand(studio: Studio, database: Database, settings: Settings, bfl: FakeBfl) -> ByHand:
    return ByHand(studio, database, settings, BlackForestLabs(bfl.url, KEY))


async def test_words_become_a_picture_by_a_maker_elsewhere_in_the_worker_as_it_is(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID, bfl: FakeBfl
) -> None:
    id = await ask(database, ada, Wish(scene, seed=7, image_size="768x1024", count=2), of=("bfl",))
    await run_all(replace(settings, image_providers="bfl", bfl_url=bfl.url, bfl_api_key=KEY), wait=False)
    done = await read_generation(database, user_actor(ada), id)
    assert (done["status"], done["progress"], [image["seed"] for image in studio.images(id)]) == ("done", 100, [7, 8])
    assert sorted((job.model, job.inputs["seed"]) for job in bfl.jobs.values()) == [
        ("flux-pro-1.1", 7), ("flux-pro-1.1", 8),
    ]  # fmt: skip
    assert {(job.inputs["width"], job.inputs["height"]) for job in bfl.jobs.values()} == {(768, 1024)}
    assert "negative_prompt" not in next(iter(bfl.jobs.values())).inputs
    for image in studio.images(id):
        assert image["model"] == "flux-pro-1.1"
        assert image["metadata"]["provider"] == "bfl"
        assert "secret" not in str(image["metadata"]), "the scene's words stay with the server"
        place = Place("images", image["image_url"].removeprefix(IMAGES_URL))
        async with read_object(database, DiskBlobs(settings.objects_path), user_actor(ada), place) as opened:
            assert opened.row.owner_id == str(ada)
    assert studio.used(ada) == 2
    assert [row["cost_microdollars"] for row in studio.remote(id)] == [45_000, 45_000]


async def test_a_photo_goes_to_the_model_that_keeps_the_person(
    studio: Studio, database: Database, ada: UUID, scene: UUID, bfl: FakeBfl, by_hand: ByHand
) -> None:
    photo = portrait_bytes(300, 400)
    id = await ask(database, ada, Wish(scene, await studio.photo(database, ada, photo)), of=("bfl",))
    await by_hand.finish()
    (job,) = bfl.jobs.values()
    assert job.model == "flux-2-pro"
    assert base64.b64decode(job.inputs["input_image"]) == bare_picture("image/jpeg", photo)
    assert studio.generation(id)["model"] == "flux-2-pro"


@pytest.mark.parametrize(
    ("refusals", "says", "end", "status", "error_code"),
    [
        ([(402, {})], [], READY, "failed", "provider_unavailable"),
        ([(403, {})], [], READY, "failed", "provider_unavailable"),
        ([(422, {})], [], READY, "failed", "provider_unavailable"),
        ([(429, {"retry-after": "3"})] * 5, [], READY, "failed", "provider_unavailable"),
        ([(503, {})] * 5, [], READY, "failed", "provider_unavailable"),
        ([], [], {"status": "Request Moderated"}, "moderated", "moderated"),
        ([], [{"status": "Reasoning"}], {"status": "Content Moderated"}, "moderated", "moderated"),
        ([], [{"status": "Pending"}], {"status": "Error"}, "failed", "failed"),
    ],
)
async def test_an_end_without_a_picture_is_data_and_the_quota_comes_back_once(
    studio: Studio, database: Database, ada: UUID, scene: UUID, bfl: FakeBfl, by_hand: ByHand,
    refusals: list[Any], says: list[Any], end: dict[str, Any], status: str, error_code: str,
) -> None:  # fmt: skip
    bfl.refusals.extend(refusals)
    bfl.says, bfl.end = says, end
    id = await ask(database, ada, Wish(scene), of=("bfl",))
    assert studio.used(ada) == 1
    await by_hand.finish()
    row = studio.generation(id)
    assert (row["status"], row["error_code"], studio.images(id)) == (status, error_code, [])
    assert studio.used(ada) == 0
    assert bfl.submissions == max(len(refusals), 1)
    assert [each["cost_microdollars"] for each in studio.remote(id)] == [45_000 if not refusals else 0]


@pytest.mark.parametrize("refusal", [(429, {"retry-after": "3"}), (500, {}), (503, {})])
async def test_a_provider_that_says_later_is_asked_later(
    studio: Studio, database: Database, ada: UUID, scene: UUID, bfl: FakeBfl, by_hand: ByHand, refusal: Any
) -> None:
    bfl.refusals.append(refusal)
    id = await ask(database, ada, Wish(scene), of=("bfl",))
    await by_hand.round()
    seconds = studio.one("select extract(epoch from due_at - now()) from private.remote_pictures")
    asked = float(refusal[1].get("retry-after", 1))
    assert asked - 1 < seconds <= asked
    await by_hand.finish()
    assert studio.generation(id)["status"] == "done"
    assert (bfl.submissions, len(bfl.jobs)) == (2, 1)


@pytest.mark.parametrize(
    ("refusal", "told"), [((402, {}), ("stop", 600)), ((429, {"retry-after": "7"}), ("wait", 7)), ((503, {}), None)]
)
async def test_it_is_told_which_provider_is_not_asked_for_a_while(
    studio: Studio, database: Database, ada: UUID, scene: UUID, bfl: FakeBfl, by_hand: ByHand, refusal: Any, told: Any
) -> None:
    bfl.refusals.append(refusal)
    await ask(database, ada, Wish(scene), of=("bfl",))
    await by_hand.round()
    rows = studio.owner("delete from private.image_circuits returning provider, state, until - told_at as pause")
    assert [(row["state"], round(row["pause"].total_seconds())) for row in rows] == ([told] if told else [])
    await by_hand.finish()


@pytest.mark.parametrize("how", ["half", "gone", "slow"])
async def test_a_delivery_that_goes_wrong_is_fetched_again_and_not_paid_again(
    studio: Studio, database: Database, ada: UUID, scene: UUID, bfl: FakeBfl, by_hand: ByHand, how: str
) -> None:
    bfl.deliveries.extend([how, how])
    bfl.poll_refusals.extend([(500, {}), (429, {"retry-after": "0"})])
    id = await ask(database, ada, Wish(scene), of=("bfl",))
    await by_hand.finish()
    assert studio.generation(id)["status"] == "done"
    assert (bfl.submissions, len(studio.images(id))) == (1, 1)


async def test_a_result_that_is_gone_for_good_ends_the_picture(
    studio: Studio, database: Database, ada: UUID, scene: UUID, bfl: FakeBfl, by_hand: ByHand
) -> None:
    bfl.deliveries.extend(["gone"] * 9)
    id = await ask(database, ada, Wish(scene), of=("bfl",))
    await by_hand.finish()
    assert (studio.generation(id)["error_code"], studio.used(ada), bfl.submissions) == ("failed", 0, 1)
    assert [row["cost_microdollars"] for row in studio.remote(id)] == [45_000], "what was paid stays on the books"


async def test_who_is_here_makes_what_who_is_elsewhere_does_not(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID, bfl: FakeBfl, by_hand: ByHand
) -> None:
    bfl.refusals.append((402, {}))
    photo = await studio.photo(database, ada)
    id = await ask(database, ada, Wish(scene, photo, seed=5, count=2), of=("bfl", "memory"))
    await by_hand.finish()
    await work(settings, database)
    assert studio.generation(id)["status"] == "done"
    made = sorted((image["seed"], image["model"]) for image in studio.images(id))
    # whoever has no credit left is asked for nothing more, and the other may have been asked for already
    assert made in (
        [(5, "memory-1"), (6, "flux-2-pro")], [(5, "flux-2-pro"), (6, "memory-1")], [(5, "memory-1"), (6, "memory-1")],
    )  # fmt: skip
    assert (studio.used(ada), len(bfl.jobs)) == (2, [model for _, model in made].count("flux-2-pro"))


async def test_what_is_refused_for_what_it_shows_is_made_by_nobody_else(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID, bfl: FakeBfl, by_hand: ByHand
) -> None:
    bfl.end = {"status": "Content Moderated"}
    id = await ask(database, ada, Wish(scene, await studio.photo(database, ada)), of=("bfl", "memory"))
    await by_hand.finish()
    await work(settings, database)
    assert (studio.generation(id)["status"], studio.images(id), studio.used(ada)) == ("moderated", [], 0)


async def test_a_scene_has_an_order_of_its_own_among_those_there_are(
    studio: Studio, database: Database, ada: UUID, scene: UUID
) -> None:
    studio.owner("insert into private.scene_providers values (%s, '{fal,bfl}')", scene)
    elsewhere = await ask(database, ada, Wish(scene), of=("memory", "bfl"))
    here = await ask(database, ada, Wish(studio.scene()), of=("memory", "bfl"))
    assert [row["providers"] for row in studio.remote(elsewhere)] == [["bfl"]]
    assert studio.remote(here) == []


async def test_what_is_cancelled_is_fetched_by_nobody_and_its_quota_comes_back(
    studio: Studio, database: Database, ada: UUID, bo: UUID, scene: UUID, bfl: FakeBfl, by_hand: ByHand
) -> None:
    sent = await ask(database, ada, Wish(scene), of=("bfl",))
    await by_hand.round()
    unsent = await ask(database, bo, Wish(scene), of=("bfl",))
    for person, id in ((ada, sent), (bo, unsent)):
        await cancel_generation(database, user_actor(person), id)
    await by_hand.finish()
    assert [studio.generation(id)["status"] for id in (sent, unsent)] == ["canceled"] * 2
    assert [row["status"] for id in (sent, unsent) for row in studio.remote(id)] == ["canceled"] * 2
    assert [row["cost_microdollars"] for id in (sent, unsent) for row in studio.remote(id)] == [45_000, 0]
    assert (bfl.submissions, studio.used(ada), studio.used(bo)) == (1, 0, 0)
    assert not any(job.is_fetched for job in bfl.jobs.values())


async def test_what_is_cancelled_while_it_is_sent_stores_nothing(
    studio: Studio, database: Database, ada: UUID, scene: UUID, bfl: FakeBfl, by_hand: ByHand
) -> None:
    bfl.answers_submissions.clear()
    id = await ask(database, ada, Wish(scene), of=("bfl",))
    round = asyncio.create_task(by_hand.round())
    await eventually_async(_said(lambda: bool(bfl.jobs)))
    await cancel_generation(database, user_actor(ada), id)
    bfl.answers_submissions.set()
    await round
    assert [row["status"] for row in studio.remote(id)] == ["waiting"], "its job is known, so that it can be cancelled"
    await by_hand.finish()
    assert (studio.images(id), studio.used(ada), bfl.submissions) == ([], 0, 1)


async def test_a_person_who_is_erased_leaves_no_picture_and_the_cost_on_the_books(
    studio: Studio, database: Database, scene: UUID, bfl: FakeBfl, by_hand: ByHand
) -> None:
    gone = studio.person()
    await ask(database, gone, Wish(scene), of=("bfl",))
    await by_hand.round()
    studio.owner("delete from auth.users where id = %s", gone)
    await by_hand.finish()
    rows = studio.owner("select status, cost_microdollars from private.remote_pictures where generation_id is null")
    assert rows == [{"status": "canceled", "cost_microdollars": 45_000}]


async def test_a_hand_that_comes_back_late_writes_nothing(
    studio: Studio, database: Database, ada: UUID, scene: UUID, bfl: FakeBfl, by_hand: ByHand
) -> None:
    bfl.says = []
    id = await ask(database, ada, Wish(scene), of=("bfl",))
    await by_hand.round()
    (late,) = await by_hand.take()
    (now,) = await by_hand.take()
    await asyncio.gather(by_hand.maker.step(late), by_hand.maker.step(now))
    await by_hand.maker.step(late)
    assert (len(studio.images(id)), studio.used(ada), studio.generation(id)["status"]) == (1, 1, "done")


async def test_a_lost_answer_is_never_asked_for_again(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID, bfl: FakeBfl, by_hand: ByHand
) -> None:
    id = await ask(database, ada, Wish(scene), of=("bfl",))
    (taken,) = await by_hand.take()
    bfl.answers_submissions.clear()
    step = asyncio.create_task(by_hand.maker.step(taken))
    await eventually_async(_said(lambda: bool(bfl.jobs)))
    step.cancel()  # the worker dies between the question and the answer
    await asyncio.gather(step, return_exceptions=True)
    bfl.answers_submissions.set()
    for _ in range(3):
        await by_hand.round()
    assert [row["status"] for row in studio.remote(id)] == ["sending"], "a word may come still"
    studio.owner("update private.remote_pictures set sent_at = now() - interval '1 hour'")
    await by_hand.finish()
    assert [row["status"] for row in studio.remote(id)] == ["lost"]
    assert (studio.generation(id)["error_code"], studio.used(ada), bfl.submissions) == ("failed", 0, 1)


async def test_nobody_elsewhere_is_there(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID
) -> None:
    nowhere = ByHand(studio, database, settings, BlackForestLabs("http://127.0.0.1:9", KEY))
    id = await ask(database, ada, Wish(scene), of=("bfl",))
    await nowhere.finish()
    assert (studio.generation(id)["error_code"], studio.used(ada)) == ("provider_unavailable", 0)


async def test_a_key_that_is_not_taken_stops_at_once(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID, bfl: FakeBfl
) -> None:
    id = await ask(database, ada, Wish(scene), of=("bfl",))
    await ByHand(studio, database, settings, BlackForestLabs(bfl.url, "another")).finish()
    assert (studio.generation(id)["error_code"], bfl.submissions) == ("provider_unavailable", 1)


def _said(check: Any) -> Any:
    async def said() -> bool:
        return bool(check())

    return said
