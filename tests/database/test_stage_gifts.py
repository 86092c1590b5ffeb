"""A gift is one atomic, idempotent move, and only who may give gives."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from sahne.database.refusals import Refused
from tests.at_once import together
from tests.world import World


@pytest.fixture
def session(world: World, ada: UUID) -> UUID:
    return world.session(ada)


@pytest.fixture(scope="module")
def rose(world: World) -> UUID:
    return world.gift(100)


def give(world: World, giver: UUID, session: UUID, gift: UUID, quantity: int = 1, **more: Any) -> Any:
    key = more.get("key") or str(uuid4())
    return world.verb(giver, "send_gift", session, gift, quantity, more.get("receiver"), key)


def test_a_gift_moves_coins_and_leaves_a_row_a_line_and_a_total(
    world: World, ada: UUID, session: UUID, rose: UUID
) -> None:
    bo = world.watching(session, coins=1000)
    before, total = world.balance(ada), world.row(session)["total_gifts_received"]
    answer = give(world, bo, session, rose, 3)
    assert answer["wallet"] == {"balance": 700}
    assert answer["live_gift"]["coin_amount"] == 300
    assert "sender_id" not in answer["live_gift"]
    assert world.balance(ada) == before + 240  # 20 % is the platform's
    line = world.owner("select * from public.live_messages where sender_id = %s", bo)[0]
    assert (line["message_type"], line["gift_quantity"], line["gift_coin_value"]) == ("gift", 3, 300)
    row = world.row(session)
    assert row["total_gifts_received"] == total + 3
    assert world.faults() == []


def test_1000_coins_buy_exactly_10_of_64_gifts_of_100_sent_at_once(world: World, session: UUID, rose: UUID) -> None:
    bo = world.watching(session, coins=1000)
    answers = together(64, lambda _: give(world, bo, session, rose))
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert {(each.code, each.status) for each in refused} == {("insufficient_coins", 402)}
    assert (len(answers) - len(refused), len(refused)) == (10, 54)
    assert world.balance(bo) == 0
    assert world.faults() == []


def test_parallel_retries_of_one_gift_are_one_gift_with_one_answer(world: World, session: UUID, rose: UUID) -> None:
    bo = world.watching(session, coins=1000)
    answers = together(20, lambda _: give(world, bo, session, rose, key="tap"))
    assert all(answer == answers[0] for answer in answers)
    assert world.balance(bo) == 900
    assert world.refusal(bo, "send_gift", session, rose, 2, None, "tap") == (422, "idempotency_key_reused")
    assert world.refusal(bo, "send_gift", session, rose, 1, None, None) == (400, "idempotency_key_required")


def test_a_refused_gift_does_not_use_up_its_key(world: World, session: UUID, rose: UUID, dilek: UUID) -> None:
    world.verb(dilek, "join_session", session)
    assert world.refusal(dilek, "send_gift", session, rose, 1, None, "later") == (402, "insufficient_coins")
    world.verb(None, "grant_coins", dilek, 100, "dilek-gets")
    assert give(world, dilek, session, rose, key="later")["wallet"] == {"balance": 0}


def test_who_is_banned_absent_or_anonymous_gives_nothing(world: World, ada: UUID, session: UUID, rose: UUID) -> None:
    cem, stranger, nobody = world.watching(session, coins=500), world.person(coins=500), None
    world.verb(ada, "ban_profile", session, cem)
    nobody = world.watching(session, anonymous=True, coins=500)
    for who, expected in (
        (cem, (403, "banned")),
        (stranger, (403, "not_in_session")),
        (nobody, (403, "anonymous_not_allowed")),
    ):
        assert world.refusal(who, "send_gift", session, rose, 1, None, "x") == expected
        assert world.balance(who) == 500


def test_who_is_no_longer_banned_gives_again(world: World, ada: UUID, session: UUID, rose: UUID) -> None:
    cem = world.watching(session, coins=500)
    world.verb(ada, "ban_profile", session, cem)
    world.owner("update public.live_session_bans set expires_at = now() where banned_user_id = %s", cem)
    world.verb(cem, "join_session", session)
    assert give(world, cem, session, rose)["wallet"] == {"balance": 400}


def test_a_first_gift_makes_the_wallets_it_needs(world: World, rose: UUID) -> None:
    ece = world.person(creator=True)
    session = world.session(ece)
    poor = world.watching(session)
    assert world.refusal(poor, "send_gift", session, rose, 1, None, "first") == (402, "insufficient_coins")
    give(world, world.watching(session, coins=100), session, rose)
    assert world.balance(ece) == 80


def test_a_line_of_a_gift_has_its_id_and_counts_it(world: World, session: UUID, rose: UUID) -> None:
    bo = world.watching(session, coins=1000)
    before = world.row(session)
    gift = give(world, bo, session, rose, 3)["live_gift"]
    assert world.one("select message_type from public.live_messages where id = %s", gift["id"]) == "gift"
    assert gift == world.sql(bo, "select to_jsonb(g) as row from (select id, session_id, receiver_id, gift_id,"
                             " quantity, coin_amount, transaction_id, created_at, sender_profile_id, combo_id, combo_count, refunded_at"
                             " from public.live_gifts where id = %s) g", gift["id"])[0]["row"]  # fmt: skip
    world.sql(bo, "insert into public.live_messages (session_id, sender_id, sender_profile_id, content)"
              " values (%s, %s, %s, 'selam')", session, bo, bo)  # fmt: skip
    after = world.row(session)
    assert (after["total_messages"] - before["total_messages"]) == 2
    assert (after["total_gifts_received"] - before["total_gifts_received"]) == 3


@pytest.mark.parametrize("quantity", [0, -5, None, 1001])
def test_a_quantity_that_is_no_quantity_is_refused(
    world: World, session: UUID, rose: UUID, quantity: int | None
) -> None:
    bo = world.watching(session, coins=500)
    assert world.refusal(bo, "send_gift", session, rose, quantity, None, "q") == (422, "unprocessable")


def test_gifts_go_to_the_host_or_to_the_stage_never_to_oneself_or_the_audience(
    world: World, ada: UUID, session: UUID, rose: UUID
) -> None:
    bo, viewer = world.watching(session, coins=500), world.watching(session)
    world.verb(None, "grant_coins", ada, 500, "ada-herself")
    assert world.refusal(ada, "send_gift", session, rose, 1, None, "self") == (422, "invalid_receiver")
    assert world.refusal(bo, "send_gift", session, rose, 1, viewer, "v") == (422, "invalid_receiver")
    world.verb(ada, "invite_profile", session, viewer, "co_host")
    seat = world.one("select id from public.live_participants where user_id = %s", viewer)
    world.verb(viewer, "accept_invitation", seat)
    give(world, bo, session, rose, receiver=viewer)
    assert world.balance(viewer) == 80


def test_a_session_that_is_not_live_takes_no_gifts(world: World, ada: UUID, rose: UUID) -> None:
    ece = world.person(creator=True)
    session = world.session(ece)
    bo = world.watching(session, coins=500)
    world.verb(ece, "edit_session", session, '{"gifts_enabled": false}')
    assert world.refusal(bo, "send_gift", session, rose, 1, None, "off") == (409, "gifts_disabled")
    world.verb(ece, "end_session", session)
    assert world.refusal(bo, "send_gift", session, rose, 1, None, "late") == (409, "session_not_live")
    assert world.refusal(bo, "send_gift", uuid4(), rose, 1, None, "none") == (404, "not_found")


def test_a_creator_spends_what_was_given_a_moment_ago(world: World, session: UUID, rose: UUID) -> None:
    ece = world.person(creator=True)
    hers = world.session(ece)
    give(world, world.watching(hers, coins=1000), hers, rose, 10)
    world.verb(ece, "join_session", session)
    assert give(world, ece, session, rose, 8)["wallet"] == {"balance": 0}


def test_the_seed_takes_a_negative_gift_and_we_do_not(world: World, ada: UUID, session: UUID, rose: UUID) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        world.owner(
            """insert into public.live_gifts
                 (session_id, sender_id, receiver_id, gift_id, quantity, coin_amount)
               values (%s, %s, %s, %s, -5, -500)""",
            session,
            world.person(),
            ada,
            rose,
        )


def test_the_gift_is_read_by_sender_receiver_and_host_alone(world: World, ada: UUID, session: UUID, rose: UUID) -> None:
    bo, other = world.watching(session, coins=100), world.watching(session)
    gift = give(world, bo, session, rose)["live_gift"]["id"]
    read = "select id, sender_profile_id from public.live_gifts where id = %s"
    assert [len(world.sql(who, read, gift)) for who in (bo, ada, other)] == [1, 1, 0]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        world.sql(ada, "select sender_id from public.live_gifts")


def test_the_gift_survives_its_sender(world: World, session: UUID, rose: UUID) -> None:
    bo = world.watching(session, coins=100)
    gift = give(world, bo, session, rose)["live_gift"]["id"]
    world.owner("delete from auth.users where id = %s", bo)
    left = world.owner("select * from public.live_gifts where id = %s", gift)[0]
    assert (left["sender_id"], left["sender_profile_id"], left["coin_amount"]) == (None, None, 100)
