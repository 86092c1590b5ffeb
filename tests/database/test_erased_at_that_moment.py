"""An account is erased at the very moment somebody does something with it: one waits for the other, and none in a circle.

The erasure has come half the way, or all of it but the commit, when the other begins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection, errors

from sahne.accounts.transaction import QUERIES as ACCOUNTS
from sahne.errors import SahneError
from tests.at_once import overtaken
from tests.world import ASK, LINE, World

HELD = ("hold_presence",)
GONE = ("hold_presence", "delete_user")

from_half_way = pytest.mark.parametrize("so_far", [HELD, GONE], ids=["half-way", "but the commit"])

# What a viewer does: (world, viewer, host, session)
Act = Callable[[World, UUID, UUID, UUID], Any]
ACTS: dict[str, Act] = {
    "gift": lambda world, bo, ada, session: world.verb(
        bo, "send_gift", session, world.gift(1), 1, None, str(uuid4()), None
    ),
    "ticket": lambda world, bo, ada, session: world.verb(bo, "buy_ticket", session, str(uuid4()), None),
    "subscription": lambda world, bo, ada, session: world.verb(
        bo, "subscribe", tier_of(world, ada), str(uuid4()), None
    ),
    "join": lambda world, bo, ada, session: world.verb(bo, "join_session", session, None),
    "leave": lambda world, bo, ada, session: world.verb(bo, "leave_session", session),
    "call": lambda world, bo, ada, session: world.verb(bo, "start_call", ada, "video_call"),
    "request": lambda world, bo, ada, session: world.verb(bo, "request_to_join", session, None),
    "line": lambda world, bo, ada, session: world.sql(bo, LINE, session, bo, bo, "Merhaba"),
    "own request": lambda world, bo, ada, session: world.sql(bo, ASK, session, bo, bo),
    "own call": lambda world, bo, ada, session: world.sql(
        bo, "insert into public.calls (caller_id, callee_id, call_type) values (%s, %s, 'audio_call')", bo, ada
    ),
    "ban": lambda world, bo, ada, session: world.verb(ada, "ban_profile", session, bo, None, None),
    "ban from all": lambda world, bo, ada, session: world.verb(ada, "ban_from_all", bo, None, None),
    "invitation": lambda world, bo, ada, session: world.verb(ada, "invite_profile", session, bo, "co_host"),
    "kick": lambda world, bo, ada, session: world.verb(ada, "kick_profile", session, bo),
    "end": lambda world, bo, ada, session: world.verb(ada, "end_session", session),
}


def tier_of(world: World, creator: UUID) -> UUID | None:
    """The creator's tier while they are there."""
    rows = world.owner("select id from public.subscription_tiers where creator_id = %s", creator)
    return rows[0]["id"] if rows else None


def erasure(conn: Connection[Any], user: UUID, queries: tuple[str, ...]) -> None:
    conn.execute("set local role supabase_auth_admin")
    for name in queries:
        conn.execute(ACCOUNTS[name], {"user_id": user})


def is_told(answer: Any) -> bool:
    """Done, or refused in words: nothing that a door would have to be sorry for."""
    if isinstance(answer, SahneError):
        return answer.status < 500
    return isinstance(answer, dict | list | psycopg.IntegrityError | errors.InsufficientPrivilege)


@pytest.fixture
def session(world: World, ada: UUID) -> UUID:
    """A session that tickets are sold for, and its host's tier."""
    world.put("subscription_tiers", creator_id=ada, name="Dost", coin_price=5)
    return world.session(ada, access_type="pay_per_view", ppv_coin_price=3)


@pytest.fixture
def viewer(world: World, session: UUID, bo: UUID) -> UUID:
    """Who is in it, and has an old request there that nobody answered."""
    world.verb(bo, "buy_ticket", session, str(uuid4()), None)
    world.verb(bo, "join_session", session, None)
    world.sql(bo, ASK, session, bo, bo)
    world.owner("update public.live_guest_requests set expires_at = now() where requester_id = %s", bo)
    return bo


@from_half_way
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_what_is_done_with_a_host_who_is_being_erased_is_done_or_refused(
    world: World, ada: UUID, session: UUID, viewer: UUID, act: Act, so_far: tuple[str, ...]
) -> None:
    with psycopg.connect(world.url) as conn:
        erasure(conn, ada, so_far)
        rest = GONE[len(so_far) :]
        answer = overtaken(world, conn, lambda: act(world, viewer, ada, session), lambda: erasure(conn, ada, rest))
    assert is_told(answer), repr(answer)
    assert world.owner("select from auth.users where id = %s", ada) == []
    assert world.faults() == []


@from_half_way
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_what_somebody_does_who_is_being_erased_is_done_or_refused(
    world: World, ada: UUID, session: UUID, viewer: UUID, act: Act, so_far: tuple[str, ...]
) -> None:
    with psycopg.connect(world.url) as conn:
        erasure(conn, viewer, so_far)
        rest = GONE[len(so_far) :]
        answer = overtaken(world, conn, lambda: act(world, viewer, ada, session), lambda: erasure(conn, viewer, rest))
    assert is_told(answer), repr(answer)
    assert world.owner("select from auth.users where id = %s", viewer) == []
    assert world.faults() == []


def test_a_gift_for_a_host_who_is_gone_a_moment_later_finds_no_session(
    world: World, ada: UUID, session: UUID, viewer: UUID
) -> None:
    before = world.balance(viewer)
    with psycopg.connect(world.url) as conn:
        erasure(conn, ada, GONE)
        answer = overtaken(world, conn, lambda: ACTS["gift"](world, viewer, ada, session))
    assert (answer.status, answer.code) == (404, "not_found")
    assert world.balance(viewer) == before + 3  # the ticket's


@from_half_way
def test_who_hangs_up_while_the_other_is_erased_is_free(
    world: World, ada: UUID, bo: UUID, so_far: tuple[str, ...]
) -> None:
    call = world.verb(ada, "start_call", bo, "video_call")["call"]["id"]
    world.verb(bo, "step_call", call, "accepted")
    with psycopg.connect(world.url) as conn:
        erasure(conn, ada, so_far)
        rest = GONE[len(so_far) :]
        answer = overtaken(world, conn, lambda: world.verb(bo, "end_call", call), lambda: erasure(conn, ada, rest))
    assert is_told(answer), repr(answer)
    assert world.verb(bo, "start_call", world.person(), "video_call")["call"]["status"] == "initiated"
