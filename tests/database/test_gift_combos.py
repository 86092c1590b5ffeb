"""Gifts in a row are one combo: one sender's, of one gift, to one person, in one session, each within five seconds."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.at_once import together
from tests.world import World

TOGETHER = """select private.send_gifts(%s::uuid[], %s::uuid[], %s::uuid[], %s::integer[],
                array_fill(null::uuid, array[%s]), %s::text[], array_fill(null::integer, array[%s])) as answers"""


@pytest.fixture
def session(world: World, ada: UUID) -> UUID:
    return world.session(ada)


@pytest.fixture(scope="module")
def rose(world: World) -> UUID:
    return world.gift(1)


@pytest.fixture(scope="module")
def tea(world: World) -> UUID:
    return world.gift(1)


def give(world: World, giver: UUID, session: UUID, gift: UUID, quantity: int = 1, receiver: UUID | None = None) -> Any:
    return world.verb(giver, "send_gift", session, gift, quantity, receiver, str(uuid4()))["live_gift"]


def give_together(world: World, session: UUID, gift: UUID, givers: list[UUID], quantities: list[int]) -> Any:
    count, keys = len(givers), [str(uuid4()) for _ in givers]
    with world.serving() as conn:
        row = conn.execute(
            TOGETHER.encode(), (givers, [session] * count, [gift] * count, quantities, count, keys, count)
        ).fetchone()
    assert row
    return [answer["live_gift"] for answer in row["answers"]]


def seconds_pass(world: World, giver: UUID, seconds: float) -> None:
    world.owner("update private.gift_combos set last_at = last_at - %s * interval '1 second' where sender_id = %s",
                seconds, giver)  # fmt: skip


def test_gifts_in_a_row_are_counted_and_named_after_the_first(world: World, session: UUID, rose: UUID) -> None:
    bo = world.watching(session, coins=100)
    sent = [give(world, bo, session, rose, quantity) for quantity in (1, 1, 10)]
    assert [gift["combo_count"] for gift in sent] == [1, 2, 12]
    assert {gift["combo_id"] for gift in sent} == {sent[0]["id"]}
    lines = world.sql(
        bo, "select id, gift_combo_id, gift_combo_count from public.live_messages where session_id = %s order by seq",
        session,
    )  # fmt: skip
    assert [(line["gift_combo_id"], line["gift_combo_count"]) for line in lines] == [
        (UUID(gift["combo_id"]), gift["combo_count"]) for gift in sent
    ]


@pytest.mark.parametrize(("seconds", "count"), [(4.5, 2), (5.5, 1)])
def test_a_row_ends_five_seconds_after_its_last_gift(
    world: World, session: UUID, rose: UUID, seconds: float, count: int
) -> None:
    bo = world.watching(session, coins=100)
    first = give(world, bo, session, rose)
    seconds_pass(world, bo, seconds)
    second = give(world, bo, session, rose)
    assert second["combo_count"] == count
    assert (second["combo_id"] == first["id"]) == (count == 2)


def test_another_gift_person_session_or_sender_is_another_row(
    world: World, ada: UUID, session: UUID, rose: UUID, tea: UUID
) -> None:
    bo, cem, guest = (world.watching(session, coins=100) for _ in range(3))
    world.owner("update public.live_participants set role = 'invited_guest' where user_id = %s", guest)
    elsewhere = world.session(world.person(creator=True))
    world.verb(bo, "join_session", elsewhere)
    assert give(world, bo, session, rose)["combo_count"] == 1
    for other in (
        give(world, bo, session, tea), give(world, bo, session, rose, receiver=guest),
        give(world, bo, elsewhere, rose), give(world, cem, session, rose),
    ):  # fmt: skip
        assert (other["combo_id"], other["combo_count"]) == (other["id"], 1)
    again = give(world, bo, session, rose, receiver=ada)
    assert again["combo_count"] == 2, "the host is the host, named or not"


def test_both_roads_count_on_where_the_other_left(world: World, session: UUID, rose: UUID) -> None:
    bo, cem = (world.watching(session, coins=100) for _ in range(2))
    world.one("select private.fold_coins()")
    first = give(world, bo, session, rose)
    batch = give_together(world, session, rose, [bo, cem, bo, bo], [1, 5, 2, 1])
    assert [gift["combo_count"] for gift in batch] == [2, 5, 4, 5]
    assert {gift["combo_id"] for gift in (first, batch[0], batch[2], batch[3])} == {first["id"]}
    assert give(world, bo, session, rose)["combo_count"] == 6


def test_gifts_at_once_are_counted_each_once(world: World, session: UUID, rose: UUID) -> None:
    """By both roads, from as many connections."""
    bo = world.watching(session, coins=100)

    def act(index: int) -> int:
        if index % 2:
            return int(give(world, bo, session, rose)["combo_count"])
        answers = world.verb(
            None, "send_gifts", [bo], [session], [rose], [1], [None], [str(uuid4())], [None]
        )  # left out where the purse is held
        return int(answers[0]["live_gift"]["combo_count"]) if answers[0] else 0

    counts = sorted(count for count in together(12, act) if count)
    assert counts == list(range(1, len(counts) + 1))
    assert len(counts) >= 6


def test_a_gift_that_is_refused_counts_for_nothing(world: World, session: UUID, rose: UUID) -> None:
    bo = world.watching(session, coins=2)
    give(world, bo, session, rose)
    assert world.refusal(bo, "send_gift", session, rose, 2, None, str(uuid4())) == (402, "insufficient_coins")
    assert give(world, bo, session, rose)["combo_count"] == 2


def test_rows_that_are_over_are_forgotten_and_those_that_go_on_are_not(world: World, session: UUID, rose: UUID) -> None:
    bo, cem = (world.watching(session, coins=100) for _ in range(2))
    give(world, bo, session, rose)
    seconds_pass(world, bo, 60)
    give(world, cem, session, rose)
    assert world.one("select private.forget_combos()") >= 1
    assert world.one("select count(*) from private.gift_combos where sender_id = %s", bo) == 0
    assert give(world, cem, session, rose)["combo_count"] == 2


def test_a_shadow_counts_under_its_own_name_and_nobodys_id(world: World, session: UUID, rose: UUID) -> None:
    bo = world.person(coins=100)
    shadow = world.shadow(bo)
    world.verb(bo, "join_session", session, shadow)
    assert [give(world, bo, session, rose)["combo_count"] for _ in range(2)] == [1, 2]
    cem = world.watching(session)
    lines = world.sql(cem, "select to_jsonb(m) ->> 'gift_combo_id' as combo, sender_profile_id from"
                           " (select gift_combo_id, sender_profile_id from public.live_messages"
                           "   where session_id = %s and message_type = 'gift') m", session)  # fmt: skip
    assert {line["sender_profile_id"] for line in lines} == {shadow}
    assert str(bo) not in str(lines)
