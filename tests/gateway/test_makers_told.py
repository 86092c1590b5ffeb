"""Makers of pictures elsewhere as the server tells of them: to people what each heeds, to operators what it costs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from sahne.settings import Settings
from tests.conftest import free_port, running_server
from tests.studio import Studio
from tests.world import bearer


@pytest.fixture(scope="module")
def studio(database_url: str, settings: Settings) -> Studio:
    return Studio(database_url, settings)


@pytest.fixture(scope="module")
def http(settings: Settings) -> Iterator[httpx.Client]:
    made = replace(
        settings,
        port=free_port(),
        image_providers="bfl,embedded,diffusers",
        diffusers_model=Path("/srv/models/tiny"),
        bfl_api_key="a key nobody is told",
        image_budget_day_dollars=1.0,
    )
    with running_server(made), httpx.Client(base_url=made.api_url) as client:
        yield client


def request(http: httpx.Client, person: UUID, scene: UUID) -> httpx.Response:
    headers = bearer(person) | {"Idempotency-Key": "one"}
    return http.post("/functions/v1/studio/generations", json={"scene_id": str(scene)}, headers=headers)


def test_people_are_told_what_a_maker_heeds_and_that_their_photo_leaves(studio: Studio, http: httpx.Client) -> None:
    answer = http.get("/functions/v1/studio/makers", headers=bearer(studio.person()))
    maker, here, own = answer.json()["makers"]
    assert (maker["name"], maker["text_prompt"], maker["photo_leaves"]) == ("bfl", True, True)
    assert (maker["company"], here["company"], here["photo_leaves"]) == ("Black Forest Labs", None, False)
    assert maker["models"][0] == {"name": "flux-pro-1.1", "photo": False, "cost_microdollars": 40_000}
    assert (own["name"], own["text_prompt"], own["keeps_face"], own["photo_leaves"]) == (
        "diffusers",
        True,
        False,
        False,
    )
    assert "a key nobody is told" not in answer.text
    assert "/srv/models" not in answer.text


def making(http: httpx.Client, person: UUID, scene: UUID) -> httpx.Response:
    return http.get(f"/functions/v1/studio/scenes/{scene}/making", headers=bearer(person))


def test_before_a_picture_is_asked_for_one_is_told_to_whom_the_photo_goes(studio: Studio, http: httpx.Client) -> None:
    ada, scene = studio.person(), studio.scene()
    told = making(http, ada, scene).json()["making"]
    assert [each["name"] for each in told["makers"]] == ["bfl", "embedded"]
    assert told["photo_goes_to"] == ["Black Forest Labs"]
    elsewhere, here = told["makers"]
    assert (elsewhere["takes_photo"], elsewhere["needs_photo"], elsewhere["keeps_face"]) == (True, False, False)
    assert (elsewhere["text_prompt"], here["text_prompt"]) == (True, False)
    assert (here["takes_photo"], here["needs_photo"], here["keeps_face"]) == (True, True, True)
    assert "your photo is sent there" in elsewhere["words"]
    assert "does not leave it" in here["words"]
    assert (here["seconds_min"], elsewhere["seconds_max"]) == (None, None), "nothing was made yet"
    assert {"1024x1024", "720x1280"} <= set(told["sizes"])


def test_of_a_scene_that_is_made_here_the_photo_goes_nowhere_and_is_handed_to_nobody_after(
    studio: Studio, http: httpx.Client
) -> None:
    ada, scene = studio.person(), studio.scene()
    studio.owner("insert into private.scene_providers (scene_id, providers) values (%s, '{embedded,bfl}')", scene)
    told = making(http, ada, scene).json()["making"]
    assert ([each["name"] for each in told["makers"]], told["photo_goes_to"]) == (["embedded"], [])
    generation = http.post(
        "/functions/v1/studio/generations",
        json={"scene_id": str(scene)},
        headers=bearer(ada) | {"Idempotency-Key": "h"},
    ).json()["generation"]["id"]
    assert studio.remote(UUID(generation)) == [], "as it was told"


def test_of_a_scene_that_a_model_here_draws_one_is_told_that_the_face_is_drawn_anew(
    studio: Studio, http: httpx.Client
) -> None:
    scene = studio.scene()
    studio.owner("insert into private.scene_providers (scene_id, providers) values (%s, '{diffusers,bfl}')", scene)
    told = making(http, studio.person(), scene).json()["making"]
    (own,) = told["makers"]
    assert (own["name"], told["photo_goes_to"]) == ("diffusers", [])
    assert (own["takes_photo"], own["needs_photo"], own["keeps_face"]) == (True, False, False)
    assert "your photo does not leave it" in own["words"]
    assert "what the scene asks for" in own["words"]
    assert "drawn anew" in own["words"]


def test_how_long_it_takes_is_told_by_what_each_maker_here_took(studio: Studio, http: httpx.Client) -> None:
    bo, scene, own = studio.person(), studio.scene(), studio.scene()
    studio.owner("insert into private.scene_providers (scene_id, providers) values (%s, '{diffusers}')", own)
    for maker, seconds in [("embedded", 1.2), ("diffusers", 90)] * 3:
        generation = studio.put(
            "generations", user_id=bo, requested_count=1, idempotency_key=str(uuid4()), provider=maker, status="running"
        )
        studio.put(
            "generated_images",
            user_id=bo,
            image_url=f"/{generation}.png",
            prompt="p",
            generation_id=generation,
            generation_time=seconds,
        )
    told = [making(http, bo, each).json()["making"]["makers"][-1] for each in (scene, own)]
    assert [(each["name"], each["seconds_min"], each["seconds_max"]) for each in told] == [
        ("embedded", 2, 2),
        ("diffusers", 90, 90),
    ]


def test_a_maker_without_a_model_for_photos_is_sent_none(studio: Studio, http: httpx.Client) -> None:
    ada, scene = studio.person(), studio.scene()
    studio.owner("update private.image_models set is_active = false where provider = 'bfl' and photo_field is not null")
    told = making(http, ada, scene).json()["making"]
    studio.owner("update private.image_models set is_active = true where provider = 'bfl'")
    assert (told["makers"][0]["takes_photo"], told["photo_goes_to"]) == (False, [])
    assert "and no photo" in told["makers"][0]["words"]


def test_of_a_scene_that_is_not_offered_nothing_is_told(studio: Studio, http: httpx.Client) -> None:
    answer = making(http, studio.person(), studio.scene(active=False))
    assert (answer.status_code, answer.json()["code"]) == (404, "scene_not_found")


def test_strangers_are_told_nothing(http: httpx.Client) -> None:
    assert http.get("/functions/v1/studio/makers").status_code == 401
    assert http.get(f"/functions/v1/studio/scenes/{uuid4()}/making").status_code == 401


def test_operators_see_what_is_under_way_and_what_was_spent_and_people_why_no_more_is(
    studio: Studio, http: httpx.Client
) -> None:
    ada, bo = studio.person(), studio.person()
    assert request(http, ada, studio.scene()).status_code == 202
    studio.owner("update private.remote_pictures set sent_at = now(), cost_microdollars = 1000000")
    page = http.get("/metrics").text
    assert re.search(r'^sahne_remote_pictures\{provider="bfl",status="wanted"\} 1\.0$', page, re.MULTILINE)
    assert re.search(r'^sahne_image_spent_dollars\{period="day"\} 1\.0$', page, re.MULTILINE)
    assert re.search(r'^sahne_image_budget_dollars\{period="day"\} 1\.0$', page, re.MULTILINE)
    nowhere_else = studio.scene()
    studio.owner("insert into private.scene_providers (scene_id, providers) values (%s, '{bfl}')", nowhere_else)
    refused = request(http, bo, nowhere_else)
    assert (refused.status_code, refused.json()["code"]) == (503, "budget_spent")
    assert studio.used(bo) == 0
    assert studio.owner("select 1 from public.generations where user_id = %s", bo) == []
