"""Makers of pictures elsewhere as the server tells of them: to people what each heeds, to operators what it costs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

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
        image_providers="bfl",
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
    (maker,) = answer.json()["makers"]
    assert (maker["name"], maker["text_prompt"], maker["photo_leaves"]) == ("bfl", True, True)
    assert maker["models"][0] == {"name": "flux-pro-1.1", "photo": False, "cost_microdollars": 40_000}
    assert "a key nobody is told" not in answer.text


def test_strangers_are_told_nothing(http: httpx.Client) -> None:
    assert http.get("/functions/v1/studio/makers").status_code == 401


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
    refused = request(http, bo, studio.scene())
    assert (refused.status_code, refused.json()["code"]) == (503, "budget_spent")
    assert studio.used(bo) == 0
    assert studio.owner("select 1 from public.generations where user_id = %s", bo) == []
