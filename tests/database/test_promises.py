"""Promises of price and time are kept, or the coins come back; what cannot be kept is refused in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import psycopg
import pytest

from sahne.database.refusals import Refused
from tests.world import World

PRICE = 250
LATE = "update public.live_sessions set started_at = now() - interval '%s minutes' where id = %%s returning id"


@pytest.fixture
def concert(world: World, ada: UUID) -> UUID:
    return world.session(ada, live=False, access_type="pay_per_view", ppv_coin_price=PRICE)


def buy(world: World, concert: UUID, expected: int | None = None) -> UUID:
    """Somebody new who holds a ticket."""
    bo = world.person(coins=PRICE)
    world.verb(bo, "buy_ticket", concert, str(uuid4()), expected)
    return bo


def test_who_says_the_price_they_were_shown_pays_that_or_nothing(
    world: World, ada: UUID, concert: UUID, bo: UUID
) -> None:
    world.sql(ada, "update public.live_sessions set ppv_coin_price = 900 where id = %s", concert)
    assert world.refusal(bo, "buy_ticket", concert, "shown", PRICE) == (409, "price_changed")
    assert world.balance(bo) == 1000
    assert world.verb(bo, "buy_ticket", concert, "shown", 900)["ticket"]["price"] == 900


def test_who_holds_a_ticket_is_not_asked_for_a_price_again(world: World, concert: UUID) -> None:
    bo = buy(world, concert, PRICE)
    assert world.verb(bo, "buy_ticket", concert, "again", 1)["ticket"]["price"] == PRICE
    assert world.refusal(bo, "buy_ticket", concert, "again", 2) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(("minutes", "back"), [(4, PRICE), (6, 0)])
def test_a_session_that_ends_within_minutes_of_its_start_gives_the_tickets_back(
    world: World, ada: UUID, concert: UUID, minutes: int, back: int
) -> None:
    bo = buy(world, concert)
    bought(world, bo, days_ago=1)
    world.verb(ada, "start_session", concert)
    world.owner(LATE % minutes, concert)
    world.verb(ada, "end_session", concert)
    assert world.balance(bo) == back
    assert (world.balance(ada) > 0) is (back == 0)
    assert world.faults() == []


def test_who_is_banned_unseen_gets_the_ticket_back_and_who_watched_does_not(
    world: World, ada: UUID, concert: UUID
) -> None:
    unseen, watched = buy(world, concert), buy(world, concert)
    world.verb(ada, "invite_profile", concert, unseen, "invited_guest")
    world.verb(ada, "start_session", concert)
    world.verb(watched, "join_session", concert)
    seen(world, concert, watched, minutes=6)
    for who in (unseen, watched):
        world.verb(ada, "ban_profile", concert, who)
    assert (world.balance(unseen), world.balance(watched)) == (PRICE, 0)
    ban = world.one("select id from public.live_session_bans where banned_user_id = %s", unseen)
    world.verb(ada, "lift_ban", concert, ban)
    assert world.refusal(unseen, "join_session", concert) == (402, "ticket_required")
    world.verb(unseen, "buy_ticket", concert, "anew")
    world.verb(unseen, "join_session", concert)
    assert world.balance(unseen) == 0
    assert world.faults() == []


@pytest.mark.parametrize(("minutes", "back"), [(0, PRICE), (4, PRICE), (6, 0)])
def test_a_seat_that_is_taken_is_not_yet_watching(
    world: World, ada: UUID, concert: UUID, minutes: int, back: int
) -> None:
    """The host who bans each holder as soon as their row appears keeps nothing."""
    bo = buy(world, concert)
    world.verb(ada, "start_session", concert)
    world.verb(bo, "join_session", concert)
    if minutes:
        seen(world, concert, bo, minutes=minutes)
    world.verb(ada, "ban_profile", concert, bo)
    assert world.balance(bo) == back


@pytest.mark.parametrize(("minutes", "back"), [(0, PRICE), (6, 0)])
def test_who_is_kicked_before_they_have_watched_gets_the_ticket_back_in_the_end(
    world: World, ada: UUID, concert: UUID, minutes: int, back: int
) -> None:
    bo = buy(world, concert)
    bought(world, bo, days_ago=1)
    world.verb(ada, "start_session", concert)
    for _ in range(2):
        world.verb(bo, "join_session", concert)
        if minutes:
            seen(world, concert, bo, minutes=minutes)
        world.verb(ada, "kick_profile", concert, bo)
    assert world.balance(bo) == 0, "they are free to return"
    world.owner(LATE % 60, concert)
    world.verb(ada, "end_session", concert)
    assert world.balance(bo) == back
    assert world.faults() == []


def test_who_was_let_in_at_the_very_end_and_never_came_gets_the_ticket_back(
    world: World, ada: UUID, concert: UUID
) -> None:
    early, late, came = (buy(world, concert) for _ in range(3))
    bought(world, early, days_ago=1)
    world.verb(ada, "start_session", concert)
    world.verb(came, "join_session", concert)
    seen(world, concert, came, minutes=1)
    world.owner(LATE % 60, concert)
    world.verb(ada, "end_session", concert)
    assert [world.balance(who) for who in (early, late, came)] == [0, PRICE, 0]
    assert world.balance(ada) == 2 * PRICE * 80 // 100
    assert world.faults() == []


def test_a_host_who_went_at_once_had_no_session_however_late_that_is_seen(
    world: World, ada: UUID, concert: UUID
) -> None:
    bo = buy(world, concert)
    world.verb(ada, "start_session", concert)
    world.owner(LATE % 60, concert)
    world.owner(
        "update public.live_sessions set interrupted_at = started_at + interval '1 minute' where id = %s", concert
    )
    world.verb(None, "close_session", concert)
    assert (world.balance(bo), world.balance(ada)) == (PRICE, 0)


def test_nobody_gets_the_ticket_back_and_goes_on_watching(world: World, ada: UUID, concert: UUID) -> None:
    """Who sits there as a shadow is not put out by a ban of another profile of theirs, and has their ticket still."""
    bo = buy(world, concert)
    shadow = world.shadow(bo)
    world.verb(ada, "start_session", concert)
    world.verb(bo, "join_session", concert, shadow)
    world.verb(ada, "ban_from_all", bo)
    assert world.one("select is_active from public.live_participants where user_id = %s", bo)
    assert world.balance(bo) == 0
    world.verb(ada, "ban_from_all", shadow)
    assert world.balance(bo) == PRICE


@pytest.mark.parametrize("clients", [True, False])
def test_nothing_is_planned_for_a_time_that_is_over(world: World, ada: UUID, clients: bool) -> None:
    yesterday, tomorrow = (datetime.now(UTC) + timedelta(days=days) for days in (-1, 1))
    assert plan(world, ada, clients, scheduled_at=yesterday) == "A session is planned for a time to come"
    assert plan(world, ada, clients, scheduled_at="infinity") == "A session is planned for a moment"
    next_year, year_after = (datetime.now(UTC) + timedelta(days=days) for days in (365, 370))
    assert plan(world, ada, clients, scheduled_at=next_year) == ""
    assert plan(world, ada, clients, scheduled_at=year_after) == "A session is planned for a time within a year"
    assert plan(world, ada, clients, scheduled_at=tomorrow) == ""
    assert plan(world, ada, clients, scheduled_at=datetime.now(UTC) - timedelta(minutes=1)) == ""


@pytest.mark.parametrize("clients", [True, False])
def test_nothing_is_put_off_to_a_time_that_is_over(world: World, ada: UUID, concert: UUID, clients: bool) -> None:
    buy(world, concert)
    assert replan(world, ada, concert, clients, timedelta(days=-1)) == "A session is planned for a time to come"
    assert replan(world, ada, concert, clients, timedelta(days=370)) == "A session is planned for a time within a year"
    assert replan(world, ada, concert, clients, timedelta(days=7)) == ""


@pytest.mark.parametrize("clients", [True, False])
def test_a_session_whose_time_has_come_is_edited_all_the_same(world: World, ada: UUID, clients: bool) -> None:
    session = world.session(ada, live=False)
    world.owner(
        "update public.live_sessions set scheduled_at = now() - interval '1 day' where id = %s returning id", session
    )
    if clients:
        assert world.sql(ada, "update public.live_sessions set title = 'Geç' where id = %s returning id", session)
    else:
        assert world.verb(ada, "edit_session", session, '{"title": "Geç"}')["session"]["title"] == "Geç"


@pytest.mark.parametrize("clients", [True, False])
def test_a_recording_is_not_promised_until_there_are_recordings(world: World, ada: UUID, clients: bool) -> None:
    assert plan(world, ada, clients, recording_enabled=True) == "Sessions are not recorded yet"
    assert plan(world, ada, clients, recording_enabled=False) == ""


def test_the_host_who_never_comes_keeps_nobodys_coins(world: World, ada: UUID, concert: UUID) -> None:
    other = world.session(ada, live=False, access_type="pay_per_view", ppv_coin_price=PRICE)
    bo, dilek = buy(world, concert), buy(world, other)
    world.owner("update private.tickets set created_at = now() - interval '1 week' returning id")
    hours = "update public.live_sessions set scheduled_at = now() - %s * interval '1 hour' where id = %s returning id"
    world.one("select private.cancel_no_shows()")  # what other tests left
    world.owner(hours, 25, concert)
    world.owner(hours, 23, other)
    assert world.one("select private.cancel_no_shows()") == 1
    assert (world.row(concert)["status"], world.row(other)["status"]) == ("cancelled", "scheduled")
    assert (world.balance(bo), world.balance(dilek)) == (PRICE, 0)
    assert world.one("select private.cancel_no_shows()") == 0


def test_a_session_is_given_up_at_its_moment_and_not_a_second_before(world: World, ada: UUID, concert: UUID) -> None:
    """The moment itself, for each line of the rule: what stands in `private.no_show_at`."""
    given_up = "select private.no_show_at(sessions) from public.live_sessions sessions where id = %s"
    at = datetime(2031, 5, 1, 18, tzinfo=UTC)
    hours, days = timedelta(hours=24), timedelta(days=30)

    def is_given_up(session: UUID, *, planned: datetime | None, bought: datetime | None) -> datetime:
        world.owner("update public.live_sessions set scheduled_at = %s where id = %s", planned, session)
        if bought:
            world.owner("update private.tickets set created_at = %s where session_id = %s", bought, session)
        return cast(datetime, world.one(given_up, session))

    plain = world.session(ada, live=False)
    assert is_given_up(plain, planned=at, bought=None) == at + hours
    buy(world, concert)
    assert is_given_up(concert, planned=at, bought=at - days) == at + hours
    assert is_given_up(concert, planned=at, bought=at + hours) == at + 2 * hours
    assert is_given_up(concert, planned=None, bought=at) == at + days + hours
    assert is_given_up(concert, planned=at + timedelta(days=500), bought=at) == at + timedelta(days=366) + hours
    late = "update public.live_sessions set scheduled_at = now() - interval '24 hours' + %s where id = %s"
    world.owner("update private.tickets set created_at = now() - interval '9 days' where session_id = %s", concert)
    world.owner(late, timedelta(seconds=30), concert)
    assert world.one("select private.cancel_no_shows()") == 0
    world.owner(late, timedelta(seconds=-1), concert)
    assert world.one("select private.cancel_no_shows()") == 1


def test_a_session_without_a_time_is_called_off_a_month_after_its_first_ticket(world: World, concert: UUID) -> None:
    world.owner("update public.live_sessions set created_at = now() - interval '90 days' where id = %s", concert)
    bo, dilek = buy(world, concert), buy(world, concert)
    bought(world, bo, days_ago=29)
    assert world.one("select private.cancel_no_shows()") == 0
    bought(world, bo, days_ago=32)
    assert world.one("select private.cancel_no_shows()") == 1
    assert (world.balance(bo), world.balance(dilek)) == (PRICE, PRICE)


def test_a_host_who_is_late_has_hours_left_when_the_first_ticket_is_sold(world: World, concert: UUID) -> None:
    world.owner("update public.live_sessions set scheduled_at = now() - interval '9 days' where id = %s", concert)
    bo = buy(world, concert)
    assert world.one("select private.cancel_no_shows()") == 0
    bought(world, bo, days_ago=2)
    assert world.one("select private.cancel_no_shows()") == 1
    assert world.balance(bo) == PRICE


def test_a_session_put_off_again_and_again_gives_the_tickets_back_after_a_year(
    world: World, ada: UUID, concert: UUID
) -> None:
    bo = buy(world, concert)
    later = datetime.now(UTC) + timedelta(days=360)
    world.verb(ada, "edit_session", concert, json.dumps({"scheduled_at": str(later)}))
    bought(world, bo, days_ago=366)
    assert world.one("select private.cancel_no_shows()") == 0
    bought(world, bo, days_ago=368)
    assert world.one("select private.cancel_no_shows()") == 1
    assert world.balance(bo) == PRICE


def test_a_late_session_without_tickets_waits_for_its_host(world: World, ada: UUID) -> None:
    session = world.session(ada, live=False)
    late(world, session, timedelta(hours=23))
    assert world.one("select private.cancel_no_shows()") == 0
    assert world.verb(ada, "start_session", session)["started"]


def late(world: World, session: UUID, by: timedelta) -> None:
    """Its time was so long ago."""
    world.owner("update public.live_sessions set scheduled_at = now() - %s where id = %s", by, session)


def plan(world: World, ada: UUID, clients: bool, **fields: Any) -> str:
    """What is said to a session planned so, by a client's own statement or by the verb; nothing where it is made."""
    try:
        if clients:
            names = ", ".join(fields)
            world.sql(
                ada,
                f"""insert into public.live_sessions (creator_id, creator_profile_id, session_type, {names})
                    values (%s, %s, 'video_live'{", %s" * len(fields)})""",
                ada, ada, *fields.values(),
            )  # fmt: skip
        else:
            world.verb(ada, "create_session", json.dumps({"session_type": "video_live"} | fields, default=str))
    except Refused as refused:
        return refused.message.rstrip(".")
    except psycopg.errors.InsufficientPrivilege as error:
        return error.diag.message_primary or ""
    return ""


def replan(world: World, ada: UUID, session: UUID, clients: bool, ahead: timedelta) -> str:
    """What is said to a session put off so, by either road; nothing where it is."""
    moment = str(datetime.now(UTC) + ahead)
    try:
        if clients:
            world.sql(ada, "update public.live_sessions set scheduled_at = %s where id = %s", moment, session)
        else:
            world.verb(ada, "edit_session", session, json.dumps({"scheduled_at": moment}))
    except Refused as refused:
        return refused.message.rstrip(".")
    except psycopg.errors.InsufficientPrivilege as error:
        return error.diag.message_primary or ""
    return ""


def seen(world: World, session: UUID, who: UUID, *, minutes: int) -> None:
    """LiveKit has seen them there for so long."""
    world.owner(
        """update private.live_intervals stays
              set livekit_sid = gen_random_uuid(), joined_at = now() - %s * interval '1 minute'
             from public.live_participants seats
            where seats.id = stays.participant_id and seats.session_id = %s and seats.user_id = %s
              and stays.left_at is null""",
        minutes, session, who,
    )  # fmt: skip


def bought(world: World, holder: UUID, *, days_ago: int) -> None:
    """The holder's tickets were bought so many days ago."""
    world.owner(
        "update private.tickets set created_at = now() - %s * interval '1 day' where user_id = %s returning id",
        days_ago, holder,
    )  # fmt: skip


def test_a_late_session_without_tickets_is_called_off_after_the_hours_of_the_setting(world: World, ada: UUID) -> None:
    """People wait for it as they do for one they have paid."""
    session = world.session(ada, live=False)
    late(world, session, timedelta(hours=25))
    assert world.one("select private.cancel_no_shows()") == 1
    assert world.row(session)["status"] == "cancelled"
    with setting(world, "no_show_hours", 1):
        session, other = (world.session(ada, live=False) for _ in range(2))
        late(world, session, timedelta(minutes=61))
        late(world, other, timedelta(minutes=59))
        world.one("select private.cancel_no_shows()")
        assert (world.row(session)["status"], world.row(other)["status"]) == ("cancelled", "scheduled")


@contextmanager
def setting(world: World, name: str, value: int) -> Iterator[None]:
    """Another value of a setting meanwhile."""
    before = world.one(f"select {name} from private.settings")
    world.owner(f"update private.settings set {name} = %s", value)
    yield
    world.owner(f"update private.settings set {name} = %s", before)


@pytest.mark.parametrize("clients", [True, False])
def test_a_plan_is_not_moved_more_often_than_it_may(world: World, clients: bool) -> None:
    """Everybody who waits for it is told each time."""
    ada = world.person(creator=True)
    session = world.session(ada, live=False)
    said = [replan(world, ada, session, clients, timedelta(days=1 + move)) for move in range(21)]
    assert said == [""] * 20 + ["You are moving your plans too often"]
    moved = world.row(session)["scheduled_at"]
    world.verb(ada, "edit_session", session, json.dumps({"title": "Başka", "scheduled_at": str(moved)}))
    assert world.verb(ada, "start_session", session)["started"]


def test_a_draft_without_a_time_is_called_off_when_nobody_goes_on_with_it_for_a_day(world: World, ada: UUID) -> None:
    left, new, changed = (world.session(ada, live=False) for _ in range(3))
    with psycopg.connect(world.url) as conn:
        conn.execute("set local session_replication_role = replica")  # `updated_at` is a trigger's
        aged = "update public.live_sessions set created_at = now() - interval '25 hours', updated_at = now() - %s where id = %s"
        conn.execute(aged, (timedelta(hours=25), left))
        conn.execute(aged, (timedelta(hours=1), changed))
    assert world.one("select private.cancel_no_shows()") == 1
    assert [world.row(session)["status"] for session in (left, new, changed)] == ["cancelled", "scheduled", "scheduled"]
