"""What a session brought is told its host alone: net of commission, its own gifts and tickets and nobody else's."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from tests.world import World

NOTHING = {"count": 0, "coins": 0}


@pytest.fixture
def concert(world: World, ada: UUID) -> UUID:
    return world.session(ada, live=False, access_type="pay_per_view", ppv_coin_price=250)


def test_a_host_reads_gifts_tickets_and_who_gave_most(world: World, ada: UUID, concert: UUID) -> None:
    people = [world.person(coins=1_000) for _ in range(4)]
    for who in people:
        world.verb(who, "buy_ticket", concert, "mine")
    world.verb(ada, "start_session", concert)
    rose = world.gift(10)
    for number, who in enumerate(people, start=1):
        world.verb(who, "join_session", concert)
        world.verb(who, "send_gift", concert, rose, number, None, "tap")
    assert world.verb(ada, "takings", concert)["tickets"] == NOTHING, "not paid out before the end"
    world.owner("update public.live_sessions set started_at = now() - interval '1 hour' where id = %s", concert)
    world.owner("update private.tickets set created_at = now() - interval '1 hour' where session_id = %s", concert)
    world.verb(ada, "end_session", concert)
    brought = world.verb(ada, "takings", concert)
    assert brought["gifts"] == {"count": 10, "coins": 80}
    assert brought["tickets"] == {"count": 4, "coins": 800}
    assert brought["coins"] == world.balance(ada) == 880
    assert [(each["profile_id"], each["gifts"], each["coins"]) for each in brought["supporters"]] == [
        (str(people[3]), 4, 40), (str(people[2]), 3, 30), (str(people[1]), 2, 20),
    ]  # fmt: skip


def test_another_session_of_theirs_is_not_counted_with_it(world: World, ada: UUID) -> None:
    one, other = world.session(ada), world.session(world.person(creator=True))
    bo = world.watching(other, coins=100)
    world.verb(bo, "send_gift", other, world.gift(10), 1, None, "tap")
    assert world.verb(ada, "takings", one) == {"coins": 0, "gifts": NOTHING, "tickets": NOTHING, "supporters": []}


def test_nobody_but_the_host_is_told(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo = world.watching(session, coins=100)
    assert world.refusal(bo, "takings", session) == (404, "not_found")
    assert world.refusal(world.person(creator=True), "takings", session) == (404, "not_found")
    assert world.refusal(ada, "takings", uuid4()) == (404, "not_found")
