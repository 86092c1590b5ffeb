"""Everybody at once on the doors, and one of them erased or suspended at that moment: nobody hears that the server is at fault."""

from __future__ import annotations

import random
from collections.abc import Callable
from uuid import UUID

import httpx
import pytest

from sahne.settings import Settings
from tests.at_once import together
from tests.eventually import eventually
from tests.stage import Door, new_key
from tests.world import World, bearer

ROUNDS = 12
ROUNDS_PROVED = 200

Act = Callable[[], httpx.Response]


@pytest.fixture(scope="module")
def client(door: Door, settings: Settings) -> httpx.Client:
    return httpx.Client(base_url=settings.api_url, timeout=30)


def test_who_goes_at_that_moment_makes_nobody_an_error(
    door: Door, client: httpx.Client, world: World, pytestconfig: pytest.Config
) -> None:
    chance = random.Random(28)
    for _ in range(ROUNDS_PROVED if pytestconfig.getoption("--prove") else ROUNDS):
        acts = a_moment(door, client, world, chance)
        answers = together(len(acts), lambda index, acts=acts: acts[index]())
        assert [each for each in answers if isinstance(each, Exception)] == []
        assert [(each.request.url, each.text) for each in answers if each.status_code >= 500] == []
    assert world.faults() == []


def a_moment(door: Door, client: httpx.Client, world: World, chance: random.Random) -> list[Act]:
    """What Ada, who streams, Bo and Cem, who watch and talk to each other, do at once; Ada or Bo is sent away meanwhile."""
    ada, bo, cem = world.person(creator=True), world.person(coins=100), world.person(coins=100)
    tier = world.put("subscription_tiers", creator_id=ada, name="Dost", coin_price=5)
    session, gift = world.session(ada), str(world.gift(1))
    later = world.session(ada, live=False, access_type="pay_per_view", ppv_coin_price=3)
    for viewer in (bo, cem):
        world.verb(viewer, "join_session", session, None)
    call = world.verb(bo, "start_call", cem, "video_call")["call"]["id"]
    service = bearer(None, role="service_role")
    goes, here = chance.choice([ada, bo]), f"live/sessions/{session}"
    acts: list[Act] = [
        lambda: client.delete(f"/auth/v1/admin/users/{goes}", headers=service),
        lambda: client.put(f"/auth/v1/admin/users/{goes}", json={"ban_duration": "1h"}, headers=service),
        lambda: client.delete(f"/rest/v1/live_sessions?id=eq.{later}", headers=service),
        lambda: door.post(bo, f"{here}/gifts", {"gift_id": gift}, key=new_key()),
        lambda: door.post(cem, f"{here}/gifts", {"gift_id": gift}, key=new_key()),
        lambda: door.post(bo, f"live/sessions/{later}/ticket", key=new_key()),
        lambda: door.post(bo, "coins/subscriptions", {"tier_id": str(tier)}, key=new_key()),
        lambda: post_line(client, session, bo),
        lambda: door.post(cem, f"{here}/leave"),
        lambda: door.post(bo, f"calls/{call}/end"),
        lambda: door.post(cem, f"calls/{call}/accept"),
        lambda: door.post(ada, "live/bans", {"profile_id": str(bo)}),
        lambda: door.post(ada, f"{here}/end"),
    ]
    chance.shuffle(acts)
    return acts


def post_line(client: httpx.Client, session: UUID, sender: UUID) -> httpx.Response:
    line = {
        "session_id": str(session),
        "sender_id": str(sender),
        "sender_profile_id": str(sender),
        "content": "Ne güzel",
    }
    return client.post("/rest/v1/live_messages", json=line, headers=bearer(sender))


def test_a_statement_that_was_undone_is_said_once_more_and_not_for_ever(client: httpx.Client, world: World) -> None:
    """Functions that fail as the one of two does that PostgreSQL undoes: the first time, and each time."""
    world.owner("create sequence public.tries")
    for name, fails in (("once", "nextval('public.tries') = 1"), ("always", "true")):
        world.owner(
            f"""create function public.undone_{name}() returns text language plpgsql security definer as $$
                begin
                  if {fails} then raise exception 'deadlock detected' using errcode = '40P01'; end if;
                  return 'done';
                end $$"""
        )
    world.owner("notify pgrst, 'reload schema'")
    service = bearer(None, role="service_role")
    eventually(lambda: client.post("/rest/v1/rpc/undone_always", headers=service).json()["code"] == "40P01")
    assert client.post("/rest/v1/rpc/undone_once", headers=service).json() == "done"
