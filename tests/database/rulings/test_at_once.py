"""Pairs for the rulings that only show when many come at once (S5, L3, L4, L5, L10), with connections of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors as pg

from tests.at_once import together
from tests.database.rulings.rows import own_object, scene, seat_in, session_of, write
from tests.eventually import eventually
from tests.world import World

CLIENTS = 16


def refusals_in(answers: list[Any]) -> int:
    """How many were refused for a reason of ours; anything else is a failure of the test."""
    wrong = [
        a
        for a in answers
        if isinstance(a, Exception) and not isinstance(a, pg.InsufficientPrivilege | pg.UniqueViolation)
    ]
    assert wrong == []
    return sum(isinstance(answer, Exception) for answer in answers)


def test_s5_looking_before_inserting_lets_too_many_through(mended_seed: World, ours: World) -> None:
    """The seeds' way asks for the day's count and inserts when it is below the limit: all ask before any inserts."""
    asked = "select coalesce(sum(generation_count), 0) as used from public.usage_tracking where user_id = %s"
    insert = """insert into public.generated_images (user_id, scene_id, image_url, prompt)
                values (%s, %s, %s, 'p')"""
    all_have_asked = Barrier(CLIENTS)

    def look_and_keep(world: World, user: UUID, made: UUID) -> None:
        url = own_object(world, user)
        with world.acting(user) as conn:
            used = conn.execute(asked, (user,)).fetchone()
            all_have_asked.wait()
            if used and used["used"] < 10:
                conn.execute(insert, (user, made, url))

    kept = {}
    for world in (mended_seed, ours):
        bo, made = world.person(), scene(world)
        answers = together(CLIENTS, lambda _, world=world, bo=bo, made=made: look_and_keep(world, bo, made))
        kept[world] = (CLIENTS - refusals_in(answers), world.one(asked, bo))
    assert kept[mended_seed] == (CLIENTS, CLIENTS)
    assert kept[ours] == (10, 10)


def test_l3_nobody_is_in_two_calls(seed: World, ours: World) -> None:
    running = (
        "select count(*) from public.calls where callee_id = %s and status in ('initiated', 'ringing', 'accepted')"
    )
    ada, callers = seed.person(), [seed.person() for _ in range(8)]

    def call(world: World, callee: UUID, caller: UUID, **more: Any) -> None:
        write(world, caller, "calls", caller_id=caller, callee_id=callee, call_type="audio_call", **more)

    answers = together(8, lambda i: call(seed, ada, callers[i], livekit_room_name=str(uuid4())))
    assert refusals_in(answers) == 0
    assert seed.one(running, ada) == 8
    ada, callers = ours.person(), [ours.person() for _ in range(8)]
    assert refusals_in(together(8, lambda i: call(ours, ada, callers[i]))) == 0
    assert ours.one(running, ada) == 1
    assert ours.one("select count(*) from public.calls where callee_id = %s and status = 'busy'", ada) == 7


def test_l3_a_caller_starts_one_call(seed: World, ours: World) -> None:
    for world in (seed, ours):
        bo, callees = world.person(), [world.person() for _ in range(8)]
        more = {"livekit_room_name": ""} if world is seed else {}

        def call(i: int, world: World = world, bo: UUID = bo, callees: list[UUID] = callees, more: Any = more) -> None:
            room = {name: str(uuid4()) for name in more}
            write(world, bo, "calls", caller_id=bo, callee_id=callees[i], call_type="audio_call", **room)

        assert refusals_in(together(8, call)) == (0 if world is seed else 7)


def test_l4_a_creator_is_live_once(seed: World, ours: World) -> None:
    live = "select count(*) from public.live_sessions where creator_id = %s and status = 'live'"
    ada = seed.person()
    answers = together(8, lambda _: write(
        seed, ada, "live_sessions", creator_id=ada, creator_profile_id=ada, session_type="video_live",
        livekit_room_name=str(uuid4()), status="live",
    ))  # fmt: skip
    assert (refusals_in(answers), seed.one(live, ada)) == (0, 8)
    ada = ours.person(creator=True)
    sessions = [ours.session(ada, live=False) for _ in range(8)]
    started = together(8, lambda i: ours.verb(ada, "start_session", sessions[i]))
    assert sum(isinstance(answer, dict) for answer in started) == 1
    assert {getattr(answer, "code", "started") for answer in started} == {"started", "already_live"}
    assert ours.one(live, ada) == 1


def test_l5_a_user_waits_with_one_request(seed: World, ours: World) -> None:
    waiting = "select count(*) from public.live_guest_requests where requester_id = %s and status = 'pending'"
    for world in (seed, ours):
        if world is seed:
            bo, session = world.person(), session_of(world, world.person())
        else:
            session = world.session(world.person(creator=True))
            bo = world.watching(session)
        asked = {"session_id": session, "requester_id": bo, "requester_profile_id": bo}
        together(CLIENTS, lambda _, world=world, bo=bo, asked=asked: write(world, bo, "live_guest_requests", **asked))
        assert world.one(waiting, bo) == (CLIENTS if world is seed else 1)


def test_l10_the_peak_is_the_true_one(seed: World, ours: World) -> None:
    """The obvious statement counts what its own snapshot shows: two who come at once each count themselves alone."""
    peak = """update public.live_sessions set peak_viewers = greatest(peak_viewers,
                (select count(*) from public.live_participants where session_id = %(id)s)) where id = %(id)s"""
    session = session_of(seed, seed.person())
    seat_in(seed, session, seed.person())
    assert seed.one("select peak_viewers from public.live_sessions where id = %s", session) == 0, "nothing maintains it"
    session = session_of(seed, seed.person())
    with psycopg.connect(seed.url) as one, psycopg.connect(seed.url) as two:
        for conn in (one, two):
            viewer = seed.person()
            conn.execute(
                "insert into public.live_participants (session_id, user_id, profile_id) values (%s, %s, %s)",
                (session, viewer, viewer),
            )
        one.execute(peak, {"id": session})
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(two.execute, peak, {"id": session})
            eventually(lambda: seed.one("select cardinality(pg_blocking_pids(%s))", two.info.backend_pid))
            one.commit()
            other.result()
    assert seed.one("select count(*) from public.live_participants where session_id = %s", session) == 2
    assert seed.one("select peak_viewers from public.live_sessions where id = %s", session) == 1
    session = ours.session(ours.person(creator=True))
    viewers = [ours.person() for _ in range(CLIENTS)]
    together(CLIENTS, lambda i: ours.verb(viewers[i], "join_session", session))
    row = ours.row(session)
    assert (row["viewer_count"], row["peak_viewers"], row["total_viewers"]) == (CLIENTS,) * 3


def test_l10_a_gift_waits_for_no_other(seed: World, ours: World) -> None:
    """A total kept in the session's row makes every giver wait for the one before; ours are appended and folded."""
    add = "update public.live_sessions set total_gifts_received = total_gifts_received + 1 where id = %s"
    session = session_of(seed, seed.person())
    with psycopg.connect(seed.url) as one, psycopg.connect(seed.url) as two:
        one.execute(add, (session,))
        two.execute("set lock_timeout = '50ms'")
        with pytest.raises(pg.LockNotAvailable):
            two.execute(add, (session,))
    stage = ours.session(ours.person(creator=True))
    rose, givers = ours.gift(1), [ours.watching(stage, coins=5) for _ in range(8)]
    together(8, lambda i: ours.verb(givers[i], "send_gift", stage, rose, 1, None, str(uuid4())))
    assert ours.row(stage)["total_gifts_received"] == 8
