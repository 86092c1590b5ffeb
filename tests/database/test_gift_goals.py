"""What a host would like to reach: goals fill one after another with what is given, and are told when they are reached."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from sahne.database.actor import ANONYMOUS
from tests.at_once import together
from tests.world import World

SHOWN = "select title, coins, reached_at is not null as reached from public.live_goals where session_id = %s order by position"


@pytest.fixture
def eda(world: World) -> UUID:
    return world.person(creator=True)


@pytest.fixture
def session(world: World, eda: UUID) -> UUID:
    return world.session(eda)


@pytest.fixture(scope="module")
def coin(world: World) -> UUID:
    return world.gift(1)


def give(world: World, giver: UUID, session: UUID, gift: UUID, coins: int, receiver: UUID | None = None) -> UUID:
    answer = world.verb(giver, "send_gift", session, gift, coins, receiver, str(uuid4()))
    return UUID(answer["live_gift"]["id"])


def goal(world: World, host: UUID, session: UUID, title: str, coins: int) -> Any:
    return world.verb(host, "add_goal", session, title, coins)["goal"]


def shown(world: World, session: UUID, who: Any = ANONYMOUS) -> list[tuple[str, int, bool]]:
    world.one("select private.fold_gift_tallies()")
    return [(row["title"], row["coins"], row["reached"]) for row in world.sql(who, SHOWN, session)]


def events(world: World, host: UUID) -> list[str]:
    told = (
        "select details ->> 'title' as title from private.events where code = 'goal_reached' and actor_profile_id = %s"
    )
    return [row["title"] for row in world.owner(f"{told} order by id", host)]


def test_goals_fill_one_after_another_for_everybody_to_see(world: World, eda: UUID, session: UUID, coin: UUID) -> None:
    bo = world.watching(session, coins=1_000)
    first = goal(world, eda, session, "Encore", 100)
    assert (first["coins"], first["reached_at"], first["position"]) == (0, None, 1)
    goal(world, eda, session, "Dance", 50)
    give(world, bo, session, coin, 60)
    assert shown(world, session) == [("Encore", 60, False), ("Dance", 0, False)]
    give(world, bo, session, coin, 60)
    assert shown(world, session) == [("Encore", 100, True), ("Dance", 20, False)]
    assert events(world, eda) == ["Encore"]
    give(world, bo, session, coin, 600)
    assert shown(world, session, bo) == [("Encore", 100, True), ("Dance", 50, True)]
    assert events(world, eda) == ["Encore", "Dance"]
    said = "select details ->> 'title' as title from public.live_messages where session_id = %s and content = 'goal_reached'"
    assert [line["title"] for line in world.sql(bo, f"{said} order by seq", session)] == ["Encore", "Dance"]


def test_what_was_given_before_a_goal_counts_for_none(world: World, eda: UUID, session: UUID, coin: UUID) -> None:
    bo = world.watching(session, coins=1_000)
    give(world, bo, session, coin, 40)
    goal(world, eda, session, "Encore", 100)  # while the forty are not folded yet
    assert shown(world, session) == [("Encore", 0, False)]
    give(world, bo, session, coin, 100)
    assert shown(world, session) == [("Encore", 100, True)]


def test_a_gift_to_a_guest_counts_too(world: World, eda: UUID, session: UUID, coin: UUID) -> None:
    bo, guest = world.watching(session, coins=1_000), world.watching(session)
    world.owner("update public.live_participants set role = 'invited_guest' where user_id = %s", guest)
    goal(world, eda, session, "Encore", 100)
    give(world, bo, session, coin, 30, receiver=guest)
    assert shown(world, session) == [("Encore", 30, False)]


def test_a_gift_given_back_is_missing_and_a_goal_that_was_reached_stays(
    world: World, eda: UUID, session: UUID, coin: UUID
) -> None:
    bo, admin = world.watching(session, coins=1_000), world.admin()
    goal(world, eda, session, "Encore", 100)
    goal(world, eda, session, "Dance", 100)
    gifts = [give(world, bo, session, coin, coins) for coins in (100, 70)]
    assert shown(world, session) == [("Encore", 100, True), ("Dance", 70, False)]
    world.verb(admin, "refund_gift", gifts[0])
    assert shown(world, session) == [("Encore", 100, True), ("Dance", 0, False)]
    give(world, bo, session, coin, 130)
    assert shown(world, session) == [("Encore", 100, True), ("Dance", 100, True)]
    assert events(world, eda) == ["Encore", "Dance"], "each once"


def test_a_goal_taken_back_leaves_what_was_given_to_the_next(
    world: World, eda: UUID, session: UUID, coin: UUID
) -> None:
    bo = world.watching(session, coins=1_000)
    first, second = (goal(world, eda, session, title, 100) for title in ("Encore", "Dance"))
    goal(world, eda, session, "Song", 20)
    give(world, bo, session, coin, 70)
    shown(world, session)
    dropped = world.verb(eda, "drop_goal", UUID(first["id"]))["goal"]
    assert (dropped["title"], dropped["coins"]) == ("Encore", 70)
    assert shown(world, session) == [("Dance", 70, False), ("Song", 0, False)]
    world.verb(eda, "drop_goal", UUID(second["id"]))
    assert shown(world, session) == [("Song", 20, True)]
    assert events(world, eda) == ["Song"]
    assert world.refusal(eda, "drop_goal", UUID(first["id"])) == (404, "not_found")


def test_only_the_host_sets_goals_and_no_more_than_ten_are_open(world: World, eda: UUID, session: UUID) -> None:
    bo = world.watching(session)
    for who in (bo, world.person(creator=True)):
        assert world.refusal(who, "add_goal", session, "Mine", 10) == (403, "forbidden")
    answers = together(12, lambda index: goal(world, eda, session, f"Goal {index}", 10))
    assert sorted(type(answer).__name__ for answer in answers) == ["Refused"] * 2 + ["dict"] * 10
    assert world.refusal(eda, "add_goal", session, "One more", 10) == (409, "too_many_goals")
    first = next(answer for answer in answers if isinstance(answer, dict))
    assert world.refusal(bo, "drop_goal", UUID(first["id"])) == (403, "forbidden")
    with pytest.raises(Exception, match="permission denied"):
        world.sql(eda, "update public.live_goals set coins = target_coins where session_id = %s", session)
    world.verb(eda, "end_session", session)
    assert world.refusal(eda, "add_goal", session, "Late", 10) == (409, "session_over")
    assert world.refusal(eda, "add_goal", uuid4(), "Nowhere", 10) == (404, "not_found")


def test_a_goal_that_was_reached_is_not_taken_back(world: World, eda: UUID, session: UUID, coin: UUID) -> None:
    bo = world.watching(session, coins=1_000)
    reached = goal(world, eda, session, "Encore", 10)
    give(world, bo, session, coin, 10)
    shown(world, session)
    assert world.refusal(eda, "drop_goal", UUID(reached["id"])) == (409, "goal_reached")
    assert shown(world, session) == [("Encore", 10, True)]


def test_gifts_and_goals_at_once_lose_nothing(world: World, eda: UUID, session: UUID, coin: UUID) -> None:
    givers = [world.watching(session, coins=1_000) for _ in range(6)]
    goal(world, eda, session, "First", 60)

    def act(index: int) -> None:
        if index < 6:
            for _ in range(5):
                give(world, givers[index], session, coin, 3)
        elif index < 8:
            goal(world, eda, session, f"Then {index}", 20)
        else:
            for _ in range(10):
                world.one("select private.fold_gift_tallies()")

    assert together(10, act) == [None] * 10
    goals = shown(world, session)
    assert goals[0] == ("First", 60, True)
    assert world.one("select coins from private.session_coins where session_id = %s", session) == 90
    assert events(world, eda).count("First") == 1
