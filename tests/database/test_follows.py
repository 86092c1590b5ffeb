"""Who follows whom is known to the two; how many follow, to everybody, and exactly, whatever becomes of the people."""

from __future__ import annotations

from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from sahne.database.refusals import Refused
from sahne.errors import SahneError
from tests.at_once import together
from tests.eventually import eventually
from tests.world import World

SEEN = "select follower_id, followed_profile_id from public.follows order by created_at"
ANY = "select id from public.follows where followed_profile_id = %s"
SUSPENDED = "update auth.users set banned_until = now() + interval '1 hour' where id = %s"
OVER = "update auth.users set banned_until = now() - interval '1 second' where id = %s"
# as time does it: no statement says that a suspension is over
OVER_BY_ITSELF = """
with quiet as (select set_config('session_replication_role', 'replica', true))
update auth.users set banned_until = now() - interval '1 second' from quiet where id = %s"""


def followers(world: World, creator: UUID) -> int:
    """The public number, as nobody in particular reads it."""
    (row,) = world.sql(None, "select follower_count from public.public_profiles where id = %s", creator)
    return int(row["follower_count"])


def test_a_creator_is_followed_once_however_often(world: World, ada: UUID, bo: UUID) -> None:
    for _ in range(2):
        answer = world.verb(bo, "follow_profile", ada)
        assert (answer["is_following"], answer["profile"]["follower_count"]) == (True, 1)
    for _ in range(2):
        answer = world.verb(bo, "unfollow_profile", ada)
        assert (answer["is_following"], answer["profile"]["follower_count"]) == (False, 0)


def test_the_two_see_it_and_nobody_else(world: World, ada: UUID, bo: UUID) -> None:
    world.verb(bo, "follow_profile", ada)
    both = [{"follower_id": bo, "followed_profile_id": ada}]
    assert world.sql(ada, SEEN) == world.sql(bo, SEEN) == both
    assert world.sql(world.person(), SEEN) == []
    with pytest.raises(InsufficientPrivilege):
        world.sql(None, SEEN)


def test_nobody_follows_by_a_statement_of_their_own(world: World, ada: UUID, bo: UUID) -> None:
    with pytest.raises(InsufficientPrivilege):
        world.sql(bo, "insert into public.follows (follower_id, followed_profile_id) values (%s, %s)", bo, ada)
    world.verb(bo, "follow_profile", ada)
    for statement in ("update public.follows set created_at = now()", "delete from public.follows"):
        with pytest.raises(InsufficientPrivilege):
            world.sql(bo, statement)
    with pytest.raises(InsufficientPrivilege):
        world.sql(ada, "update public.public_profiles set follower_count = 1000000 where id = %s", ada)


def test_who_is_no_creator_is_not_followed_and_nobody_follows_themselves(world: World, ada: UUID, bo: UUID) -> None:
    nobody = (404, "not_found")
    assert world.refusal(bo, "follow_profile", world.person()) == nobody
    assert world.refusal(bo, "follow_profile", world.shadow(ada)) == nobody
    assert world.refusal(bo, "follow_profile", uuid4()) == nobody
    assert world.refusal(ada, "follow_profile", ada) == (422, "unprocessable")
    world.owner(SUSPENDED, ada)
    assert world.refusal(bo, "follow_profile", ada) == nobody


def test_only_named_people_follow(world: World, ada: UUID, bo: UUID) -> None:
    assert world.refusal(world.person(anonymous=True), "follow_profile", ada) == (403, "anonymous_not_allowed")
    world.owner(SUSPENDED, bo)
    assert world.refusal(bo, "follow_profile", ada) == (403, "user_banned")


def follows_again(world: World, who: UUID, whom: UUID) -> tuple[int, str] | None:
    """With what it is refused, if it is: one more is free every second."""
    try:
        world.verb(who, "follow_profile", whom)
    except Refused as refused:
        return refused.status, refused.code
    world.verb(who, "unfollow_profile", whom)
    return None


def test_who_follows_too_fast_waits(world: World, ada: UUID, bo: UUID) -> None:
    for _ in range(60):
        world.verb(bo, "follow_profile", ada)
        world.verb(bo, "unfollow_profile", ada)
    assert eventually(lambda: follows_again(world, bo, ada)) == (429, "too_fast")
    assert followers(world, ada) == 0


def test_nobody_follows_more_than_their_feed_can_hold(world: World, ada: UUID, bo: UUID) -> None:
    world.owner(
        """insert into auth.users (id, aud, role, email)
           select gen_random_uuid(), 'authenticated', 'authenticated', 'f' || n || '@many.example'
             from generate_series(1, private.follows_max()) n"""
    )
    world.owner(
        """insert into public.follows (follower_id, followed_profile_id)
           select %s, id from auth.users where email like '%%@many.example'""",
        bo,
    )
    assert world.refusal(bo, "follow_profile", ada) == (409, "too_many_follows")
    world.owner("delete from auth.users where email like '%@many.example'")
    assert world.verb(bo, "follow_profile", ada)["is_following"]


def test_the_number_is_exact_when_many_come_and_go_at_once(world: World, ada: UUID) -> None:
    people = [world.person() for _ in range(16)]

    def act(index: int) -> None:
        for _ in range(3):
            world.verb(people[index], "follow_profile", ada)
            world.verb(people[index], "unfollow_profile", ada)
        if index % 2:
            world.verb(people[index], "follow_profile", ada)

    assert together(len(people), act) == [None] * len(people)
    assert followers(world, ada) == len(people) // 2


def test_the_number_is_exact_when_followers_are_erased_while_others_come(world: World, ada: UUID) -> None:
    gone, come = ([world.person() for _ in range(8)] for _ in range(2))
    for person in gone:
        world.verb(person, "follow_profile", ada)

    def act(index: int) -> None:
        if index % 2:
            world.owner("delete from auth.users where id = %s", gone[index // 2])
        else:
            world.verb(come[index // 2], "follow_profile", ada)

    assert together(16, act) == [None] * 16
    assert followers(world, ada) == 8


def test_who_is_suspended_counts_for_nobody_until_it_is_over(world: World, ada: UUID, bo: UUID) -> None:
    world.verb(bo, "follow_profile", ada)
    world.owner(SUSPENDED, bo)
    assert followers(world, ada) == 0
    world.owner(OVER, bo)
    assert followers(world, ada) == 1
    world.owner("update auth.users set deleted_at = now() where id = %s", bo)
    assert followers(world, ada) == 0


def test_a_suspension_that_ends_by_itself_is_seen_by_the_clock(world: World, ada: UUID, bo: UUID) -> None:
    world.verb(bo, "follow_profile", ada)
    world.owner(SUSPENDED, bo)
    assert world.one("select private.count_returned_followers()") == 0
    world.owner(OVER_BY_ITSELF, bo)
    assert followers(world, ada) == 0
    assert world.one("select private.count_returned_followers()") == 1
    assert followers(world, ada) == 1


def test_an_erasure_of_either_takes_it_along(world: World, ada: UUID, bo: UUID) -> None:
    world.verb(bo, "follow_profile", ada)
    world.owner("delete from auth.users where id = %s", ada)
    assert world.owner(ANY, ada) == []
    other = world.person(creator=True)
    world.verb(bo, "follow_profile", other)
    world.owner("delete from auth.users where id = %s", bo)
    assert (world.owner(ANY, other), followers(world, other)) == ([], 0)


def test_who_follows_while_the_creator_is_erased_follows_nobody(world: World, ada: UUID, bo: UUID) -> None:
    def act(index: int) -> None:
        if index:
            world.owner("delete from auth.users where id = %s", ada)
        else:
            world.verb(bo, "follow_profile", ada)

    followed, erased = together(2, act)
    assert erased is None
    assert followed is None or isinstance(followed, Refused | SahneError | psycopg.IntegrityError)
    assert world.owner(ANY, ada) == []


def test_a_creator_hears_of_a_follower_once(world: World, ada: UUID, bo: UUID) -> None:
    for _ in range(3):
        world.verb(bo, "follow_profile", ada)
        world.verb(bo, "unfollow_profile", ada)
    assert world.sql(ada, "select code, actor_profile_id, details from public.notifications") == [
        {"code": "follower_gained", "actor_profile_id": bo, "details": {}}
    ]
