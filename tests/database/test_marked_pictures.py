"""What lies in the store after a generation says of itself what it is, whoever made it."""

from __future__ import annotations

from uuid import UUID

import pytest

from sahne.database.actor import user_actor
from sahne.database.pool import Database
from sahne.digital_sources import DigitalSource
from sahne.objects.names import Place
from sahne.objects.read import read_object
from sahne.providers.blobs.disk import DiskBlobs
from sahne.providers.images.bfl import BlackForestLabs
from sahne.providers.images.credentials import ContentCredentials
from sahne.providers.images.marks import has_manifest
from sahne.providers.images.memory import MemoryImages
from sahne.providers.images.signing_key import read_signing_key
from sahne.settings import Settings
from sahne.studio.generations import IMAGES_URL
from sahne.studio.marks import Marks
from sahne.studio.requests import Wish
from tests.content_credentials import Credentials, read_credentials
from tests.image_providers import KEY, fake_bfl
from tests.remote import ByHand
from tests.studio import Studio, ask, work

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def marks(tmp_path_factory: pytest.TempPathFactory) -> Marks:
    key = tmp_path_factory.mktemp("installation") / "provenance.pem"
    return Marks(ContentCredentials(read_signing_key(key, is_made=True)))


async def stored(database: Database, settings: Settings, owner: UUID, url: str) -> bytes:
    place = Place("images", url.removeprefix(IMAGES_URL))
    async with read_object(database, DiskBlobs(settings.objects_path), user_actor(owner), place) as opened:
        return b"".join([chunk async for chunk in opened.blob.chunks()])


def source_of(told: Credentials) -> str:
    (action,) = told.actions
    return str(action["digitalSourceType"]).rpartition("/")[2]


async def test_a_picture_made_here_and_its_thumbnail_are_signed(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID, marks: Marks
) -> None:
    id = await ask(database, ada, Wish(scene, await studio.photo(database, ada)))
    await work(settings, database, MemoryImages(), marks=marks)
    (image,) = studio.images(id)
    for url in (image["image_url"], image["thumbnail_url"]):
        data = await stored(database, settings, ada, url)
        told = read_credentials("image/png", data)
        assert source_of(told) == "algorithmicMedia"
        assert DigitalSource.ALGORITHMIC.uri.encode() in data
        assert not [word for word in (b"secret", str(ada).encode(), b"sunset") if word in data]
    assert image["metadata"]["digital_source"] == "algorithmicMedia"
    assert image["metadata"]["content_credentials"] is True


async def test_without_marks_it_is_stored_as_it_was_made(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID
) -> None:
    id = await ask(database, ada, Wish(scene, await studio.photo(database, ada)))
    await work(settings, database)
    (image,) = studio.images(id)
    assert not has_manifest(await stored(database, settings, ada, image["image_url"]))
    assert "content_credentials" not in image["metadata"]


@pytest.mark.parametrize("with_photo", [True, False])
async def test_a_picture_made_elsewhere_has_our_manifest_in_place_of_its_makers(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID, marks: Marks, with_photo: bool
) -> None:
    theirs = ContentCredentials(read_signing_key(settings.data / "of-bfl.pem", is_made=True))
    with fake_bfl() as bfl:
        bfl.dress = lambda png: theirs.sign("image/png", png, DigitalSource.TRAINED, "flux")
        by_hand = ByHand(studio, database, settings, BlackForestLabs(bfl.url, KEY), marks=marks)
        photo = await studio.photo(database, ada) if with_photo else None
        id = await ask(database, ada, Wish(scene, photo), of=("bfl",))
        await by_hand.finish()
    (image,) = studio.images(id)
    told = read_credentials("image/png", await stored(database, settings, ada, image["image_url"]))
    assert source_of(told) == ("compositeWithTrainedAlgorithmicMedia" if with_photo else "trainedAlgorithmicMedia")
    assert told.actions[0]["softwareAgent"]["name"] == image["model"]
    assert "own manifest is not in here" in told.actions[0]["description"]
    assert image["metadata"]["manifest_replaced"] is True
