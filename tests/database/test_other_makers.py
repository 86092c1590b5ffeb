"""fal and Replicate: the same life of a picture over their wires, and whose words are believed."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from sahne.database.actor import user_actor
from sahne.database.pool import Database
from sahne.objects.bare_pictures import bare_picture
from sahne.providers.images.fal import Fal
from sahne.providers.images.provider import ImageProvider
from sahne.providers.images.replicate import Replicate
from sahne.settings import Settings
from sahne.studio.generations import cancel_generation
from sahne.studio.requests import Wish
from tests.portraits import portrait_bytes
from tests.queued_makers import (
    FAL_KEY,
    REPLICATE_SECRET,
    REPLICATE_TOKEN,
    fake_fal,
    fake_replicate,
)
from tests.remote import ByHand
from tests.studio import Studio, ask

pytestmark = pytest.mark.anyio
HOOKS = "https://studio.example.com/webhooks"


@dataclass(frozen=True, slots=True)
class Maker:
    """A maker with its fake, and how this one says what they all can say."""

    name: str
    fake: Any
    provider: ImageProvider
    moderated: Any
    failed: Any


@pytest.fixture(params=["fal", "replicate"])
def maker(request: pytest.FixtureRequest) -> Iterator[Maker]:
    if request.param == "fal":
        with fake_fal() as fal:
            provider = Fal(fal.url, FAL_KEY, f"{fal.url}/.well-known/jwks.json")
            yield Maker("fal", fal, provider, "policy", "error")
        return
    with fake_replicate() as replicate:
        yield Maker(
            "replicate",
            replicate,
            Replicate(replicate.url, REPLICATE_TOKEN, webhook_secret=REPLICATE_SECRET),
            {"status": "failed", "error": "The input or output was flagged as sensitive. (E005)"},
            {"status": "failed", "error": "CUDA out of memory"},
        )


@pytest.fixture
def by_hand(studio: Studio, database: Database, settings: Settings, maker: Maker) -> ByHand:
    return ByHand(studio, database, settings, maker.provider, webhooks_url=HOOKS)


async def test_words_become_a_picture(
    studio: Studio, database: Database, ada: UUID, scene: UUID, maker: Maker, by_hand: ByHand
) -> None:
    id = await ask(database, ada, Wish(scene, seed=9, image_size="768x1024"), of=(maker.name,))
    await by_hand.finish()
    (image,) = studio.images(id)
    assert (image["model"], image["metadata"]["provider"], image["seed"]) == ("flux-pro-1.1", maker.name, 9)
    (row,) = studio.remote(id)
    assert (row["status"], row["cost_microdollars"]) == ("done", 40_000)
    assert maker.fake.webhooks == [f"{HOOKS}/{maker.name}?picture={row['id']}"]
    assert "negative_prompt" not in next(iter(maker.fake.jobs.values()))["inputs"]


async def test_a_photo_goes_along_as_they_take_it(
    studio: Studio, database: Database, ada: UUID, scene: UUID, maker: Maker, by_hand: ByHand
) -> None:
    photo = portrait_bytes(300, 400)
    id = await ask(database, ada, Wish(scene, await studio.photo(database, ada, photo)), of=(maker.name,))
    await by_hand.finish()
    assert studio.generation(id)["model"] == "flux-2-pro"
    inputs = next(iter(maker.fake.jobs.values()))["inputs"]
    (sent,) = inputs.get("image_urls") or inputs.get("input_images")
    assert base64.b64decode(sent.removeprefix("data:image/jpeg;base64,")) == bare_picture("image/jpeg", photo)
    assert b"A camera with a serial number" in photo
    assert b"A camera with a serial number" not in base64.b64decode(sent.partition(",")[2])


@pytest.mark.parametrize("refusal", [402, 422, 401])
async def test_a_clear_no_costs_nothing(
    studio: Studio, database: Database, ada: UUID, scene: UUID, maker: Maker, by_hand: ByHand, refusal: int
) -> None:
    maker.fake.refusals.append(refusal)
    id = await ask(database, ada, Wish(scene), of=(maker.name,))
    await by_hand.finish()
    assert (studio.generation(id)["error_code"], studio.used(ada)) == ("provider_unavailable", 0)
    assert [row["cost_microdollars"] for row in studio.remote(id)] == [0]


@pytest.mark.parametrize(("how", "status"), [("moderated", "moderated"), ("failed", "failed")])
async def test_an_end_without_a_picture_is_data(
    studio: Studio, database: Database, ada: UUID, scene: UUID, maker: Maker, by_hand: ByHand, how: str, status: str
) -> None:
    maker.fake.end = getattr(maker, how)
    id = await ask(database, ada, Wish(scene), of=(maker.name,))
    await by_hand.finish()
    row = studio.generation(id)
    assert (row["status"], row["error_code"], studio.images(id), studio.used(ada)) == (status, status, [], 0)


async def test_what_is_cancelled_is_cancelled_there_too(
    studio: Studio, database: Database, ada: UUID, scene: UUID, maker: Maker, by_hand: ByHand
) -> None:
    id = await ask(database, ada, Wish(scene), of=(maker.name,))
    await by_hand.round()
    await cancel_generation(database, user_actor(ada), id)
    await by_hand.finish()
    assert maker.fake.cancelled == list(maker.fake.jobs)
    assert (studio.images(id), studio.used(ada)) == ([], 0)


async def test_fal_says_that_what_it_made_shows_too_much(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID
) -> None:
    with fake_fal() as fal:
        fal.end = "nsfw"
        id = await ask(database, ada, Wish(scene), of=("fal",))
        await ByHand(studio, database, settings, Fal(fal.url, FAL_KEY, fal.url)).finish()
    assert (studio.generation(id)["status"], studio.images(id)) == ("moderated", [])
