"""`POST analytics/events` as apps send it: whose events are whose, what is told of each, how many may come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from sahne.analytics.errors import TooManyEvents
from sahne.database.actor import ANONYMOUS, SERVICE, user_actor
from sahne.gateway.event_rates import OF_A_PERSON, OF_AN_ADDRESS, EventRates
from sahne.gateway.functions.analytics import EVENTS_BODY_BYTES_MAX
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from tests.conftest import Running
from tests.world import World, bearer

PATH = "/functions/v1/analytics/events"


def event(**more: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "event_name": "opened", "created_at": datetime.now(UTC).isoformat()} | more


class App:
    """An app that reports, for somebody or nobody."""

    def __init__(self, server: Running) -> None:
        self._client = httpx.Client(base_url=server.url, timeout=20)

    def sends(self, who: UUID | None, *events: Any, **headers: str) -> httpx.Response:
        return self._client.post(PATH, json={"events": events}, headers=(bearer(who) if who else {}) | headers)

    def asks(self, who: UUID | None, method: str, body: Any = None) -> httpx.Response:
        headers = bearer(who) if who else {}
        return self._client.request(method, "/functions/v1/analytics/preferences", json=body, headers=headers)

    def close(self) -> None:
        self._client.close()


@pytest.fixture(scope="module")
def app(server: Running) -> Iterator[App]:
    app = App(server)
    yield app
    app.close()


def users_of(world: World, *ids: str) -> list[UUID | None]:
    rows = world.owner("select user_id from public.analytics_events where id = any (%s::uuid[]) order by id", list(ids))
    return [row["user_id"] for row in rows]


def test_events_are_taken_once_and_each_fault_is_told_by_its_place(app: App, world: World, bo: UUID) -> None:
    good, other = event(platform="ios", event_properties={"scene": "aurora"}), event()
    answer = app.sends(bo, good, event(event_name=""), good, other, "no event")
    assert answer.status_code == 200
    said = answer.json()
    assert (said["accepted"], said["repeated"], said["ignored"]) == (2, 1, 0)
    assert [(each["index"], each["code"]) for each in said["errors"]] == [
        (1, "invalid_event_name"),
        (4, "invalid_event"),
    ]
    assert app.sends(bo, good, other).json() == {"accepted": 0, "repeated": 2, "ignored": 0, "errors": []}
    assert users_of(world, good["id"], other["id"]) == [bo, bo]


def test_whose_events_they_are_the_token_says_and_no_body(app: App, world: World, bo: UUID, ada: UUID) -> None:
    lie = event(user_id=str(ada))
    assert [each["code"] for each in app.sends(bo, lie).json()["errors"]] == ["invalid_event"]
    assert users_of(world, lie["id"]) == []


def test_without_a_token_events_are_nobodys(app: App, world: World) -> None:
    mine = event()
    assert app.sends(None, mine).json()["accepted"] == 1
    assert users_of(world, mine["id"]) == [None]


def test_a_bad_token_is_refused_and_not_taken_for_nobody(app: App) -> None:
    answer = app.sends(None, event(), authorization="Bearer not-a-token")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


def test_a_thousand_fit_and_one_more_does_not(app: App, bo: UUID) -> None:
    assert app.sends(bo, *(event() for _ in range(1000))).json()["accepted"] == 1000
    answer = app.sends(bo, *(event() for _ in range(1001)))
    assert (answer.status_code, answer.json()["code"]) == (422, "unprocessable")


def test_a_body_has_a_bound_of_its_own_and_its_neighbours_keep_theirs(app: App, bo: UUID) -> None:
    large = [event(event_properties={"a": "x" * 10_000}) for _ in range(EVENTS_BODY_BYTES_MAX // 10_000 - 10)]
    assert app.sends(bo, *large).json()["accepted"] == len(large)
    answer = app.sends(bo, *large, *large)
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    neighbour = app.asks(bo, "PATCH", {"is_reporting": True, "why": "x" * 70_000})
    assert neighbour.status_code == 413


def test_who_is_suspended_is_told(app: App, world: World, cem: UUID) -> None:
    world.owner("update auth.users set banned_until = now() + interval '1 day' where id = %s", cem)
    answer = app.sends(cem, event())
    assert (answer.status_code, answer.json()["code"]) == (403, "user_banned")


def test_who_opts_out_is_not_counted_and_nobody_else_says_it_for_them(app: App, dilek: UUID) -> None:
    assert app.asks(dilek, "GET").json() == {"is_reporting": True}
    assert app.asks(dilek, "PATCH", {"is_reporting": False}).json() == {"is_reporting": False}
    assert app.sends(dilek, event(), event()).json() == {"accepted": 0, "repeated": 0, "ignored": 2, "errors": []}
    assert app.asks(None, "PATCH", {"is_reporting": True}).status_code == 401
    assert app.asks(dilek, "GET").json() == {"is_reporting": False}


@pytest.fixture
def rates(settings: Settings) -> EventRates:
    """Those of a server with a secret of its own."""
    own = read_settings(env_file=None, data=settings.data, database_url=settings.database_url, jwt_secret="s" * 40)
    assert not own.is_development
    return EventRates(own)


def scope(address: str) -> dict[str, Any]:
    return {"type": "http", "client": (address, 1), "headers": []}


def test_a_person_and_an_address_have_so_many_events_each(rates: EventRates) -> None:
    bo, far, other = user_actor(uuid4()), scope("93.184.216.34"), scope("93.184.216.35")
    rates.spend(bo, far, int(OF_A_PERSON.burst))
    with pytest.raises(TooManyEvents) as refused:
        rates.spend(bo, other, 1000)
    assert refused.value.details == {"retry_after_seconds": 10}
    rates.spend(user_actor(uuid4()), far, 1000)
    rates.spend(ANONYMOUS, far, int(OF_AN_ADDRESS.burst))
    with pytest.raises(TooManyEvents):
        rates.spend(ANONYMOUS, far, 1)
    rates.spend(ANONYMOUS, other, 1)
    rates.spend(SERVICE, far, 1_000_000)
