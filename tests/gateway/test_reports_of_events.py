"""What admins are told at the door, each report beside what it is told of; and nobody else is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.conftest import Running
from tests.world import World, bearer

REPORTS = ("overview", "retention", "funnel", "scenes", "generations", "makers", "live", "revenue")


class Desk:
    """An admin's desk over a few people's events."""

    def __init__(self, server: Running, world: World) -> None:
        self._client = httpx.Client(base_url=server.url, timeout=20)
        self.world = world
        self.ege = world.admin()
        self.morning = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

    def asks(self, who: UUID | None, report: str, **query: Any) -> httpx.Response:
        headers = bearer(who) if who else {}
        return self._client.get(f"/functions/v1/analytics/{report}", params=query, headers=headers)

    def told(self, report: str, **query: Any) -> Any:
        answer = self.asks(self.ege, report, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def happens(self, who: UUID | None, *names: str, days_ago: int = 0) -> None:
        for place, name in enumerate(names):
            at = self.morning - timedelta(days=days_ago) + place * timedelta(minutes=1)
            self.world.owner(
                "insert into public.analytics_events (id, user_id, event_name, created_at) values (%s, %s, %s, %s)",
                uuid4(), who, name, at,
            )  # fmt: skip
        while self.world.verb(None, "fold_analytics_day"):
            pass

    def close(self) -> None:
        self._client.close()


@pytest.fixture(scope="module")
def desk(server: Running, world: World) -> Iterator[Desk]:
    desk = Desk(server, world)
    yield desk
    desk.close()


@pytest.mark.parametrize("report", REPORTS)
def test_only_admins_are_told(desk: Desk, ada: UUID, report: str) -> None:
    refused = desk.asks(ada, report)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert desk.asks(None, report).status_code == 401
    assert desk.asks(desk.ege, report).status_code == 200


@pytest.mark.parametrize(
    ("report", "query"),
    [
        ("overview", {"days": 0}), ("overview", {"days": 93}), ("retention", {"unit": "year"}),
        ("retention", {"periods": 31}), ("funnel", {"steps": "opened"}), ("funnel", {"steps": "a,,b"}),
        ("funnel", {"steps": ",".join("abcdefghi")}), ("funnel", {"steps": "a,b", "window_hours": 0}),
        ("scenes", {"limit": 101}),
    ],
)  # fmt: skip
def test_what_is_out_of_bounds_is_refused(desk: Desk, report: str, query: dict[str, Any]) -> None:
    assert desk.asks(desk.ege, report, **query).status_code == 422


def test_people_come_come_again_and_go_their_way(desk: Desk) -> None:
    world = desk.world
    bo, dilek = world.person(), world.person()
    desk.happens(bo, "opened", "scene_viewed", "bought", days_ago=8)
    desk.happens(bo, "opened")
    desk.happens(dilek, "opened", "opened", days_ago=8)
    desk.happens(dilek, "scene_viewed", days_ago=6)
    desk.happens(None, "opened")

    days = {each["day"]: each for each in desk.told("overview", days=10)["days"]}
    today, before = days[f"{desk.morning:%Y-%m-%d}"], days[f"{desk.morning - timedelta(days=8):%Y-%m-%d}"]
    assert (today["people"], today["people_of_week"], today["people_of_month"]) == (1, 2, 2)
    assert (today["events"], today["events_of_nobody"], today["stickiness"]) == (2, 1, 0.5)
    assert (before["people"], before["events"]) == (2, 5)
    assert desk.told("overview", days=10)["events"][0] == {"event_name": "opened", "events": 5}
    assert desk.told("overview", days=1)["events"] == [{"event_name": "opened", "events": 2}]

    (cohort,) = desk.told("retention", unit="day", periods=10)["cohorts"]
    assert cohort == {
        "begins_on": f"{desk.morning - timedelta(days=8):%Y-%m-%d}",
        "people": [2, 0, 1, 0, 0, 0, 0, 0, 1],
    }
    assert desk.told("retention", unit="day", periods=3)["cohorts"] == []

    way = "opened,scene_viewed,bought"
    assert [each["people"] for each in desk.told("funnel", steps=way)["steps"]] == [2, 1, 1]
    assert [each["people"] for each in desk.told("funnel", steps=way, window_hours=72)["steps"]] == [2, 2, 1]
    assert [each["people"] for each in desk.told("funnel", steps="bought,opened")["steps"]] == [1, 0]
    assert [each["median_seconds"] for each in desk.told("funnel", steps=way)["steps"]] == [0, 60, 120]


def test_makers_are_told_by_what_they_made_and_whether_they_are_asked(desk: Desk) -> None:
    desk.world.owner(
        "insert into private.remote_pictures"
        " (seed, status, providers, provider, cost_microdollars, created_at, sent_at, finished_at)"
        " select 1, status, array['bfl'], 'bfl', 40000, now() - interval '3 seconds', now(), now()"
        "   from unnest('{done,done,failed,moderated}'::text[]) as status"
        " union all select 1, 'done', array['bfl'], 'bfl', 40000, at, at, now() from (select now() - interval '9 days') as old (at)"
    )
    for maker, seconds in (("bfl", -1), ("fal", 60)):
        desk.world.owner(
            "insert into private.image_circuits (provider, state, until)"
            " values (%s, 'stop', now() + make_interval(secs => %s))",
            maker, seconds,
        )  # fmt: skip
    told = desk.told("makers", days=7)
    bfl, fal = told["makers"]
    assert (bfl["maker"], bfl["pictures"], bfl["done"], bfl["failed"], bfl["moderated"]) == ("bfl", 4, 2, 1, 1)
    assert (bfl["cost_microdollars"], bfl["median_seconds"], bfl["p95_seconds"]) == (160_000, 3, 3)
    assert (bfl["state"], bfl["until"]) == ("ask", None), "what is over is over"
    assert (fal["maker"], fal["pictures"], fal["median_seconds"], fal["state"]) == ("fal", 0, None, "stop")
    assert datetime.fromisoformat(fal["until"]) > datetime.now(UTC)
    today = f"{desk.morning:%Y-%m-%d}"
    assert told["days"] == [{"day": today, "maker": "bfl", "pictures": 4, "cost_microdollars": 160_000}]


def test_days_are_those_of_the_house(desk: Desk) -> None:
    desk.world.owner("update private.settings set quota_time_zone = 'Pacific/Kiritimati'")
    desk.happens(desk.world.person(), "far")
    ahead = (datetime.now(UTC) + timedelta(hours=14)).date()
    told = desk.told("overview", days=1)
    assert (told["days"][0]["day"], told["time_zone"]) == (f"{ahead}", "Pacific/Kiritimati")
    desk.world.owner("update private.settings set quota_time_zone = 'UTC'")
