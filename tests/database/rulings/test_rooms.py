"""Pairs for the rulings on sessions, chat and who sees what (L1, L4 to L9, L13, L16, L17): the seeds, then ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors as pg

from tests.database.rulings.rows import refusal, seat_in, session_of, shadow_of, touch, write
from tests.world import World

LINE = "insert into public.live_messages (session_id, sender_id, sender_profile_id, content) values (%s, %s, %s, 'x')"


@pytest.fixture
def stage(ours: World, ada: UUID) -> UUID:
    return ours.session(ada)


def test_l1_a_banned_stranger_posts_no_gift_worth_a_million(seed: World, ours: World, ada: UUID, stage: UUID) -> None:
    host, cem = seed.person(), seed.person()
    session = session_of(seed, host)
    seed.put("live_session_bans", session_id=session, banned_user_id=cem, banned_by=host)
    forged: dict[str, Any] = {"message_type": "gift", "gift_coin_value": 1_000_000, "is_pinned": True}
    write(seed, cem, "live_messages", session_id=session, sender_id=cem, sender_profile_id=host, **forged)
    cem = ours.watching(stage)
    with pytest.raises(pg.InsufficientPrivilege):
        write(ours, cem, "live_messages", session_id=stage, sender_id=cem, sender_profile_id=cem, **forged)
    stranger = ours.person()
    assert refusal(ours, stranger, LINE, stage, cem, cem) == "You can post only in your own name"
    assert refusal(ours, stranger, LINE, stage, stranger, cem) == "Only people in a live session can post"
    ours.verb(ada, "ban_profile", stage, cem)
    assert refusal(ours, cem, LINE, stage, cem, cem) == "A viewer who is banned cannot post"


def test_l1_a_line_is_said_under_ones_own_profile(seed: World, ours: World, ada: UUID, stage: UUID) -> None:
    host, bo = seed.person(), seed.person()
    seed.sql(bo, LINE, session_of(seed, host), bo, host)
    bo = ours.watching(stage)
    assert "profile worn" in refusal(ours, bo, LINE, stage, bo, ada)


def test_l4_a_session_is_opened_by_creators_and_started_by_the_server(seed: World, ours: World, ada: UUID) -> None:
    bo = seed.person()
    for status in ("live", "live"):
        write(
            seed, bo, "live_sessions", creator_id=bo, creator_profile_id=bo, session_type="video_live",
            livekit_room_name=str(uuid4()), status=status, peak_viewers=999_999,
        )  # fmt: skip
    mine: dict[str, Any] = {"creator_id": ada, "creator_profile_id": ada, "session_type": "video_live"}
    write(ours, ada, "live_sessions", **mine)
    for column, value in (("status", "live"), ("peak_viewers", 1), ("livekit_room_name", "r")):
        with pytest.raises(pg.InsufficientPrivilege, match="permission denied"):
            write(ours, ada, "live_sessions", **mine, **{column: value})
    with pytest.raises(pg.InsufficientPrivilege, match="Only creators"):
        bo = ours.person()
        write(ours, bo, "live_sessions", creator_id=bo, creator_profile_id=bo, session_type="video_live")


def test_l5_a_request_is_pending_for_60_seconds(seed: World, ours: World, stage: UUID) -> None:
    bo = seed.person()
    asked = {"session_id": session_of(seed, seed.person()), "requester_id": bo, "requester_profile_id": bo}
    for _ in range(3):
        write(seed, bo, "live_guest_requests", **asked, status="approved", expires_at="2099-01-01")
    bo = ours.watching(stage)
    asked = {"session_id": stage, "requester_id": bo, "requester_profile_id": bo}
    with pytest.raises(pg.InsufficientPrivilege, match="permission denied"):
        write(ours, bo, "live_guest_requests", **asked, status="approved")
    write(ours, bo, "live_guest_requests", **asked)
    left = "select status, expires_at - created_at as left from public.live_guest_requests where requester_id = %s"
    assert ours.owner(left, bo) == [{"status": "pending", "left": timedelta(seconds=60)}]
    with pytest.raises(pg.UniqueViolation):
        write(ours, bo, "live_guest_requests", **asked)


def test_l6_the_host_sees_gifts_and_bans(seed: World, ours: World, ada: UUID, stage: UUID) -> None:
    host, cem = seed.person(), seed.person()
    seed.put("live_session_bans", session_id=session_of(seed, host), banned_user_id=cem, banned_by=host)
    rows = "select id from public.live_session_bans"
    assert [seed.sql(who, rows) for who in (host, cem)] == [[], []]
    cem = ours.watching(stage, coins=10)
    rose = ours.gift(10)
    ours.verb(cem, "send_gift", stage, rose, 1, None, str(uuid4()))
    ours.verb(ada, "ban_profile", stage, cem)
    assert [len(ours.sql(who, rows)) for who in (ada, cem, ours.person())] == [1, 1, 0]
    gifts = "select id from public.live_gifts"
    assert [len(ours.sql(who, gifts)) for who in (ada, cem, ours.person())] == [1, 1, 0]


def test_l7_who_was_there_reads_what_has_ended(seed: World, ours: World, ada: UUID, stage: UUID) -> None:
    host, bo = seed.person(), seed.person()
    session = session_of(seed, host, "ended")
    seat_in(seed, session, bo, is_active=False)
    read = "select id from public.live_sessions where id = %s"
    assert seed.sql(bo, read, session) == []
    bo = ours.watching(stage)
    ours.verb(ada, "end_session", stage)
    assert [len(ours.sql(who, read, stage)) for who in (bo, ada, ours.person(), None)] == [1, 1, 0, 0]


def test_l7_the_host_reads_the_chat_of_the_session(seed: World, ours: World, ada: UUID, stage: UUID) -> None:
    host, bo = seed.person(), seed.person()
    session = session_of(seed, host)
    seed.sql(bo, LINE, session, bo, bo)
    chat = "select content from public.live_messages where session_id = %s"
    assert seed.sql(host, chat, session) == []
    bo = ours.watching(stage)
    ours.sql(bo, LINE, stage, bo, bo)
    ours.verb(ada, "leave_session", stage)
    assert [len(ours.sql(who, chat, stage)) for who in (ada, bo, ours.person())] == [1, 1, 0]


def test_l8_who_is_invited_is_not_there_yet(seed: World, ours: World, ada: UUID, stage: UUID) -> None:
    bo = seed.person()
    seat_in(seed, session_of(seed, seed.person()), bo, role="co_host", invitation_response="pending")
    there = "select is_active, joined_at is not null as joined, role from public.live_participants where user_id = %s"
    assert seed.owner(there, bo) == [{"is_active": True, "joined": True, "role": "co_host"}]
    bo, planned = ours.person(), ours.session(ada, live=False)
    ours.verb(ada, "invite_profile", planned, bo, "co_host")
    assert ours.owner(there, bo) == [{"is_active": False, "joined": False, "role": "viewer"}]
    assert ours.row(planned)["viewer_count"] == 0


def test_l9_who_comes_back_has_one_row_and_two_stays(seed: World, ours: World, stage: UUID) -> None:
    bo, session = seed.person(), session_of(seed, seed.person())
    seat_in(seed, session, bo)
    with pytest.raises(pg.UniqueViolation):
        seat_in(seed, session, bo)
    bo = ours.watching(stage)
    ours.verb(bo, "leave_session", stage)
    ours.verb(bo, "join_session", stage)
    stays = """select count(*) from private.live_intervals
                where participant_id = (select id from public.live_participants where user_id = %s)"""
    assert ours.one(stays, bo) == 2
    assert ours.row(stage)["total_viewers"] == 1


def test_l13_a_deleted_line_is_gone_for_the_audience(seed: World, ours: World, ada: UUID, stage: UUID) -> None:
    chat = "select content from public.live_messages where session_id = %s"
    bo, session = seed.person(), session_of(seed, seed.person())
    seat_in(seed, session, bo)
    seed.put("live_messages", session_id=session, sender_id=bo, sender_profile_id=bo, content="!", is_deleted=True)
    assert len(seed.sql(bo, chat, session)) == 1
    bo, other = ours.watching(stage), ours.watching(stage)
    ours.sql(bo, LINE, stage, bo, bo)
    line = ours.one("select id from public.live_messages where sender_id = %s", bo)
    ours.verb(ada, "delete_message", line)
    assert [len(ours.sql(who, chat, stage)) for who in (ada, bo, other)] == [1, 0, 0]


def test_l16_a_viewer_sees_who_is_on_stage(seed: World, ours: World, ada: UUID, stage: UUID) -> None:
    host, bo = seed.person(), seed.person()
    session = session_of(seed, host)
    seat_in(seed, session, host, role="host")
    seat_in(seed, session, bo)
    on_stage = "select profile_id, role from public.live_participants where session_id = %s order by role"
    assert seed.sql(bo, on_stage, session) == [{"profile_id": bo, "role": "viewer"}]
    bo = ours.watching(stage)
    assert ours.sql(bo, on_stage, stage)[0] == {"profile_id": ada, "role": "host"}
    assert ours.sql(ours.person(), on_stage, stage) == []


def test_l17_nobody_learns_whose_shadow_it_is(seed: World, ours: World, stage: UUID) -> None:
    bo, reader, session = seed.person(), seed.person(), session_of(seed, seed.person())
    seat_in(seed, session, reader)
    mask = shadow_of(seed, bo)
    seed.sql(bo, LINE, session, bo, mask)
    unmask = "select sender_id from public.live_messages where sender_profile_id = %s"
    assert seed.sql(reader, unmask, mask) == [{"sender_id": bo}]
    bo, reader = ours.person(), ours.watching(stage)
    mask = ours.shadow(bo)
    ours.verb(bo, "join_session", stage, mask)
    ours.sql(bo, LINE, stage, bo, mask)
    assert "permission denied" in refusal(ours, reader, unmask, mask)
    said = "select content from public.live_messages where sender_profile_id = %s"
    assert len(ours.sql(reader, said, mask)) == 1
    assert ours.sql(reader, "select user_id from public.profiles where id = %s", mask) == []
    assert touch(ours, reader, "update public.profiles set display_name = 'x' where id = %s", mask) == 0


def test_l19_the_log_carries_the_whole_of_an_old_row(seed: World, ours: World, stage: UUID) -> None:
    """Kept as written: what a subscriber is told of it is the feed's affair, which holds back all but the key."""
    bo, other = seed.person(), ours.watching(stage)
    seed.put("live_messages", session_id=session_of(seed, bo), sender_id=bo, sender_profile_id=bo, content="old words")
    ours.sql(other, LINE.replace("'x'", "'old words'"), stage, other, other)
    change = "update public.live_messages set is_deleted = true where content = 'old words'"
    for world in (seed, ours):
        with psycopg.connect(world.url, autocommit=True) as conn:
            slot = f"l19_{uuid4().hex[:8]}"
            conn.execute("select pg_create_logical_replication_slot(%s, 'pgoutput', true)", (slot,))
            conn.execute(change)
            logged = conn.execute(
                """select data from pg_logical_slot_get_binary_changes(
                     %s, null, null, 'proto_version', '1', 'publication_names', 'supabase_realtime')""",
                (slot,),
            ).fetchall()
        assert any(bytes(data).count(b"old words") == 2 for (data,) in logged), "before and after"
