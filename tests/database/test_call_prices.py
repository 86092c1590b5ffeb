"""What a call costs is the creator's to say: it takes its price when it begins, and nobody else's word for it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.errors import InsufficientPrivilege

from tests.at_once import overtaken
from tests.connections import transaction
from tests.talks import priced
from tests.world import World

CALL = "insert into public.calls (caller_id, callee_id, call_type) values (%s, %s, %s) returning *"
TERMS = ("status", "is_paid", "coin_per_minute", "total_coin_spent")


def terms(call: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(call[name] for name in TERMS)


def started(world: World, caller: UUID, callee: UUID, kind: str = "video_call", *shown: int) -> dict[str, Any]:
    call: dict[str, Any] = world.verb(caller, "start_call", callee, kind, *shown)["call"]
    return call


@pytest.fixture
def bo(world: World) -> UUID:
    """Bo has coins for two minutes."""
    return world.person(coins=100)


def test_a_call_has_the_price_of_its_kind_by_operation_and_by_a_statement_of_ones_own(
    world: World, ada: UUID, bo: UUID
) -> None:
    priced(world, ada, audio_coin_per_minute=20, video_coin_per_minute=50)
    call = started(world, bo, ada)
    assert terms(call) == ("initiated", True, 50, 0)
    world.verb(bo, "end_call", call["id"])
    (own,) = world.sql(bo, CALL, bo, ada, "audio_call")
    assert terms(own) == ("initiated", True, 20, 0)


@pytest.mark.parametrize("column", ["is_paid", "coin_per_minute", "total_coin_spent", "coins_last_until"])
def test_no_client_says_what_a_call_costs(world: World, ada: UUID, bo: UUID, column: str) -> None:
    with pytest.raises(InsufficientPrivilege, match="permission denied"):
        world.sql(
            bo, f"insert into public.calls (caller_id, callee_id, call_type, {column}) values (%s, %s, 'audio_call', null)",
            bo, ada,
        )  # fmt: skip


def test_a_price_that_is_sent_by_the_server_is_not_believed_either(world: World, ada: UUID, bo: UUID) -> None:
    priced(world, ada, audio_coin_per_minute=20)
    with world.serving() as conn:
        row = conn.execute(
            "insert into public.calls (caller_id, callee_id, call_type, is_paid, coin_per_minute, total_coin_spent)"
            " values (%s, %s, 'audio_call', false, 0, 7) returning *",
            (bo, ada),
        ).fetchone()
    assert row
    assert terms(row) == ("initiated", True, 20, 0)


def test_a_call_keeps_its_price_when_the_list_changes(world: World, ada: UUID, bo: UUID) -> None:
    priced(world, ada, video_coin_per_minute=50)
    call = started(world, bo, ada)
    priced(world, ada, video_coin_per_minute=90)
    assert world.verb(ada, "step_call", call["id"], "accepted")["call"]["coin_per_minute"] == 50


def test_who_has_no_list_is_called_for_nothing(world: World, ada: UUID, bo: UUID) -> None:
    assert terms(started(world, ada, bo)) == ("initiated", False, 0, 0)
    other = world.person(creator=True)
    assert terms(started(world, world.person(), other)) == ("initiated", False, 0, 0)


def test_a_list_holds_for_creators_alone(world: World, ada: UUID, bo: UUID) -> None:
    priced(world, ada)
    world.owner("update public.profiles set is_creator = false where id = %s", ada)
    assert terms(started(world, bo, ada)) == ("initiated", False, 0, 0)
    assert world.refusal(bo, "set_call_prices", "{}") == (403, "creator_required")
    assert world.refusal(bo, "own_call_prices") == (403, "creator_required")


def test_free_is_not_off(world: World, ada: UUID, bo: UUID) -> None:
    priced(world, ada, audio_coin_per_minute=None, video_coin_per_minute=0)
    assert world.refusal(bo, "start_call", ada, "audio_call") == (409, "not_taking_calls")
    with pytest.raises(InsufficientPrivilege, match="takes no such calls"):
        world.sql(bo, CALL, bo, ada, "audio_call")
    assert terms(started(world, bo, ada)) == ("initiated", False, 0, 0)


def test_who_is_not_available_takes_none_and_calls_all_the_same(world: World, ada: UUID, bo: UUID) -> None:
    priced(world, ada, is_available=False)
    assert world.refusal(bo, "start_call", ada, "audio_call") == (409, "not_taking_calls")
    assert world.owner("select from private.call_slots where user_id = any(%s)", [ada, bo]) == []
    assert started(world, ada, bo)["status"] == "initiated"


@pytest.mark.parametrize(
    ("quiet", "hour", "takes"),
    [
        (("22:00", "08:00"), 23, False),
        (("22:00", "08:00"), 7, False),
        (("22:00", "08:00"), 8, True),
        (("13:00", "14:00"), 13, False),
        (("13:00", "14:00"), 14, True),
        ((None, None), 3, True),
    ],
)
def test_quiet_hours_are_by_the_clock_of_the_creator(
    world: World, ada: UUID, quiet: tuple[str | None, str | None], hour: int, takes: bool
) -> None:
    priced(world, ada, quiet_from=quiet[0], quiet_until=quiet[1], time_zone="Europe/Istanbul")
    in_utc = datetime(2026, 7, 1, (hour - 3) % 24, tzinfo=UTC)
    assert world.one("select private.takes_calls(%s, %s)", ada, in_utc) is takes


def test_in_quiet_hours_it_does_not_ring(world: World, ada: UUID, bo: UUID) -> None:
    quiet = world.one("select to_char(now() - interval '1 hour', 'HH24:MI')")
    priced(world, ada, quiet_from=quiet, quiet_until=world.one("select to_char(now() + interval '1 hour', 'HH24:MI')"))
    assert world.refusal(bo, "start_call", ada, "audio_call") == (409, "not_taking_calls")
    with pytest.raises(InsufficientPrivilege, match="takes no such calls now"):
        world.sql(bo, CALL, bo, ada, "audio_call")


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_from": "22:00"},
        {"quiet_from": "22:00", "quiet_until": "22:00"},
        {"time_zone": "Europe/Atlantis"},
    ],
)
def test_hours_that_are_none_are_refused(world: World, ada: UUID, wrong: dict[str, str]) -> None:
    assert world.refusal(ada, "set_call_prices", json.dumps(wrong)) == (422, "unprocessable")


def test_what_is_not_sent_stays(world: World, ada: UUID) -> None:
    assert world.verb(ada, "own_call_prices")["call_prices"]["audio_coin_per_minute"] == 0
    priced(world, ada, audio_coin_per_minute=20, quiet_from="22:00", quiet_until="08:30")
    prices = world.verb(ada, "set_call_prices", json.dumps({"video_coin_per_minute": None}))["call_prices"]
    assert (prices["audio_coin_per_minute"], prices["video_coin_per_minute"]) == (20, None)
    assert (prices["quiet_from"], prices["quiet_until"]) == ("22:00", "08:30")
    assert world.verb(ada, "own_call_prices")["call_prices"] == prices


def test_the_price_is_told_before_it_rings_and_the_hours_are_not(world: World, ada: UUID, bo: UUID) -> None:
    priced(world, ada, audio_coin_per_minute=None, quiet_from="22:00", quiet_until="21:59")
    shown = world.verb(bo, "call_prices_of", ada)["call_prices"]
    assert shown == {
        "profile_id": str(ada), "audio_coin_per_minute": None, "video_coin_per_minute": 100,
        "takes_calls": shown["takes_calls"],
    }  # fmt: skip
    assert world.verb(ada, "call_prices_of", bo)["call_prices"]["takes_calls"] is True
    for nobody in (uuid4(), world.shadow(ada), world.person(anonymous=True)):
        assert world.refusal(bo, "call_prices_of", nobody) == (404, "not_found")


def test_who_was_shown_another_price_does_not_ring(world: World, ada: UUID, bo: UUID) -> None:
    priced(world, ada, video_coin_per_minute=50)
    assert world.refusal(bo, "start_call", ada, "video_call", 40) == (409, "price_changed")
    assert world.owner("select from private.call_slots where user_id = %s", bo) == []
    assert started(world, bo, ada, "video_call", 50)["status"] == "initiated"


def test_whose_coins_do_not_reach_for_a_minute_does_not_ring(world: World, ada: UUID, bo: UUID) -> None:
    priced(world, ada, audio_coin_per_minute=101, video_coin_per_minute=100)
    assert world.refusal(bo, "start_call", ada, "audio_call") == (402, "insufficient_coins")
    with pytest.raises(InsufficientPrivilege, match="not enough coins"):
        world.sql(bo, CALL, bo, ada, "audio_call")
    assert started(world, bo, ada)["status"] == "initiated"


def test_nobody_rings_at_a_suspended_creators(world: World, ada: UUID, bo: UUID) -> None:
    priced(world, ada)
    world.owner("update auth.users set banned_until = now() + interval '1 day' where id = %s", ada)
    assert world.refusal(bo, "start_call", ada, "audio_call") == (409, "not_taking_calls")
    assert world.verb(bo, "call_prices_of", ada)["call_prices"]["takes_calls"] is False


def test_two_changes_at_once_keep_what_each_changed(world: World, ada: UUID) -> None:
    priced(world, ada)
    with transaction(world.url) as first:
        first.execute("update private.call_prices set audio_coin_per_minute = 7 where creator_id = %s", (ada,))
        change = json.dumps({"video_coin_per_minute": 9})
        overtaken(world, first, lambda: world.verb(ada, "set_call_prices", change))
    prices = world.verb(ada, "own_call_prices")["call_prices"]
    assert (prices["audio_coin_per_minute"], prices["video_coin_per_minute"]) == (7, 9)
