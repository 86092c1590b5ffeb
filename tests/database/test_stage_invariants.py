"""What is true of a session whoever comes at the same moment: `--prove` tries each as often as it takes, every run a tenth.

The same names stand in docs/reference/invariants.md, with the sizes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from sahne.database.refusals import Refused
from tests.at_once import together
from tests.world import ASK, World

pytestmark = [pytest.mark.prove, pytest.mark.timeout(600)]

AT_ONCE = 20
CLIENTS = 50
SEAT = "select * from public.live_participants where session_id = %s and user_id = %s"


@pytest.fixture
def times(pytestconfig: pytest.Config) -> int:
    return 10 if pytestconfig.getoption("--prove") else 1


@pytest.fixture
def host(world: World) -> UUID:
    return world.person(creator=True)


def refused(answers: list[Any]) -> list[str]:
    return [answer.code for answer in answers if isinstance(answer, Refused)]


def test_p1_fifty_buyers_of_one_seat_pay_once_and_come_in_again_for_nothing(
    world: World, host: UUID, times: int
) -> None:
    concert = world.session(host, access_type="pay_per_view", ppv_coin_price=250)
    for _ in range(times):
        bo = world.person(coins=600)

        def come(_: int, bo: UUID = bo) -> Any:
            world.verb(bo, "buy_ticket", concert, str(uuid4()))
            return world.verb(bo, "join_session", concert)["seat"]

        seats = together(CLIENTS, come)
        assert [seat for seat in seats if isinstance(seat, Exception)] == []
        assert world.balance(bo) == 350
        world.verb(bo, "leave_session", concert)
        world.verb(bo, "join_session", concert)
        assert world.balance(bo) == 350


def test_s1_somebody_who_comes_and_goes_has_one_seat_and_the_union_of_their_stays(
    world: World, host: UUID, times: int
) -> None:
    cycles, seconds = 20 * times, 7
    session = world.session(host)
    bo = world.watching(session)
    world.verb(bo, "leave_session", session)
    start = datetime.now(UTC) - timedelta(hours=1)
    world.verb(bo, "join_session", session)
    world.owner(
        "update private.live_intervals set joined_at = %s from public.live_participants seats"
        " where seats.id = participant_id and seats.user_id = %s and private.live_intervals.left_at is null",
        start, bo,
    )  # fmt: skip
    for cycle in range(cycles):
        begun = start + timedelta(seconds=10 * cycle)
        for sid, at in ((f"PA_{bo}_{cycle}", begun), (f"PA_{bo}_{cycle}_twice", begun + timedelta(seconds=2))):
            world.verb(None, "seat_connected", f"live_{session}", bo, sid, at)
            world.owner("update private.live_intervals set joined_at = %s where livekit_sid = %s", at, sid)
        for sid in (f"PA_{bo}_{cycle}", f"PA_{bo}_{cycle}_twice"):
            world.verb(None, "seat_disconnected", f"live_{session}", bo, sid, begun + timedelta(seconds=seconds))
    (seat,) = world.owner(SEAT, session, bo)
    stays = "select count(*) from private.live_intervals where participant_id = %s and livekit_sid is not null"
    assert world.one(stays, seat["id"]) == 2 * cycles
    assert abs(seat["total_watch_time_seconds"] - cycles * seconds) <= 1


def test_s2_the_peak_of_a_storm_is_exact_and_the_host_is_not_in_it(world: World, host: UUID, times: int) -> None:
    session = world.session(host)
    viewers = [world.person() for _ in range(100 * times)]

    def join(client: int) -> None:
        for viewer in viewers[client::CLIENTS]:
            world.verb(viewer, "join_session", session)

    assert [each for each in together(CLIENTS, join) if each] == []
    row = world.row(session)
    count = len(viewers)
    assert (row["viewer_count"], row["peak_viewers"], row["total_viewers"]) == (count, count, count)


def test_s3_who_comes_five_times_is_one_viewer(world: World, host: UUID, times: int) -> None:
    session = world.session(host)
    viewers = [world.person() for _ in range(10 * times)]

    def come_and_go(index: int) -> None:
        for _ in range(5):
            world.verb(viewers[index], "join_session", session)
            world.verb(viewers[index], "leave_session", session)

    for begun in range(0, len(viewers), CLIENTS):
        chunk = range(begun, min(begun + CLIENTS, len(viewers)))
        assert [each for each in together(len(chunk), lambda i, b=begun: come_and_go(b + i)) if each] == []
    assert world.row(session)["total_viewers"] == len(viewers)


STATES = ("scheduled", "live", "ended", "cancelled")
ACTS = {"live": "start_session", "ended": "end_session", "cancelled": "cancel_session"}
DONE = {"live": "started", "ended": "ended", "cancelled": "cancelled"}
ALLOWED = {("scheduled", "live"), ("live", "ended"), ("scheduled", "cancelled")}


@pytest.mark.parametrize("wanted", STATES)
@pytest.mark.parametrize("state", STATES)
def test_s4_a_session_goes_forward_only_whoever_asks_twice_at_once(
    world: World, host: UUID, state: str, wanted: str
) -> None:
    session = world.session(host, live=state in ("live", "ended"))
    if state == "ended":
        world.verb(host, "end_session", session)
    if state == "cancelled":
        world.verb(host, "cancel_session", session)
    if wanted == "scheduled":
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            world.sql(host, "update public.live_sessions set status = 'scheduled' where id = %s", session)
        answers: list[Any] = []
    else:
        answers = together(2, lambda _: world.verb(host, ACTS[wanted], session))
    goes = (state, wanted) in ALLOWED
    assert world.row(session)["status"] == (wanted if goes else state)
    # who comes second, or asks for what is so already, is answered, and nothing happens again
    assert len(refused(answers)) == (0 if goes or state == wanted else len(answers)), answers
    assert sum(answer[DONE[wanted]] for answer in answers if isinstance(answer, dict)) == goes


def test_s4_twenty_at_once_start_one_session_once(world: World, host: UUID) -> None:
    session = world.session(host, live=False)
    answers = together(AT_ONCE, lambda _: world.verb(host, "start_session", session))
    assert [answer["started"] for answer in answers].count(True) == 1
    assert len({answer["session"]["started_at"] for answer in answers}) == 1
    orders = "select action from private.livekit_outbox where room_name = %s"
    assert [row["action"] for row in world.owner(orders, f"live_{session}")] == ["create_room"]


def test_s5_twenty_sessions_of_a_creator_started_at_once_are_one_live_one(world: World, host: UUID) -> None:
    sessions = [world.session(host, live=False) for _ in range(AT_ONCE)]
    answers = together(AT_ONCE, lambda index: world.verb(host, "start_session", sessions[index]))
    assert refused(answers) == ["already_live"] * (AT_ONCE - 1)


@pytest.mark.parametrize(("over_seconds", "outcome"), [(-1, None), (0, "request_expired"), (1, "request_expired")])
def test_g1_a_request_is_approved_until_its_last_second_and_not_at_the_end(
    world: World, host: UUID, over_seconds: int, outcome: str | None
) -> None:
    session = world.session(host)
    _, request = asked(world, session)
    over = "update public.live_guest_requests set expires_at = now() - %s * interval '1 second' where id = %s"
    world.owner(over, over_seconds, request)
    assert refused(together(1, lambda _: world.verb(host, "approve_request", request))) == (
        [outcome] if outcome else []
    )


def test_g1_to_approve_while_it_lapses_has_one_outcome(world: World, host: UUID, times: int) -> None:
    session = world.session(host)
    approved = lapsed = 0
    for number in range(20 * times):
        bo, request = asked(world, session)
        over = "update public.live_guest_requests set expires_at = clock_timestamp() + %s where id = %s"
        world.owner(over, timedelta(milliseconds=number % 20), request)
        acts = (
            lambda request=request: world.verb(host, "approve_request", request),
            lambda: world.verb(None, "expire_guests"),
        )
        answer = together(2, lambda index, acts=acts: acts[index]())[0]
        world.verb(None, "expire_guests")
        status = world.one("select status from public.live_guest_requests where id = %s", request)
        (seat,) = world.owner(SEAT, session, bo)
        if isinstance(answer, Refused):
            assert (answer.code, status, seat["role"]) == ("request_expired", status, "viewer")
            assert status in ("expired", "pending")
            lapsed += 1
        else:
            assert (status, seat["role"]) == ("approved", "invited_guest"), answer
            approved += 1
        world.verb(host, "kick_profile", session, bo)
    assert approved + lapsed == 20 * times


def test_g2_fifty_requests_of_one_viewer_are_one_that_waits(world: World, host: UUID) -> None:
    session = world.session(host)
    bo = world.watching(session)
    together(CLIENTS, lambda _: world.sql(bo, ASK, session, bo, bo))
    pending = "select count(*) from public.live_guest_requests where session_id = %s and status = 'pending'"
    assert world.one(pending, session) == 1


def test_g2_thirty_approvals_at_once_fill_the_stage_with_eight(world: World, host: UUID) -> None:
    session = world.session(host)
    requests = [asked(world, session)[1] for _ in range(30)]
    answers = together(30, lambda index: world.verb(host, "approve_request", requests[index]))
    assert refused(answers) == ["stage_full"] * 22
    on_stage = "select count(*) from public.live_participants where session_id = %s and role = 'invited_guest'"
    assert world.one(on_stage, session) == 8


def asked(world: World, session: UUID) -> tuple[UUID, UUID]:
    """A viewer who asks to come on stage, and the request."""
    bo = world.watching(session)
    return bo, UUID(world.verb(bo, "request_to_join", session, None)["guest_request"]["id"])
