"""A paid call costs the minutes that were begun with both there, by the database's clock and never more than there is.

The clock is the test's: seconds after the answer (`tests/talks.py`).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from sahne.database.refusals import Refused
from sahne.live.call_clock import CALL_BOTH_GONE_SECONDS, CALL_ONE_GONE_SECONDS
from sahne.live.clock import CONNECT_SECONDS_MAX
from tests.at_once import together
from tests.talks import PRICE, Talk, priced
from tests.world import World

SHARE = PRICE * 80 // 100  # what a creator has of a minute


@pytest.fixture
def ada(world: World) -> UUID:
    """Ada takes 100 coins a minute."""
    ada = world.person(creator=True)
    priced(world, ada)
    return ada


@pytest.fixture
def bo(world: World) -> UUID:
    return world.person(coins=10_000)


def statement(world: World, user: UUID) -> list[tuple[str, int]]:
    return [
        (row["kind"], row["amount"])
        for row in world.owner(
            """select transactions.kind, entries.amount
                 from public.coin_entries entries
                 join public.coin_transactions transactions on transactions.id = entries.transaction_id
                 join public.wallets on wallets.id = entries.wallet_id
                where wallets.user_id = %s and transactions.kind <> 'grant' order by entries.id""",
            user,
        )
    ]


def in_escrow(talk: Talk) -> int:
    """What of this call waits there."""
    return int(
        talk.world.one(
            """select coalesce(sum(entries.amount), 0)
                 from public.coin_entries entries
                 join public.coin_transactions transactions on transactions.id = entries.transaction_id
                 join public.wallets on wallets.id = entries.wallet_id
                where wallets.kind = 'escrow' and transactions.reference_id = %s""",
            talk.id,
        )
    )


def outcome(talk: Talk) -> tuple[Any, ...]:
    row = talk.row
    return row["status"], row["end_reason"], row["duration_seconds"], row["total_coin_spent"]


@pytest.mark.parametrize("ticks", ["every ten seconds", "none"])
@pytest.mark.parametrize(
    ("seconds", "minutes"), [(0, 0), (0.5, 1), (59, 1), (60, 1), (60.4, 2), (61, 2), (119.9, 2), (3_599, 60)]
)
def test_a_call_costs_the_minutes_begun_whenever_the_clock_looked(
    world: World, ada: UUID, bo: UUID, seconds: float, minutes: int, ticks: str
) -> None:
    talk = Talk(world, bo, ada)
    talk.come(0)
    if ticks == "every ten seconds":
        assert talk.tick_until(int(seconds) if seconds < 600 else 130) is None
    talk.go(seconds)
    talk.hang_up(seconds)
    assert outcome(talk) == ("ended", "ended", int(seconds + 0.5), minutes * PRICE)
    assert (world.balance(bo), world.balance(ada)) == (10_000 - minutes * PRICE, minutes * SHARE)
    assert (in_escrow(talk), world.faults()) == (0, [])


def test_each_minute_is_paid_when_it_begins_and_stands_in_both_statements(world: World, ada: UUID, bo: UUID) -> None:
    talk = Talk(world, bo, ada)
    talk.tick(4)
    talk.come(5)
    assert talk.minutes == 0
    for second, paid in ((5, 1), (64.9, 1), (65, 2), (66, 2)):
        talk.tick(second)
        assert (talk.minutes, talk.row["total_coin_spent"]) == (paid, paid * PRICE)
    assert (in_escrow(talk), world.balance(ada)) == (2 * PRICE, 0)
    talk.hang_up(70)
    assert statement(world, bo) == [("call", -PRICE)] * 2
    assert statement(world, ada) == [("call_payout", 2 * SHARE)]


def test_only_the_time_with_both_there_is_paid(world: World, ada: UUID, bo: UUID) -> None:
    talk = Talk(world, bo, ada)
    talk.come(0, bo)
    assert talk.tick_until(30) is None
    assert talk.minutes == 0
    talk.come(30, ada)
    talk.tick_until(50, since=30)
    talk.go(50, ada)  # lost, and back in time
    talk.tick_until(65, since=50)
    talk.come(65, ada)
    talk.tick_until(104, since=65)
    assert talk.minutes == 1
    talk.tick(105)
    assert talk.minutes == 2


def test_two_devices_of_one_side_are_one_side(world: World, ada: UUID, bo: UUID) -> None:
    talk = Talk(world, bo, ada)
    talk.come(0)
    talk.come(10, bo)
    talk.tick_until(59)
    talk.go(59, bo)
    assert talk.tick(59.5) is None
    assert talk.minutes == 1


def test_whoever_looks_at_once_a_minute_is_paid_once(world: World, ada: UUID, bo: UUID) -> None:
    talk = Talk(world, bo, ada)
    talk.come(0)
    for minute in range(1, 6):
        assert set(together(4, lambda _, at=minute * 60 - 30: talk.tick(at))) == {None}
        talk.tick(minute * 60 - 29)
        assert talk.minutes == minute
    assert world.balance(bo) == 10_000 - 5 * PRICE


def test_the_call_ends_with_the_last_minute_that_the_coins_reach_for(world: World, ada: UUID) -> None:
    """3.5 minutes' worth: three are paid, the rest stays."""
    bo = world.person(coins=350)
    talk = Talk(world, bo, ada)
    talk.come(0)
    assert talk.tick_until(119) is None
    assert talk.row["coins_last_until"] is None
    talk.tick(120)
    assert talk.row["coins_last_until"] == talk.at(180), "told a minute before"
    assert talk.tick_until(179, since=121) is None
    assert talk.tick(180) == "insufficient_funds"
    assert outcome(talk) == ("ended", "insufficient_funds", 180, 3 * PRICE)
    assert talk.row["coins_last_until"] is None
    assert (world.balance(bo), world.balance(ada)) == (50, 3 * SHARE)
    orders = "select action from private.livekit_outbox where room_name = %s order by id"
    assert [row["action"] for row in world.owner(orders, talk.room)] == ["create_room", "delete_room"]


def test_a_clock_that_comes_late_takes_no_more_and_says_when_it_was_over(world: World, ada: UUID) -> None:
    bo = world.person(coins=350)
    talk = Talk(world, bo, ada)
    talk.come(0)
    assert talk.tick(600) == "insufficient_funds"
    assert outcome(talk) == ("ended", "insufficient_funds", 180, 3 * PRICE)
    assert world.balance(bo) == 50


def test_coins_that_come_in_time_take_the_warning_back(world: World, ada: UUID) -> None:
    bo = world.person(coins=PRICE)
    talk = Talk(world, bo, ada)
    talk.come(0)
    talk.tick(0)
    assert talk.row["coins_last_until"] == talk.at(60)
    world.verb(None, "grant_coins", bo, 100, str(uuid4()))
    talk.tick(59)
    assert talk.row["coins_last_until"] is None
    assert talk.tick(60) is None
    assert (talk.minutes, talk.row["coins_last_until"]) == (2, talk.at(120))


def test_who_is_away_meanwhile_is_told_the_later_end(world: World, ada: UUID) -> None:
    bo = world.person(coins=PRICE)
    talk = Talk(world, bo, ada)
    talk.come(0)
    talk.tick(0)
    talk.go(30, ada)
    talk.tick(31)
    talk.come(40, ada)
    talk.tick(41)
    assert talk.row["coins_last_until"] == talk.at(70)
    assert talk.tick(69.9) is None
    assert talk.tick(70) == "insufficient_funds"


def test_what_is_spent_meanwhile_on_gifts_is_told_at_once_and_ends_the_call_in_time(world: World, ada: UUID) -> None:
    stage, rose = world.session(world.person(creator=True)), world.gift(PRICE)
    bo = world.watching(stage, coins=1_000)
    talk = Talk(world, bo, ada)
    talk.come(0)
    talk.tick(0)

    def spend_or_tick(index: int) -> Any:
        if index:
            return world.verb(bo, "send_gift", stage, rose, 1, None, str(uuid4()))
        return talk.tick(20)

    together(16, spend_or_tick)
    assert world.balance(bo) == 0
    talk.tick(21)
    assert talk.row["coins_last_until"] == talk.at(60)
    assert talk.tick(60) == "insufficient_funds"
    assert (world.balance(bo), world.faults()) == (0, [])


def test_both_who_vanish_pay_until_they_were_last_seen(world: World, ada: UUID, bo: UUID) -> None:
    talk = Talk(world, bo, ada)
    talk.come(0)
    talk.tick_until(130)
    talk.go(130)
    assert talk.tick_until(130 + CALL_BOTH_GONE_SECONDS - 1, since=131) is None
    assert talk.tick(130 + CALL_BOTH_GONE_SECONDS) == "both_gone"
    assert outcome(talk) == ("ended", "both_gone", 130, 3 * PRICE)


def test_minutes_that_were_paid_before_their_end_was_known_come_back(world: World, ada: UUID, bo: UUID) -> None:
    """The report that they are gone was lost, and LiveKit's list tells it late."""
    talk = Talk(world, bo, ada)
    talk.come(0)
    talk.tick_until(250)
    assert talk.minutes == 5
    talk.go(130)
    assert talk.tick(251) == "both_gone"
    assert outcome(talk) == ("ended", "both_gone", 130, 3 * PRICE)
    assert statement(world, bo) == [*[("call", -PRICE)] * 5, ("call_refund", 2 * PRICE)]
    assert (world.balance(ada), in_escrow(talk), world.faults()) == (3 * SHARE, 0, [])


def test_one_who_is_lost_has_a_while_to_come_back(world: World, ada: UUID, bo: UUID) -> None:
    talk = Talk(world, bo, ada)
    talk.come(0)
    talk.tick_until(70)
    talk.go(70, bo)
    assert talk.tick_until(70 + CALL_ONE_GONE_SECONDS - 1, since=70) is None
    talk.come(70 + CALL_ONE_GONE_SECONDS - 1, bo)
    assert talk.tick(70 + CALL_ONE_GONE_SECONDS) is None
    talk.go(100, ada)
    assert talk.tick(100 + CALL_ONE_GONE_SECONDS) == "one_gone"
    assert outcome(talk) == ("ended", "one_gone", 100, 2 * PRICE)


def test_media_that_never_came_is_a_failure_and_costs_nothing(world: World, ada: UUID, bo: UUID) -> None:
    talk = Talk(world, bo, ada)
    talk.come(1, bo)
    assert talk.tick_until(CONNECT_SECONDS_MAX - 1, since=CONNECT_SECONDS_MAX - 3) is None
    assert talk.tick(CONNECT_SECONDS_MAX) == "never_connected"
    assert outcome(talk) == ("failed", "never_connected", 0, 0)
    assert (world.balance(bo), statement(world, bo)) == (10_000, [])


def test_a_clock_that_goes_back_pays_no_minute_twice(world: World, ada: UUID, bo: UUID) -> None:
    talk = Talk(world, bo, ada)
    talk.come(0)
    talk.tick_until(70)
    assert talk.tick_until(70, since=40) is None
    assert talk.minutes == 2
    talk.hang_up(-30)
    assert outcome(talk) == ("ended", "ended", 0, 0)
    assert (world.balance(bo), world.faults()) == (10_000, [])


def test_a_free_call_is_no_business_of_the_bills(world: World, bo: UUID) -> None:
    talk = Talk(world, bo, world.person())
    talk.come(0)
    assert talk.tick_until(61) is None
    talk.hang_up(61)
    assert outcome(talk) == ("ended", "ended", 61, 0)
    assert world.owner("select from private.call_bills where call_id = %s", talk.id) == []


@pytest.mark.parametrize("leaver", ["caller", "callee"])
@pytest.mark.parametrize("how", ["deleted", "suspended"])
def test_what_was_talked_is_paid_when_an_account_goes(world: World, ada: UUID, bo: UUID, leaver: str, how: str) -> None:
    talk = Talk(world, bo, ada)
    talk.come(0)
    talk.tick_until(61)
    leaves = bo if leaver == "caller" else ada
    world.owner(
        "delete from auth.users where id = %s" if how == "deleted"
        else "update auth.users set banned_until = 'infinity' where id = %s",
        leaves,
    )  # fmt: skip
    row = talk.row
    assert (row["status"], row["end_reason"][:8]) == ("ended", "account_")
    assert row["total_coin_spent"] == talk.minutes * PRICE
    assert (in_escrow(talk), world.faults()) == (0, [])
    if how == "deleted" and leaver == "caller":
        assert world.balance(ada) == talk.minutes * SHARE


def test_either_hangs_up_by_a_statement_of_their_own_and_the_bill_is_settled(world: World, ada: UUID, bo: UUID) -> None:
    talk = Talk(world, bo, ada)
    talk.come(3_590)  # ten seconds ago
    talk.tick(3_591)
    (ended,) = world.sql(ada, "update public.calls set status = 'ended' where id = %s returning *", talk.id)
    assert (ended["total_coin_spent"], ended["ended_by"]) == (PRICE, ada)
    assert (world.balance(ada), in_escrow(talk)) == (SHARE, 0)


def test_commission_is_taken_of_the_whole_once(world: World, bo: UUID) -> None:
    """Three minutes at 7 are 21: 4 of them are the platform's, not three times 1."""
    eda = world.person(creator=True)
    priced(world, eda, audio_coin_per_minute=7)
    talk = Talk(world, bo, eda)
    talk.come(0)
    talk.tick_until(150)
    talk.hang_up(150)
    assert (world.balance(bo), world.balance(eda)) == (10_000 - 21, 17)


def talked(world: World, caller: UUID, callee: UUID, seconds: int = 130) -> Talk:
    talk = Talk(world, caller, callee)
    talk.come(0)
    talk.tick_until(seconds)
    talk.hang_up(seconds)
    return talk


def test_an_admin_gives_back_what_a_call_cost_once(world: World, ada: UUID, bo: UUID) -> None:
    talk, ege = talked(world, bo, ada), world.admin()
    assert world.refusal(ada, "refund_call", talk.id) == (403, "forbidden")
    assert world.refusal(bo, "refund_call", talk.id) == (403, "forbidden")
    answers = together(20, lambda _: world.verb(ege, "refund_call", talk.id))
    refused = [(answer.status, answer.code) for answer in answers if isinstance(answer, Refused)]
    assert refused == [(409, "already_refunded")] * 19
    assert (world.balance(bo), world.balance(ada), talk.row["total_coin_spent"]) == (10_000, 0, 0)
    assert statement(world, ada) == [("call_payout", 3 * SHARE), ("call_refund", -3 * SHARE)]
    assert world.faults() == []
    assert world.owner("select refunded_by from private.call_bills where call_id = %s", talk.id) == [
        {"refunded_by": ege}
    ]


def test_a_creator_who_has_spent_it_owes_nothing_and_the_house_makes_it_good(world: World, ada: UUID, bo: UUID) -> None:
    talk, ege = talked(world, bo, ada), world.admin()
    stage, rose = world.session(world.person(creator=True)), world.gift(200)
    world.verb(ada, "join_session", stage)
    world.verb(ada, "send_gift", stage, rose, 1, None, str(uuid4()))
    assert world.verb(ege, "refund_call", talk.id) == {"refund": {"call_id": str(talk.id), "coin_amount": 300}}
    assert (world.balance(bo), world.balance(ada)) == (10_000, 0)
    assert world.faults() == []


def test_there_is_nothing_to_give_back_of_what_cost_nothing_or_goes_on(world: World, ada: UUID, bo: UUID) -> None:
    ege = world.admin()
    assert world.refusal(ege, "refund_call", uuid4()) == (404, "not_found")
    assert world.refusal(ege, "refund_call", talked(world, bo, world.person()).id) == (409, "nothing_to_refund")
    talk = Talk(world, bo, ada)
    talk.come(0)
    talk.tick(1)
    assert world.refusal(ege, "refund_call", talk.id) == (409, "call_state")


def test_the_refund_of_somebody_who_is_gone_stays_in_the_books(world: World, ada: UUID, bo: UUID) -> None:
    talk, ege = talked(world, bo, ada), world.admin()
    world.owner("delete from auth.users where id = any(%s)", [ada, bo])
    world.verb(ege, "refund_call", talk.id)
    assert (in_escrow(talk), world.faults()) == (0, [])
