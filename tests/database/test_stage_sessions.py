"""Sessions open, fill, count and end as the rulings say (L4, L7 to L10), also for everybody at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from sahne.database.refusals import Refused
from sahne.database.sql import load_queries
from tests.at_once import overtaken, together
from tests.world import World

ACCOUNTS = load_queries("sahne.accounts")


def test_a_creator_creates_starts_and_ends_a_session(world: World, ada: UUID) -> None:
    session = world.session(ada, live=False)
    started = world.verb(ada, "start_session", session)
    assert (started["session"]["status"], started["started"], started["seat"]["role"]) == (
        "live",
        True,
        "host",
    )
    assert started["seat"]["identity"] == str(ada)
    again = world.verb(ada, "start_session", session)
    assert (again["started"], again["session"]["started_at"]) == (False, started["session"]["started_at"])
    ended = world.verb(ada, "end_session", session)
    assert (ended["session"]["status"], ended["ended"]) == ("ended", True)
    assert world.verb(ada, "end_session", session)["ended"] is False
    assert world.refusal(ada, "start_session", session) == (409, "session_over")


def test_who_is_no_creator_opens_nothing_and_touches_nobody_elses(world: World, ada: UUID, bo: UUID) -> None:
    session = world.session(ada, live=False)
    assert world.refusal(bo, "create_session", '{"session_type": "video_live"}') == (403, "creator_required")
    for verb in ("start_session", "end_session", "cancel_session"):
        assert world.refusal(bo, verb, session) == (403, "forbidden")
    assert world.refusal(bo, "edit_session", session, "{}") == (403, "forbidden")
    assert world.refusal(None, "join_session", session) == (401, "unauthenticated")


def test_the_status_goes_forward_only(world: World, ada: UUID) -> None:
    scheduled = world.session(ada, live=False)
    assert world.refusal(ada, "end_session", scheduled) == (409, "session_not_live")
    assert world.verb(ada, "cancel_session", scheduled)["session"]["status"] == "cancelled"
    assert world.refusal(ada, "start_session", scheduled) == (409, "session_over")
    live = world.session(ada)
    assert world.refusal(ada, "cancel_session", live) == (409, "session_not_scheduled")


def test_an_edit_leaves_what_another_edit_changed_at_the_same_moment(world: World, ada: UUID) -> None:
    session = world.session(ada, live=False)
    with world.acting(ada) as conn:
        conn.execute(
            "update public.live_sessions set access_type = 'pay_per_view', ppv_coin_price = 10 where id = %s",
            (session,),
        )
        edited = overtaken(world, conn, lambda: world.verb(ada, "edit_session", session, '{"title": "Konser"}'))
    kept = {name: edited["session"][name] for name in ("title", "access_type", "ppv_coin_price")}
    assert kept == {"title": "Konser", "access_type": "pay_per_view", "ppv_coin_price": 10}


def test_many_starts_at_once_start_one_session_per_creator(world: World, ada: UUID) -> None:
    sessions = [world.session(ada, live=False) for _ in range(8)]
    answers = together(8, lambda i: world.verb(ada, "start_session", sessions[i]))
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [each.code for each in refused] == ["already_live"] * 7
    assert world.one("select count(*) from public.live_sessions where creator_id = %s and status = 'live'", ada) == 1


def test_starting_one_session_many_times_at_once_starts_it_once(world: World, ada: UUID) -> None:
    session = world.session(ada, live=False)
    answers = together(8, lambda _: world.verb(ada, "start_session", session))
    assert [answer["started"] for answer in answers].count(True) == 1
    room = world.row(session)["livekit_room_name"]
    orders = world.owner("select action from private.livekit_outbox where room_name = %s", room)
    assert [order["action"] for order in orders] == ["create_room"]


def test_a_join_storm_counts_everybody_once_and_never_the_host(world: World, ada: UUID) -> None:
    session = world.session(ada)
    viewers = [world.person() for _ in range(40)]

    def join(index: int) -> Any:
        return world.verb(viewers[index], "join_session", session)

    answers = together(40, join)
    assert all(answer["participant"]["is_active"] for answer in answers)
    row = world.row(session)
    assert (row["viewer_count"], row["peak_viewers"], row["total_viewers"]) == (40, 40, 40)

    together(20, lambda index: world.verb(viewers[index], "leave_session", session))
    together(20, join)
    together(10, lambda index: world.verb(viewers[index], "leave_session", session))
    row = world.row(session)
    assert (row["viewer_count"], row["peak_viewers"], row["total_viewers"]) == (30, 40, 40)
    assert world.one("select count(*) from public.live_participants where session_id = %s", session) == 41

    ended = world.verb(ada, "end_session", session)["session"]
    assert (ended["viewer_count"], ended["peak_viewers"], ended["total_viewers"]) == (0, 40, 40)
    assert world.one("select count(*) from public.live_participants where session_id = %s and is_active", session) == 0


def test_a_viewer_who_erases_their_account_is_counted_out(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo = world.watching(session)
    world.watching(session)
    world.owner("delete from auth.users where id = %s", bo)
    row = world.row(session)
    assert (row["viewer_count"], row["peak_viewers"], row["total_viewers"]) == (1, 2, 2)
    world.owner("delete from public.live_sessions where id = %s", session)


def test_no_room_goes_on_for_an_erased_account(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo, cem, room = world.watching(session), world.watching(session), world.row(session)["livekit_room_name"]
    world.owner("delete from auth.users where id = %s", bo)
    world.owner("delete from auth.users where id = %s", ada)
    orders = world.owner("select action, identity from private.livekit_outbox where room_name = %s order by id", room)
    assert [(order["action"], order["identity"]) for order in orders] == [
        ("create_room", None),
        ("remove_participant", str(bo)),
        ("delete_room", None),
    ]
    assert world.verb(cem, "seat_connected", room, cem, "PA_late", datetime.now(UTC))["state"] == "refused"


def test_an_account_is_erased_while_people_come(world: World, ada: UUID, bo: UUID) -> None:
    session = world.session(ada)

    def erase() -> None:
        with psycopg.connect(world.url) as conn:
            conn.execute("set local role supabase_auth_admin")
            for name in ("hold_presence", "delete_user"):
                conn.execute(ACCOUNTS[name], {"user_id": ada})

    with world.serving(bo) as conn:
        conn.execute("select private.hold_door(%s)", (session,))
        joins = "select private.join_session(%s)"
        assert overtaken(world, conn, erase, lambda: conn.execute(joins, (session,))) is None
    assert world.owner("select from public.live_sessions where id = %s", session) == []


def test_nobody_slips_into_a_session_that_ends(world: World, ada: UUID) -> None:
    session = world.session(ada)
    viewers = [world.person() for _ in range(11)]

    def act(index: int) -> Any:
        if index == 11:
            return world.verb(ada, "end_session", session)
        return world.verb(viewers[index], "join_session", session)

    answers = together(12, act)
    assert all(answer.code == "session_not_live" for answer in answers if isinstance(answer, Refused))
    left = "select count(*) from public.live_participants where session_id = %s and is_active"
    assert world.one(left, session) == 0
    assert world.one("select viewer_count from private.session_counters where session_id = %s", session) == 0


def test_the_numbers_of_a_session_are_shown_by_one_update_not_by_one_each(world: World, ada: UUID) -> None:
    session = world.session(ada)
    world.row(session)
    seen = world.one("select xmin::text from public.live_sessions where id = %s", session)
    bo = world.watching(session)
    for line in ("bir", "iki", "üç"):
        say(world, bo, session, line)
    assert world.one("select xmin::text from public.live_sessions where id = %s", session) == seen
    row = world.row(session)
    assert (row["viewer_count"], row["total_messages"]) == (1, 3)


def say(world: World, who: UUID, session: UUID, line: str, profile: UUID | None = None) -> None:
    world.sql(
        who,
        """insert into public.live_messages (session_id, sender_id, sender_profile_id, content)
           values (%s, %s, %s, %s)""",
        session,
        who,
        profile or who,
        line,
    )


def test_the_first_join_fixes_the_profile_and_never_tells_whose_shadow_it_is(world: World, ada: UUID, bo: UUID) -> None:
    session = world.session(ada)
    shadow = world.shadow(bo)
    joined = world.verb(bo, "join_session", session, shadow)
    assert joined["participant"]["profile_id"] == joined["seat"]["identity"] == str(shadow)
    assert str(bo) not in json.dumps(joined)
    world.verb(bo, "leave_session", session)
    assert world.verb(bo, "join_session", session)["participant"]["id"] == joined["participant"]["id"]
    assert world.refusal(bo, "join_session", session, bo) == (409, "profile_fixed")
    assert world.refusal(world.person(), "join_session", session, shadow) == (403, "forbidden")


def test_entry_asks_for_ban_status_ticket_and_subscription(world: World, ada: UUID, bo: UUID, cem: UUID) -> None:
    scheduled = world.session(ada, live=False)
    assert world.refusal(bo, "join_session", scheduled) == (409, "session_not_live")
    assert world.refusal(cem, "join_session", scheduled) == (403, "banned")
    closed = world.session(ada, access_type="subscribers_only")
    assert world.refusal(bo, "join_session", closed) == (403, "subscription_required")
    world.owner("insert into public.creator_subscriptions (subscriber_id, creator_id) values (%s, %s)", bo, ada)
    assert world.verb(bo, "join_session", closed)["participant"]["role"] == "viewer"
    world.owner("update public.creator_subscriptions set status = 'paused' where subscriber_id = %s", bo)
    assert world.refusal(bo, "join_session", closed) == (403, "subscription_required")
    assert world.verb(ada, "join_session", closed)["participant"]["role"] == "host"
    assert world.refusal(bo, "join_session", uuid4()) == (404, "not_found")


def test_an_anonymous_sign_in_watches_public_sessions_only(world: World, ada: UUID) -> None:
    nobody, session = world.person(anonymous=True), world.session(ada)
    world.verb(nobody, "join_session", session)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="anonymous"):
        say(world, nobody, session, "merhaba")
    ece = world.person(creator=True)
    assert world.refusal(nobody, "join_session", world.session(ece, access_type="subscribers_only")) == (
        403,
        "anonymous_not_allowed",
    )


def test_pay_per_view_has_a_price(world: World, ada: UUID) -> None:
    with pytest.raises(Exception, match="values cannot be used"):
        world.session(ada, access_type="pay_per_view", ppv_coin_price=0)


class Room:
    """What LiveKit reports of one viewer in one session, at whole seconds of a clock of its own."""

    def __init__(self, world: World, host: UUID) -> None:
        self.world, self.session = world, world.session(host)
        self.viewer = world.watching(self.session)
        self.name = world.row(self.session)["livekit_room_name"]
        self.start = world.one("select date_trunc('second', now()) + interval '1 hour'")

    def saw(self, verb: str, sid: str, second: int) -> str:
        at = self.world.one("select %s::timestamptz + %s * interval '1 second'", self.start, second)
        return str(self.world.verb(None, verb, self.name, self.viewer, sid, at)["state"])

    def seat(self) -> Any:
        return self.world.owner("select * from public.live_participants where user_id = %s", self.viewer)[0]


def test_a_late_goodbye_of_an_old_connection_does_not_close_the_new_one(world: World, ada: UUID) -> None:
    room = Room(world, ada)
    assert room.saw("seat_connected", "PA_1", 0) == "seated"
    assert room.saw("seat_connected", "PA_2", 5) == "seated"
    assert room.saw("seat_disconnected", "PA_1", 6) == "seated"
    assert room.saw("seat_disconnected", "PA_1", 6) == "seated"
    assert room.seat()["is_active"] is True
    assert room.saw("seat_disconnected", "PA_2", 10) == "gone"
    assert room.seat()["is_active"] is False
    assert world.row(room.session)["viewer_count"] == 0


def test_a_goodbye_that_overtakes_its_hello_leaves_no_ghost(world: World, ada: UUID) -> None:
    room = Room(world, ada)
    room.saw("seat_disconnected", "PA_1", 9)
    assert room.saw("seat_connected", "PA_1", 3) == "gone"
    assert room.seat()["is_active"] is False
    row = world.row(room.session)
    assert (row["viewer_count"], row["peak_viewers"]) == (0, 1)


def test_watch_time_is_the_union_of_the_stays(world: World, ada: UUID) -> None:
    room = Room(world, ada)
    world.owner(
        "update private.live_intervals set joined_at = %s where participant_id = %s",
        room.start,
        room.seat()["id"],
    )
    room.saw("seat_connected", "PA_1", 0)
    room.saw("seat_connected", "PA_2", 10)
    world.owner(
        "update private.live_intervals set joined_at = %s::timestamptz + interval '10 s'"
        " where livekit_sid = 'PA_2' and participant_id = %s",
        room.start,
        room.seat()["id"],
    )
    room.saw("seat_disconnected", "PA_1", 20)
    room.saw("seat_disconnected", "PA_2", 30)
    assert room.seat()["total_watch_time_seconds"] == 30


def test_who_never_joined_or_is_banned_is_put_out_of_the_room_again(world: World, ada: UUID) -> None:
    room = Room(world, ada)
    stranger = world.person()
    assert world.verb(None, "seat_connected", room.name, stranger, "PA_x", room.start) == {
        "state": "refused",
        "reason": "not_joined",
    }
    world.verb(ada, "ban_profile", room.session, room.viewer)
    assert room.saw("seat_connected", "PA_1", 1) == "refused"
    world.verb(ada, "end_session", room.session)
    assert world.verb(None, "seat_connected", room.name, ada, "PA_h", room.start)["state"] == "refused"


def test_a_host_who_goes_interrupts_the_session_until_they_return(world: World, ada: UUID) -> None:
    session = world.session(ada)
    world.verb(ada, "leave_session", session)
    assert world.row(session)["interrupted_at"] is not None
    world.verb(ada, "join_session", session)
    assert world.row(session)["interrupted_at"] is None
