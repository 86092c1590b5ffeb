"""What must hold of order however often and however close together it is tried: bans, their ends, and who is above whom."""

from __future__ import annotations

from itertools import product
from typing import Any
from uuid import UUID

import psycopg
import pytest

from sahne.database.refusals import Refused, refusals
from tests.at_once import together
from tests.world import LINE, World

ROLES = ("host", "co_host", "invited_guest", "moderator", "speaker", "viewer", "listener")
RANKS = {"host": 3, "moderator": 2}
ACTS = {
    "mute_profile": (True,), "kick_profile": (), "time_out_profile": (60,), "ban_profile": (),
}  # fmt: skip
LATER_LINES = "select count(*) from public.live_messages where session_id = %s and sender_id = %s and created_at > %s"


@pytest.fixture
def times(pytestconfig: pytest.Config) -> int:
    return 100 if pytestconfig.getoption("--prove") else 10


@pytest.mark.prove
def test_nothing_is_said_after_a_ban_however_close_it_comes(world: World, ada: UUID, times: int) -> None:
    session = world.session(ada)
    for _ in range(times):
        bo = world.watching(session)

        def act(turn: int, bo: UUID = bo) -> Any:
            if turn == 0:
                world.verb(ada, "ban_profile", session, bo)
                return world.one("select clock_timestamp()")
            if turn == 1:
                return world.verb(bo, "join_session", session)
            return [world.sql(bo, LINE, session, bo, bo, f"{turn} {line}") for line in range(5)]

        banned_at, *others = together(4, act)
        assert all(isinstance(each, psycopg.errors.InsufficientPrivilege | Refused | dict | list) for each in others), (
            others
        )
        assert world.one(LATER_LINES, session, bo, banned_at) == 0
        assert world.refusal(bo, "join_session", session) == (403, "banned")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            world.sql(bo, LINE, session, bo, bo, "Yine ben")
    assert world.row(session)["viewer_count"] == 0


@pytest.mark.parametrize(
    ("until", "holds"), [("1 millisecond", True), ("0 seconds", False), ("-1 second", False), (None, True)]
)
def test_a_ban_ends_at_its_very_moment_or_never(world: World, ada: UUID, until: str | None, holds: bool) -> None:
    session = world.session(ada)
    bo = world.watching(session)
    world.verb(ada, "ban_profile", session, bo)
    with world.serving(ada) as conn:
        conn.execute("update public.live_session_bans set expires_at = now() + %s::interval", (until,))
        row = conn.execute("select private.is_banned(%s, %s) as banned", (session, bo)).fetchone()
    assert row == {"banned": holds}


@pytest.fixture(scope="module")
def house(world: World) -> tuple[UUID, dict[tuple[str, int], UUID]]:
    """A session with two people of each role, but one host."""
    host = world.person(creator=True)
    session = world.session(host)
    people = {("host", 0): host}
    for role, number in product(ROLES[1:], range(2)):
        people[role, number] = who = world.watching(session)
        world.owner("update public.live_participants set role = %s where user_id = %s", role, who)
    return session, people


@pytest.mark.parametrize("verb", ACTS)
@pytest.mark.parametrize(("actor", "other"), list(product(ROLES, ROLES)))
def test_each_role_acts_on_those_below_it_alone(
    world: World, house: tuple[UUID, dict[tuple[str, int], UUID]], verb: str, actor: str, other: str
) -> None:
    session, people = house
    acting = people[actor, 0]
    subject = people.get((other, 1), people[other, 0])
    may = actor in RANKS and RANKS[actor] > RANKS.get(other, 1)
    assert answered(world, acting, verb, session, subject, *ACTS[verb]) == ("done" if may else (403, "forbidden"))


def answered(world: World, who: UUID, verb: str, *values: object) -> object:
    """What became of an act, of which nothing stays."""
    holes = ", ".join(["%s"] * len(values))
    try:
        with world.serving(who) as conn, refusals():
            conn.execute(f"select private.{verb}({holes})".encode(), values)
            conn.rollback()
    except Refused as refused:
        return refused.status, refused.code
    return "done"


@pytest.mark.parametrize("verb", ACTS)
def test_nobody_acts_on_themselves(world: World, house: tuple[UUID, dict[tuple[str, int], UUID]], verb: str) -> None:
    session, people = house
    for role in ROLES:
        me = people[role, 0]
        assert answered(world, me, verb, session, me, *ACTS[verb]) == (403, "forbidden")
