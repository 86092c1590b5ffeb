"""`/webhooks/<maker>`: who is believed, and that what is forged, stale, repeated or about nobody's picture does no harm."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sahne.database.pool import Database
from sahne.settings import Settings
from sahne.studio.requests import Wish
from tests.conftest import free_port, running_server
from tests.queued_makers import REPLICATE_SECRET, FakeFal, FakeReplicate, fake_fal
from tests.studio import Studio, ask

BFL_SECRET = "a secret of bfl's webhooks"
LATER = "update private.remote_pictures set due_at = now() + interval '1 hour'"
IS_DUE = "select due_at <= now() from private.remote_pictures where id = %s"
Signed = tuple[bytes, dict[str, str]]


@pytest.fixture(scope="module")
def fal() -> Iterator[FakeFal]:
    with fake_fal() as fake:
        yield fake


@pytest.fixture(scope="module")
def door(settings: Settings, fal: FakeFal) -> Iterator[httpx.Client]:
    made = replace(
        settings,
        port=free_port(),
        image_providers="bfl, fal, replicate",
        bfl_api_key="k",
        bfl_url="https://api.eu.bfl.ai",
        bfl_webhook_secret=BFL_SECRET,
        fal_key="k",
        fal_jwks_url=f"{fal.url}/.well-known/jwks.json",
        replicate_api_token="t",
        replicate_webhook_secret=REPLICATE_SECRET,
    )
    with running_server(made), httpx.Client(base_url=f"{made.api_url}/webhooks") as client:
        yield client


@pytest.fixture
def studio(database_url: str, settings: Settings) -> Studio:
    return Studio(database_url, settings)


def waiting(studio: Studio, maker: str, job: str, status: str = "waiting") -> UUID:
    """A picture that is looked at in an hour, unless somebody says a word."""

    async def asked() -> UUID:
        async with Database(studio.settings.authenticator_url, connections_max=1) as database:
            return await ask(database, studio.person(), Wish(studio.scene()), of=("bfl",))

    (row,) = studio.remote(asyncio.run(asked()))
    studio.owner(
        "update private.remote_pictures set status = %s, provider = %s, provider_job_id = %s, handle = '{}'::jsonb,"
        " due_at = now() + interval '1 hour', sent_at = now() where id = %s",
        status, maker, job if status == "waiting" else None, row["id"],
    )  # fmt: skip
    return UUID(str(row["id"]))


def of_bfl(job: str, secret: str = BFL_SECRET) -> Signed:
    body = orjson.dumps({"id": job, "status": "Ready"})
    return body, {"x-bfl-signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def signed(maker: str, job: str, fal: FakeFal) -> Signed:
    signers: dict[str, Callable[[str], Signed]]
    signers = {"bfl": of_bfl, "fal": fal.signed, "replicate": FakeReplicate().signed}
    return signers[maker](job)


@pytest.mark.parametrize("maker", ["bfl", "fal", "replicate"])
def test_a_word_brings_the_next_look_forward_and_a_second_one_does_no_harm(
    studio: Studio, door: httpx.Client, fal: FakeFal, maker: str
) -> None:
    job = uuid4().hex
    id = waiting(studio, maker, job)
    other = waiting(studio, maker, uuid4().hex)
    body, headers = signed(maker, job, fal)
    for _ in range(3):
        assert door.post(f"/{maker}", content=body, headers=headers).status_code == 200
    assert (studio.one(IS_DUE, id), studio.one(IS_DUE, other)) == (True, False)
    studio.owner("update private.remote_pictures set status = 'done', finished_at = now() where id = %s", id)
    assert door.post(f"/{maker}", content=body, headers=headers).status_code == 200
    assert studio.one("select status from private.remote_pictures where id = %s", id) == "done"
    assert fal.jwks_asked <= 1, "its keys are kept"


@pytest.mark.parametrize("maker", ["bfl", "fal", "replicate"])
def test_a_word_about_nobodys_job_is_heard_and_forgotten(
    studio: Studio, door: httpx.Client, fal: FakeFal, maker: str
) -> None:
    before = studio.owner("select id, due_at from private.remote_pictures order by id")
    body, headers = signed(maker, uuid4().hex, fal)
    assert door.post(f"/{maker}?picture=nonsense", content=body, headers=headers).status_code == 200
    assert studio.owner("select id, due_at from private.remote_pictures order by id") == before


@pytest.mark.parametrize("maker", ["bfl", "fal", "replicate"])
def test_what_is_forged_is_refused(studio: Studio, door: httpx.Client, fal: FakeFal, maker: str) -> None:
    job = uuid4().hex
    id = waiting(studio, maker, job)
    body, headers = signed(maker, job, fal)
    another = {
        "bfl": of_bfl(job, "somebody else's secret"),
        "fal": fal.signed(job, key=Ed25519PrivateKey.generate()),
        "replicate": FakeReplicate().signed(job, secret="whsec_" + "c29tZWJvZHkgZWxzZSdzIHNlY3JldA=="),
    }[maker]
    forged = [
        (body, {}),
        (body + b" ", headers),
        (body, dict.fromkeys(headers, "nonsense")),
        (body, dict.fromkeys(headers, "\xff")),
        another,
    ]
    for sent, given in forged:
        raw = {name.encode(): value.encode("latin-1") for name, value in given.items()}
        answer = door.post(f"/{maker}", content=sent, headers=raw)
        assert (answer.status_code, answer.json()["code"]) == (401, "image_webhook_refused")
    assert studio.one(IS_DUE, id) is False


@pytest.mark.parametrize("age", [-400, 400])
@pytest.mark.parametrize("maker", ["fal", "replicate"])
def test_what_was_signed_at_another_time_is_refused(
    studio: Studio, door: httpx.Client, fal: FakeFal, maker: str, age: float
) -> None:
    job = uuid4().hex
    id = waiting(studio, maker, job)
    body, headers = fal.signed(job, age=age) if maker == "fal" else FakeReplicate().signed(job, age=age)
    assert door.post(f"/{maker}", content=body, headers=headers).status_code == 401
    assert studio.one(IS_DUE, id) is False


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": ""}', b"\xff"])
def test_what_is_signed_and_says_nothing_is_refused(door: httpx.Client, body: bytes) -> None:
    headers = {"x-bfl-signature": hmac.new(BFL_SECRET.encode(), body, hashlib.sha256).hexdigest()}
    answer = door.post("/bfl", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "image_webhook_unreadable")


@pytest.mark.parametrize("maker", ["bfl", "replicate"])
def test_a_word_names_the_job_whose_answer_was_lost(
    studio: Studio, door: httpx.Client, fal: FakeFal, maker: str
) -> None:
    id, job = waiting(studio, maker, "", status="sending"), uuid4().hex
    body, headers = signed(maker, job, fal)
    assert door.post(f"/{maker}?picture={id}", content=body, headers=headers).status_code == 200
    (row,) = studio.owner("select * from private.remote_pictures where id = %s", id)
    assert (row["status"], row["provider_job_id"]) == ("waiting", job)
    assert row["handle"]["poll_url"].startswith("https://api."), "an address of the maker's own, not of the body's"
    body, headers = signed(maker, uuid4().hex, fal)
    door.post(f"/{maker}?picture={id}", content=body, headers=headers)
    assert studio.one("select provider_job_id from private.remote_pictures where id = %s", id) == job


def test_who_is_not_asked_has_no_door(server_without_makers: str) -> None:
    assert httpx.post(f"{server_without_makers}/webhooks/bfl", content=b"{}").status_code == 404


@pytest.fixture
def server_without_makers(settings: Settings) -> Iterator[str]:
    made = replace(settings, port=free_port())
    with running_server(made):
        yield made.api_url
