"""A row that an operation answers is the row that its caller could select: the same names, the same values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from sahne.gateway.functions.rows import Picture, Row, kept_row
from sahne.providers.livekit import InMemoryLiveKit
from sahne.settings import Settings
from tests.conftest import running_server
from tests.stage import Door, new_key
from tests.studio import Studio
from tests.world import LINE, bearer

PLAN = {"title": "Evening", "session_type": "video_live", "access_type": "public"}


class House:
    """One server, asked by its two doors."""

    def __init__(self, settings: Settings, studio: Studio) -> None:
        self.door, self.studio = Door(settings), studio
        self._data_api = httpx.Client(base_url=f"{settings.api_url}/rest/v1", timeout=20)

    def selected(self, who: UUID, table: str, id: str) -> Any:
        """All that the caller may see of a row, by the Data API."""
        answer = self._data_api.get(f"/{table.removeprefix('public.')}", params={"id": f"eq.{id}"}, headers=bearer(who))
        (row,) = answer.json()
        return row

    def close(self) -> None:
        self.door.close()
        self._data_api.close()


@pytest.fixture(scope="module")
def house(settings: Settings, database_url: str) -> Iterator[House]:
    with running_server(settings, InMemoryLiveKit()):
        house = House(settings, Studio(database_url, settings))
        yield house
        house.close()


def test_every_row_of_a_table_is_the_one_its_caller_could_select(house: House) -> None:
    world, done = house.studio, house.door.done
    ada, bo, cem = world.person(creator=True), world.person(coins=100), world.person()
    ege = world.admin()
    looked_at = set()

    def look(who: UUID, answered: Any, table: str) -> Any:
        assert answered == house.selected(who, table, answered["id"])
        looked_at.add(table)
        return answered

    session = look(ada, done(ada, "live/sessions", PLAN)["session"], "public.live_sessions")["id"]
    done(ada, f"live/sessions/{session}/start")
    look(bo, done(bo, f"live/sessions/{session}/join")["participant"], "public.live_participants")
    gift = {"gift_id": str(world.gift(5)), "quantity": 1}
    sent = done(bo, f"live/sessions/{session}/gifts", gift, key=new_key())
    look(bo, sent["live_gift"], "public.live_gifts")
    world.sql(bo, LINE, UUID(session), bo, bo, "Merhaba")
    line = world.one("select id from public.live_messages where session_id = %s and message_type = 'text'", session)
    pinned = house.door.call(ada, "PATCH", f"live/messages/{line}", {"is_pinned": True}).json()
    look(ada, pinned["message"], "public.live_messages")
    asked = done(bo, f"live/sessions/{session}/guest-requests")["guest_request"]
    look(bo, asked, "public.live_guest_requests")
    done(cem, f"live/sessions/{session}/join")
    banned = done(ada, f"live/sessions/{session}/bans", {"profile_id": str(cem)})["ban"]
    look(ada, banned, "public.live_session_bans")
    call = done(bo, "calls", {"callee_id": str(cem), "call_type": "audio_call"})["call"]
    look(bo, call, "public.calls")
    look(bo, done(bo, f"profiles/{ada}/follow")["profile"], "public.public_profiles")
    goal = done(ada, f"live/sessions/{session}/goals", {"title": "An encore", "target_coins": 50})["goal"]
    look(bo, goal, "public.live_goals")
    tier = look(
        bo, done(ada, "creators/tiers", {"name": "Backstage", "coin_price": 20})["tier"], "public.subscription_tiers"
    )
    month = done(bo, "coins/subscriptions", {"tier_id": tier["id"]}, key=new_key())
    look(bo, month["subscription"], "public.creator_subscriptions")
    planned = done(ada, "live/sessions", PLAN | {"scheduled_at": (datetime.now(UTC) + timedelta(days=2)).isoformat()})
    plan = f"live/sessions/{planned['session']['id']}"
    look(bo, done(bo, f"{plan}/reminder")["reminder"], "public.session_reminders")
    weekly = done(ada, f"{plan}/repeat", {"every": "weekly", "time_zone": "Europe/Istanbul"})["series"]
    look(bo, weekly, "public.session_series")
    look(ege, done(ege, "admin/gifts", {"name": "Kite", "coin_price": 40})["gift"], "public.gifts")
    group = done(ege, "admin/categories", {"name": "By the sea", "slug": "sea"})["category"]["category"]
    look(bo, group, "public.categories")
    scene = {
        "name": "Golden shore",
        "category": "sea",
        "prompt_template": "A {gender}",
        "active_from": "2026-01-01T00:00:00Z",
    }
    look(bo, done(ege, "admin/scenes", scene)["scene"]["scene"], "public.scenes")
    assert looked_at == {row.table for row in Row.__subclasses__() if not row.shown_by} - {Picture.table}


def test_a_picture_is_the_one_its_owner_could_select_without_the_prompt(house: House) -> None:
    world = house.studio
    bo = world.person()
    wish = {"scene_id": str(world.scene())}
    asked = house.door.post(bo, "studio/generations", wish, key=new_key()).json()["generation"]["id"]
    moment = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
    world.put(
        "generated_images", user_id=bo, prompt="p", seed=7, generation_id=UUID(asked), created_at=moment,
        image_url=f"/storage/v1/object/authenticated/images/{bo}/a.png",
    )  # fmt: skip
    (shown,) = house.door.get(bo, f"studio/generations/{asked}").json()["generation"]["images"]
    assert shown == house.selected(bo, Picture.table, shown["id"])
    assert shown.keys() == kept_row(Picture)["columns"].keys()
    assert "prompt" not in shown
