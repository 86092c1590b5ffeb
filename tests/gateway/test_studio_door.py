"""`/functions/v1/studio/…` over HTTP: bodies, codes and refusals as clients meet them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import jwt
import pytest

from sahne.database.pool import Database
from sahne.gateway.own_secret import own_secret
from sahne.settings import Settings
from sahne.worker import work
from tests.conftest import Running
from tests.studio import Studio
from tests.world import bearer


@pytest.fixture(scope="module")
def studio(database_url: str, settings: Settings) -> Studio:
    return Studio(database_url, settings)


@pytest.fixture(scope="module")
def scene(studio: Studio) -> UUID:
    return studio.scene()


@pytest.fixture(scope="module")
def http(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/functions/v1/studio") as client:
        yield client


def photo_of(studio: Studio, person: UUID) -> str:
    async def upload() -> str:
        async with Database(studio.settings.authenticator_url, connections_max=1) as database:
            return await studio.photo(database, person)

    return asyncio.run(upload())


def make_pictures(settings: Settings) -> None:
    asyncio.run(work(replace(settings, image_providers="memory"), wait=False))


def ask(http: httpx.Client, person: UUID, body: dict[str, Any], key: str | None = None) -> httpx.Response:
    return http.post("/generations", json=body, headers=bearer(person) | {"Idempotency-Key": key or str(uuid4())})


def seconds_left(url: str, settings: Settings) -> float:
    """How long a signed URL is good for, by its token."""
    token = parse_qs(urlsplit(url).query)["token"][0]
    return float(jwt.decode(token, own_secret(settings), ["HS256"])["exp"]) - time.time()


def test_a_picture_is_asked_for_watched_and_shown(
    http: httpx.Client, studio: Studio, settings: Settings, ada: UUID, scene: UUID
) -> None:
    body = {"scene_id": str(scene), "photo_path": photo_of(studio, ada), "seed": 7}
    asked = ask(http, ada, body, "a key")
    id = asked.json()["generation"]["id"]
    assert asked.status_code == 202
    assert asked.json() == {"generation": {"id": id, "status": "queued", "progress": 0, "images": []}, "urls": {}}
    assert http.get("/quota", headers=bearer(ada)).json()["remaining"] == 9
    make_pictures(settings)
    answer = http.get(f"/generations/{id}", headers=bearer(ada)).json()
    assert (answer["generation"]["status"], answer["generation"]["progress"]) == ("done", 100)
    (image,) = answer["generation"]["images"]
    assert image["seed"] == 7
    assert not {"prompt", "negative_prompt"} & image.keys()
    urls = answer["urls"][image["id"]]
    for name in ("image", "medium", "thumbnail"):
        url = image[f"{name}_url"]
        assert urls[name].startswith(url.replace("/authenticated/", "/sign/") + "?token=")
        assert seconds_left(urls[name], settings) == pytest.approx(3600, abs=60)
    assert ask(http, ada, body, "a key").json() == asked.json(), "the same answer again"
    assert http.get("/quota", headers=bearer(ada)).json()["used"] == 1
    again = http.post(
        f"/images/{image['id']}/regenerate", json={"seed": "same"}, headers=bearer(ada) | {"Idempotency-Key": "again"}
    )
    assert (again.status_code, again.json()["generation"]["status"]) == (202, "queued")
    assert http.get("/quota", headers=bearer(ada)).json()["used"] == 2


def test_a_key_is_needed_and_stands_for_one_body(http: httpx.Client, ada: UUID, scene: UUID) -> None:
    body = {"scene_id": str(scene)}
    assert http.post("/generations", json=body, headers=bearer(ada)).status_code == 400
    first, second = ask(http, ada, body, "one"), ask(http, ada, {**body, "count": 2}, "one")
    assert first.status_code == 202
    assert (second.status_code, second.json()["code"]) == (422, "idempotency_key_reused")
    regenerate = http.post(f"/images/{uuid4()}/regenerate", headers=bearer(ada))
    assert regenerate.status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": -1}, {"seed": 2**32}, {"seed": "7"}, {"count": 0}, {"count": 99}, {"count": 5},
        {"image_size": "9999x9999"}, {"photo_path": ""}, {"scene_id": "no-uuid"}, {"prompt": "my own"},
    ],
    ids=str,
)  # fmt: skip
def test_values_out_of_bounds_are_refused(http: httpx.Client, ada: UUID, scene: UUID, wrong: dict[str, Any]) -> None:
    assert ask(http, ada, {"scene_id": str(scene), **wrong}).status_code == 422


def test_the_eleventh_picture_of_a_day_is_refused_with_the_quota(http: httpx.Client, ada: UUID, scene: UUID) -> None:
    for count in (4, 4, 2):
        assert ask(http, ada, {"scene_id": str(scene), "count": count}).status_code == 202
    refused = ask(http, ada, {"scene_id": str(scene)})
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
    assert refused.json()["details"]["remaining"] == 0
    quota = http.get("/quota", headers=bearer(ada)).json()
    assert set(quota) == {"used", "limit", "remaining", "resets_at", "is_premium"}
    assert (quota["used"], quota["limit"]) == (10, 10)


def test_a_cancelled_generation_gives_its_quota_back(
    http: httpx.Client, studio: Studio, ada: UUID, scene: UUID
) -> None:
    id = ask(http, ada, {"scene_id": str(scene), "count": 3}).json()["generation"]["id"]
    assert http.delete(f"/generations/{id}", headers=bearer(studio.person())).status_code == 404
    for _ in range(2):
        cancelled = http.delete(f"/generations/{id}", headers=bearer(ada))
        assert (cancelled.status_code, cancelled.json()["generation"]["status"]) == (200, "canceled")
    assert http.get("/quota", headers=bearer(ada)).json()["used"] == 0


def test_who_waits_hears_how_many_come_before_and_nothing_else_of_them(
    http: httpx.Client, studio: Studio, ada: UUID, scene: UUID
) -> None:
    wish = {"scene_id": str(scene), "photo_path": photo_of(studio, ada)}
    first, second = (ask(http, ada, wish).json()["generation"]["id"] for _ in range(2))
    bo = studio.person()
    last = ask(http, bo, {"scene_id": str(scene)}).json()["generation"]["id"]
    before = ahead_of(http, ada, first)
    assert before is not None
    assert (ahead_of(http, ada, second), ahead_of(http, bo, last)) == (before + 1, before + 2)
    http.delete(f"/generations/{first}", headers=bearer(ada))
    assert ahead_of(http, bo, last) == before + 1
    assert ahead_of(http, ada, first) is None, "what has ended waits no more"
    assert http.get(f"/generations/{last}", headers=bearer(ada)).status_code == 404


def ahead_of(http: httpx.Client, person: UUID, id: str) -> int | None:
    generation = http.get(f"/generations/{id}", headers=bearer(person)).json()["generation"]
    assert set(generation) <= {"id", "status", "progress", "ahead", "estimate", "images"}
    ahead: int | None = generation.get("ahead")
    return ahead


def test_a_failure_is_an_answer_and_not_an_error(
    http: httpx.Client, settings: Settings, ada: UUID, scene: UUID
) -> None:
    id = ask(http, ada, {"scene_id": str(scene)}).json()["generation"]["id"]
    make_pictures(settings)
    answer = http.get(f"/generations/{id}", headers=bearer(ada))
    assert answer.status_code == 200
    assert answer.json()["generation"]["error_code"] == "photo_required"
    ended = http.delete(f"/generations/{id}", headers=bearer(ada))
    assert (ended.status_code, ended.json()["code"]) == (409, "generation_ended")


def test_strangers_are_refused(http: httpx.Client, studio: Studio, ada: UUID, scene: UUID) -> None:
    bo, nobody = studio.person(), studio.person(anonymous=True)
    body = {"scene_id": str(scene)}
    id = ask(http, ada, body).json()["generation"]["id"]
    assert http.get(f"/generations/{id}", headers=bearer(bo)).status_code == 404
    assert http.get(f"/generations/{id}").status_code == 401
    assert http.post("/generations", json=body, headers={"Idempotency-Key": "x"}).status_code == 401
    anonymous = ask(http, nobody, body)
    assert (anonymous.status_code, anonymous.json()["code"]) == (403, "forbidden")
    stolen = ask(http, bo, {**body, "photo_path": photo_of(studio, ada)})
    assert stolen.status_code == 403
    locked = ask(http, bo, {"scene_id": str(studio.scene(premium=True))})
    assert (locked.status_code, locked.json()["code"]) == (403, "premium_required")
    assert ask(http, bo, {"scene_id": str(uuid4())}).status_code == 404
    assert http.get("/quota", headers=bearer(bo)).json()["used"] == 0
