"""Pairs for the rulings on calls, coins and people who go (R14, L2, L3, L12, L14, L15, L20): the seeds' SQL, then ours."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import errors as pg

from tests.database.rulings.rows import refusal, session_of, touch, write
from tests.world import World

GONE = "delete from auth.users where id = %s"
CALL = "insert into public.calls (caller_id, callee_id, call_type) values (%s, %s, 'audio_call') returning id, status"


def call_of(seed: World, caller: UUID, callee: UUID, **fields: Any) -> UUID:
    """A call written by the owner of the seeds' database."""
    given = {"call_type": "audio_call", "livekit_room_name": str(uuid4())} | fields
    return seed.put("calls", caller_id=caller, callee_id=callee, **given)


@pytest.mark.parametrize("change", ["coin_per_minute = 0", "total_coin_spent = 0", "callee_id = caller_id"])
def test_l2_a_caller_changes_neither_price_nor_people(seed: World, ours: World, change: str) -> None:
    statement = f"update public.calls set {change} where id = %s"
    ada, bo = seed.person(), seed.person()
    assert touch(seed, bo, statement, call_of(seed, bo, ada, is_paid=True, coin_per_minute=50)) == 1
    ada, bo = ours.person(), ours.person()
    made = ours.sql(bo, CALL, bo, ada)[0]["id"]
    assert "permission denied" in refusal(ours, bo, statement, made)


def test_l2_each_side_takes_its_own_steps(seed: World, ours: World) -> None:
    step = "update public.calls set status = 'accepted' where id = %s"
    ada, bo = seed.person(), seed.person()
    assert touch(seed, bo, step, call_of(seed, bo, ada)) == 1, "the caller answers for the callee"
    ada, bo = ours.person(), ours.person()
    made = ours.sql(bo, CALL, bo, ada)[0]["id"]
    assert "cannot be made accepted by you" in refusal(ours, bo, step, made)
    assert touch(ours, ada, step, made) == 1


def test_l3_a_call_starts_at_its_beginning(seed: World, ours: World) -> None:
    forged: dict[str, Any] = {"status": "accepted", "coin_per_minute": 0, "is_paid": True}
    bo = seed.person()
    for _ in range(2):
        itself = {"caller_id": bo, "callee_id": bo, "call_type": "audio_call", "livekit_room_name": str(uuid4())}
        write(seed, bo, "calls", **itself, **forged)
    ada, bo = ours.person(), ours.person()
    for column, value in forged.items():
        with pytest.raises(pg.InsufficientPrivilege, match="permission denied"):
            write(ours, bo, "calls", caller_id=bo, callee_id=ada, call_type="audio_call", **{column: value})
    assert refusal(ours, bo, CALL, bo, bo) == "Nobody can call themselves"
    assert ours.sql(bo, CALL, bo, ada)[0]["status"] == "initiated"
    assert refusal(ours, bo, CALL, bo, ours.person()) == "You cannot start a call while you are in one"
    cem = ours.person()
    assert ours.sql(cem, CALL, cem, ada)[0]["status"] == "busy"


@pytest.mark.parametrize("who", ["ended_by", "responded_by", "requester_id"])
def test_l12_a_user_can_always_go(seed: World, ours: World, who: str) -> None:
    for world in (seed, ours):
        ada, bo = world.person(), world.person()
        if who == "ended_by":
            call_of(world, ada, world.person(), status="ended", ended_by=bo)
        else:
            world.put(
                "live_guest_requests",
                session_id=session_of(world, world.person(), "ended"),
                requester_id=bo if who == "requester_id" else ada,
                requester_profile_id=ada,
                responded_by=bo if who == "responded_by" else None,
            )
        if world is seed:
            with pytest.raises(pg.ForeignKeyViolation):
                world.owner(GONE, bo)
        else:
            world.owner(GONE, bo)


def test_l12_what_money_hangs_on_survives_its_people(seed: World, ours: World) -> None:
    ada, bo = seed.person(), seed.person()
    rose = seed.put("gifts", coin_price=10)
    seed.put("live_gifts", session_id=session_of(seed, ada), sender_id=bo, receiver_id=ada, gift_id=rose,
        coin_amount=10,
    )  # fmt: skip
    seed.owner(GONE, bo)
    assert seed.one("select count(*) from public.live_gifts") == 0
    ada = ours.person(creator=True)
    stage = ours.session(ada)
    bo = ours.watching(stage, coins=10)
    ours.verb(bo, "send_gift", stage, ours.gift(10), 1, None, str(uuid4()))
    ours.owner(GONE, bo)
    kept = ours.owner("select sender_id, coin_amount from public.live_gifts where session_id = %s", stage)
    assert kept == [{"sender_id": None, "coin_amount": 10}]
    assert ours.faults() == []


def test_r14_who_pays_pays_what_they_were_shown(seed: World, ours: World) -> None:
    dearer = "update public.live_sessions set ppv_coin_price = 100 where id = %s"
    price: dict[str, Any] = {"access_type": "pay_per_view", "ppv_coin_price": 5}
    ada = seed.person()
    session = session_of(seed, ada, **price)
    seed.put("live_participants", session_id=session, user_id=(bo := seed.person()), profile_id=bo, paid_amount=5)
    assert touch(seed, ada, dearer, session) == 1, "with a ticket sold, and nothing compares what was shown"
    ada = ours.person(creator=True)
    session = ours.session(ada, live=False, **price)
    bo, dilek = (ours.person(coins=200) for _ in range(2))
    assert touch(ours, ada, dearer, session) == 1
    assert ours.refusal(bo, "buy_ticket", session, str(uuid4()), 5) == (409, "price_changed")
    ours.verb(dilek, "buy_ticket", session, str(uuid4()), 100)
    assert "fixed once a ticket is sold" in refusal(ours, ada, dearer.replace("100", "150"), session)
    assert (ours.balance(bo), ours.balance(dilek)) == (200, 100)


def test_r14_a_session_is_planned_for_a_time_to_come(seed: World, ours: World) -> None:
    long_ago = "update public.live_sessions set scheduled_at = '2020-01-01' where id = %s"
    ada = seed.person()
    assert touch(seed, ada, long_ago, session_of(seed, ada, "scheduled")) == 1
    ada = ours.person(creator=True)
    session = ours.session(ada, live=False)
    assert refusal(ours, ada, long_ago, session) == "A session is planned for a time to come"


def test_l14_a_gift_is_never_negative_and_a_price_is_a_price(seed: World, ours: World) -> None:
    for world in (seed, ours):
        ada, bo = world.person(), world.person()
        session = session_of(world, ada)
        rose = world.put("gifts", coin_price=10) if world is seed else world.gift(10)
        refund = {"session_id": session, "sender_id": bo, "receiver_id": ada, "gift_id": rose, "coin_amount": -500}
        free = {"access_type": "pay_per_view", "ppv_coin_price": 0, "creator_id": ada, "creator_profile_id": ada,
                "session_type": "video_live", "livekit_room_name": str(uuid4())}  # fmt: skip
        for table, row in (("live_gifts", refund), ("live_sessions", free)):
            if world is seed:
                world.put(table, **row)
            else:
                with pytest.raises(pg.CheckViolation):
                    world.put(table, **row)
    ours.put("live_gifts", **(refund | {"coin_amount": 3_000_000_000}))


def test_l15_a_caller_can_hang_up_before_the_answer(seed: World, ours: World) -> None:
    ada, bo = seed.person(), seed.person()
    with pytest.raises(pg.CheckViolation, match="calls_status_check"):
        seed.sql(bo, "update public.calls set status = 'cancelled' where id = %s", call_of(seed, bo, ada))
    ada, bo = ours.person(), ours.person()
    made = ours.sql(bo, CALL, bo, ada)[0]["id"]
    assert touch(ours, bo, "update public.calls set status = 'missed' where id = %s", made) == 1
    kept = ours.owner("select status, end_reason from public.calls where id = %s", made)
    assert kept == [{"status": "missed", "end_reason": "cancelled_by_caller"}]
