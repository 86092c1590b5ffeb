"""A paid call at the door: the price is shown, taken and paid while both are connected, and the room closes with the coins."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import pytest

from sahne.providers.livekit import InMemoryLiveKit
from tests.eventually import eventually
from tests.stage import Door
from tests.world import World

PRICE = 60


@pytest.fixture
def eda(world: World, door: Door) -> UUID:
    """Eda takes 60 coins a minute."""
    eda = world.person(creator=True)
    prices = {"audio_coin_per_minute": PRICE, "video_coin_per_minute": None}
    assert door.call(eda, "PATCH", "calls/prices", prices).status_code == 200
    return eda


def connected(door: Door, livekit: InMemoryLiveKit, caller: UUID, callee: UUID) -> Any:
    """A call that both are in."""
    call = door.done(caller, "calls", {"callee_id": str(callee), "call_type": "audio_call", "expected_price": PRICE})[
        "call"
    ]
    livekit.connect(door.done(callee, f"calls/{call['id']}/accept")["livekit"]["token"])
    livekit.connect(door.done(caller, f"calls/{call['id']}/join")["livekit"]["token"])
    door.deliver(livekit)
    return call


def row(world: World, call: Any) -> dict[str, Any]:
    found: dict[str, Any] = world.owner("select * from public.calls where id = %s", UUID(call["id"]))[0]
    return found


def test_a_price_is_shown_and_taken(door: Door, eda: UUID, bo: UUID) -> None:
    shown = door.get(bo, f"calls/prices/{eda}").json()["call_prices"]
    assert (shown["audio_coin_per_minute"], shown["video_coin_per_minute"], shown["takes_calls"]) == (PRICE, None, True)
    audio = {"callee_id": str(eda), "call_type": "audio_call"}
    assert door.refusal(bo, "calls", audio | {"expected_price": 50}) == (409, "price_changed")
    assert door.refusal(bo, "calls", audio | {"call_type": "video_call"}) == (409, "not_taking_calls")
    call = door.done(bo, "calls", audio | {"expected_price": PRICE})["call"]
    assert (call["is_paid"], call["coin_per_minute"], call["total_coin_spent"]) == (True, PRICE, 0)


def test_a_price_list_is_a_creators_and_says_what_is_wrong_with_it(door: Door, eda: UUID, bo: UUID) -> None:
    assert door.call(bo, "PATCH", "calls/prices", {}).json()["code"] == "creator_required"
    for wrong in (
        {"audio_coin_per_minute": -1}, {"audio_coin_per_minute": 1_000_001}, {"quiet_from": "24:00"},
        {"quiet_from": "22:00"}, {"time_zone": "Mars"}, {"coin_per_minute": 1},
    ):  # fmt: skip
        answer = door.call(eda, "PATCH", "calls/prices", wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "unprocessable"), wrong
    assert door.get(eda, "calls/prices").json()["call_prices"]["audio_coin_per_minute"] == PRICE


def test_the_first_minute_is_paid_when_both_are_there_and_the_room_is_known(
    door: Door, livekit: InMemoryLiveKit, world: World, eda: UUID, bo: UUID
) -> None:
    call = connected(door, livekit, bo, eda)
    eventually(lambda: row(world, call)["total_coin_spent"] == PRICE)
    assert row(world, call)["livekit_room_sid"].startswith("RM_")
    assert door.get(bo, "coins/wallet").json() == {"balance": 1_000 - PRICE}
    assert door.done(eda, f"calls/{call['id']}/end")["call"]["total_coin_spent"] == PRICE
    (line,) = door.get(eda, "coins/transactions").json()["transactions"]
    assert (line["kind"], line["amount"], line["reference_id"]) == ("call_payout", PRICE * 80 // 100, call["id"])
    assert door.get(eda, "coins/earnings").json()["by_kind"] == {"call_payout": {"coins": 48, "transactions": 1}}


def test_the_room_closes_with_the_coins(door: Door, livekit: InMemoryLiveKit, world: World, eda: UUID) -> None:
    bo = world.person(coins=PRICE)
    call = connected(door, livekit, bo, eda)
    eventually(lambda: row(world, call)["coins_last_until"] is not None)
    world.owner(
        "update private.call_intervals set joined_at = joined_at - interval '58 s' where call_id = %s", UUID(call["id"])
    )
    eventually(lambda: not livekit.people(call["livekit_room_name"]), seconds=10)
    over = row(world, call)
    assert (over["status"], over["end_reason"], over["total_coin_spent"]) == ("ended", "insufficient_funds", PRICE)
    assert door.get(bo, "coins/wallet").json() == {"balance": 0}
    assert door.refusal(bo, f"calls/{call['id']}/join") == (409, "call_state")


@pytest.mark.parametrize("skew_seconds", [-90, 90])
def test_a_livekit_with_another_clock_makes_no_call_longer(
    door: Door, livekit: InMemoryLiveKit, world: World, eda: UUID, bo: UUID, skew_seconds: int
) -> None:
    call = door.done(bo, "calls", {"callee_id": str(eda), "call_type": "audio_call"})["call"]
    door.done(eda, f"calls/{call['id']}/accept")
    answered = row(world, call)["answered_at"]
    for who in (bo, eda):
        person = {"identity": str(who), "sid": f"PA_{who}{skew_seconds}", "state": "ACTIVE"}
        body = {
            "event": "participant_joined", "id": f"EV_{who}{skew_seconds}", "room": {"name": call["livekit_room_name"]},
            "createdAt": str(int(time.time()) + skew_seconds), "participant": person,
        }  # fmt: skip
        assert door.webhook(livekit.sign(orjson.dumps(body))).status_code == 200
    stays = "select joined_at from private.call_intervals where call_id = %s"
    eventually(lambda: len(world.owner(stays, UUID(call["id"]))) == 2)
    joined: list[datetime] = [stay["joined_at"] for stay in world.owner(stays, UUID(call["id"]))]
    assert all(answered <= moment for moment in joined)
    door.done(bo, f"calls/{call['id']}/end")
    assert row(world, call)["total_coin_spent"] == PRICE


def test_only_an_admin_gives_a_call_back(door: Door, world: World, eda: UUID, bo: UUID) -> None:
    call = door.done(bo, "calls", {"callee_id": str(eda), "call_type": "audio_call"})["call"]
    assert door.refusal(bo, f"calls/{call['id']}/refund") == (403, "forbidden")
    assert door.refusal(world.admin(), f"calls/{call['id']}/refund") == (409, "nothing_to_refund")
