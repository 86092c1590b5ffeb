"""What the seed's SQL lets an ordinary user write on the stage, refused (rulings L1–L5, R7)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege

from tests.at_once import together
from tests.world import ASK, LINE, World

LINE_OF_TYPE = """insert into public.live_messages (session_id, sender_id, sender_profile_id, content, message_type)
                  values (%s, %s, %s, %s, %s)"""
ASK_WITH = ASK.replace("'Ben de gelebilir miyim?'", "%s")


@pytest.fixture
def session(world: World, ada: UUID) -> UUID:
    return world.session(ada)


# L1: chat


def test_an_active_viewer_posts_and_everybody_there_reads(world: World, ada: UUID, session: UUID) -> None:
    bo, other, stranger = world.watching(session), world.watching(session), world.person()
    world.sql(bo, LINE, session, bo, bo, "Merhaba!")
    assert [world.chat(who, session) for who in (bo, other, ada, stranger)] == [["Merhaba!"]] * 3 + [[]]


def test_a_banned_viewer_cannot_post(world: World, ada: UUID, session: UUID) -> None:
    cem = world.watching(session)
    world.verb(ada, "ban_profile", session, cem)
    with pytest.raises(InsufficientPrivilege, match="A viewer who is banned cannot post") as refused:
        world.sql(cem, LINE, session, cem, cem, "yine ben")
    assert refused.value.diag.message_hint
    assert world.chat(cem, session) == []


def test_a_stranger_is_told_no_more_than_not_allowed(world: World, session: UUID) -> None:
    stranger = world.person()
    planned = world.session(world.person(creator=True), live=False)
    for asked in (session, planned, uuid4()):  # live, not live, not there: the words are the same
        for statement, words in ((LINE, "post"), (ASK_WITH, "ask to join the stage")):
            with pytest.raises(InsufficientPrivilege, match=f"^Only people in a live session can {words}\n"):
                world.sql(stranger, statement, asked, stranger, stranger, "selam")


@pytest.mark.parametrize("kind", ["gift", "system", "pinned"])
def test_a_viewer_cannot_post_a_line_that_is_not_text(world: World, session: UUID, kind: str) -> None:
    bo = world.watching(session)
    with pytest.raises(InsufficientPrivilege, match="Only text"):
        world.sql(bo, LINE_OF_TYPE, session, bo, bo, "x", kind)


@pytest.mark.parametrize("column", ["gift_coin_value", "gift_quantity", "is_pinned", "is_deleted", "created_at", "id"])
def test_a_viewer_cannot_write_what_is_the_servers(world: World, session: UUID, column: str) -> None:
    bo = world.watching(session)
    with pytest.raises(InsufficientPrivilege, match="permission denied"):
        world.sql(
            bo,
            f"insert into public.live_messages (session_id, sender_id, sender_profile_id, content, {column})"
            " values (%s, %s, %s, 'x', default)",
            session,
            bo,
            bo,
        )


def test_a_viewer_cannot_post_as_somebody_else(world: World, session: UUID) -> None:
    bo, other = world.watching(session), world.watching(session)
    shadow = world.shadow(bo)
    for sender, profile in ((other, other), (bo, other), (bo, shadow), (other, bo)):
        with pytest.raises(InsufficientPrivilege):
            world.sql(bo, LINE, session, sender, profile, "x")


def test_a_chat_that_is_off_says_so(world: World, ada: UUID, session: UUID) -> None:
    bo = world.watching(session)
    world.sql(ada, "update public.live_sessions set chat_enabled = false where id = %s", session)
    with pytest.raises(InsufficientPrivilege, match="chat of this session is off"):
        world.sql(bo, LINE, session, bo, bo, "x")


def test_who_left_neither_posts_nor_reads_but_the_host_always_reads(world: World, ada: UUID, session: UUID) -> None:
    bo = world.watching(session)
    world.sql(bo, LINE, session, bo, bo, "hoşça kalın")
    world.verb(bo, "leave_session", session)
    with pytest.raises(InsufficientPrivilege):
        world.sql(bo, LINE, session, bo, bo, "x")
    assert world.chat(bo, session) == []
    world.verb(ada, "end_session", session)
    assert world.chat(ada, session) == ["hoşça kalın"]


@pytest.mark.parametrize("content", ["", "x" * 501, None])
def test_a_line_has_1_to_500_characters(world: World, session: UUID, content: str | None) -> None:
    bo = world.watching(session)
    with pytest.raises(CheckViolation):
        world.sql(bo, LINE, session, bo, bo, content)


# L4, L7: sessions

NEW = "insert into public.live_sessions (creator_id, creator_profile_id, session_type) values (%s, %s, 'audio_room')"


def test_a_creator_opens_a_session_directly_and_others_do_not(world: World, ada: UUID, bo: UUID) -> None:
    made = world.sql(ada, NEW + " returning status, livekit_room_name, peak_viewers", ada, ada)[0]
    assert (made["status"], made["peak_viewers"], made["livekit_room_name"][:5]) == ("scheduled", 0, "live_")
    with pytest.raises(InsufficientPrivilege, match="Only creators"):
        world.sql(bo, NEW, bo, bo)
    with pytest.raises(InsufficientPrivilege):
        world.sql(bo, NEW, ada, ada)


@pytest.mark.parametrize(
    "column", ["status", "peak_viewers", "total_gifts_received", "livekit_room_name", "started_at", "viewer_count"]
)
def test_status_and_statistics_belong_to_the_server(world: World, ada: UUID, session: UUID, column: str) -> None:
    with pytest.raises(InsufficientPrivilege, match="permission denied"):
        world.sql(
            ada,
            f"insert into public.live_sessions (creator_id, creator_profile_id, session_type, {column})"
            " values (%s, %s, 'video_live', default)",
            ada,
            ada,
        )
    with pytest.raises(InsufficientPrivilege, match="permission denied"):
        world.sql(ada, f"update public.live_sessions set {column} = default where id = %s", session)


def test_nobody_edits_anothers_session_and_nobody_deletes_one(world: World, ada: UUID, session: UUID) -> None:
    other = world.person(creator=True)
    edit = "update public.live_sessions set title = 'x' where id = %s returning id"
    assert world.sql(other, edit, session) == []
    assert len(world.sql(ada, edit, session)) == 1
    with pytest.raises(InsufficientPrivilege):
        world.sql(ada, "delete from public.live_sessions where id = %s", session)


# L5: requests


def test_a_request_is_always_pending_for_60_seconds(world: World, session: UUID) -> None:
    bo = world.watching(session)
    made = world.sql(
        bo, ASK + " returning status, expires_at - created_at = interval '60 s' as minute", session, bo, bo
    )
    assert made == [{"status": "pending", "minute": True}]
    for column in ("status", "expires_at", "responded_at"):
        with pytest.raises(InsufficientPrivilege, match="permission denied"):
            world.sql(
                bo,
                f"insert into public.live_guest_requests (session_id, requester_id, requester_profile_id, {column})"
                " values (%s, %s, %s, default)",
                session,
                bo,
                bo,
            )


def test_50_requests_at_once_are_one_pending(world: World, session: UUID) -> None:
    bo = world.watching(session)
    answers = together(20, lambda _: world.sql(bo, ASK, session, bo, bo))
    assert sum(isinstance(answer, psycopg.errors.UniqueViolation) for answer in answers) == 19
    count = "select count(*) from public.live_guest_requests where requester_id = %s and status = 'pending'"
    assert world.one(count, bo) == 1


def test_an_expired_request_does_not_stand_in_the_way(world: World, session: UUID) -> None:
    bo = world.watching(session)
    world.sql(bo, ASK, session, bo, bo)
    world.owner("update public.live_guest_requests set expires_at = now() where requester_id = %s", bo)
    world.sql(bo, ASK, session, bo, bo)
    states = world.owner("select status from public.live_guest_requests where requester_id = %s order by 1", bo)
    assert [row["status"] for row in states] == ["expired", "pending"]


def test_a_banned_or_absent_user_cannot_ask(world: World, ada: UUID, session: UUID) -> None:
    cem, stranger = world.watching(session), world.person()
    world.verb(ada, "ban_profile", session, cem)
    with pytest.raises(InsufficientPrivilege, match="A viewer who is banned cannot ask to join"):
        world.sql(cem, ASK, session, cem, cem)
    with pytest.raises(InsufficientPrivilege):
        world.sql(stranger, ASK, session, stranger, stranger)


# everything else is closed


@pytest.mark.parametrize(
    "statement",
    [
        "insert into public.live_participants (session_id) values (null)",
        "update public.live_participants set role = 'host'",
        "delete from public.live_participants",
        "update public.live_messages set content = 'x'",
        "delete from public.live_messages",
        "insert into public.live_gifts (coin_amount) values (-500)",
        "delete from public.live_session_bans",
        "update public.live_guest_requests set status = 'approved'",
        "delete from public.calls",
        "insert into public.gifts (name, coin_price) values ('x', 1)",
        "update public.subscription_tiers set coin_price = 0",
        "insert into public.creator_subscriptions (status) values ('active')",
        "select * from private.tickets",
        "select private.end_session(gen_random_uuid())",
    ],
)
def test_everything_else_is_refused_to_clients(world: World, ada: UUID, statement: str) -> None:
    for who in (ada, None):
        with pytest.raises(InsufficientPrivilege):
            world.sql(who, statement)


@pytest.mark.parametrize(
    ("table", "columns", "limit"),
    [
        ("analytics_events", {"user_id": None, "event_name": "x", "session_id": "{}"}, 200),
        ("analytics_events", {"user_id": None, "event_name": "x", "app_version": "{}"}, 100),
        (
            "live_sessions",
            {"creator_id": None, "creator_profile_id": None, "session_type": "video_live", "thumbnail_url": "{}"},
            2048,
        ),
    ],
)
def test_every_text_a_client_writes_has_a_bound(
    world: World, ada: UUID, table: str, columns: dict[str, Any], limit: int
) -> None:
    def write(length: int) -> None:
        values = [str(ada) if value is None else value.format("x" * length) for value in columns.values()]
        world.sql(
            ada,
            f"insert into public.{table} ({', '.join(columns)}) values ({', '.join(['%s'] * len(values))})",
            *values,
        )

    write(limit)
    with pytest.raises(CheckViolation):
        write(limit + 1)


# What a client makes in a session of their own is nobody's but theirs

TRAP = """
create function pg_temp.sprung() returns boolean language plpgsql as $$
begin
  if current_user <> 'authenticated' then raise exception 'it ran as %', current_user; end if;
  return true;
end $$;
create domain pg_temp.uuid as pg_catalog.uuid check (pg_temp.sprung());
create domain pg_temp.text as pg_catalog.text check (pg_temp.sprung());
create domain pg_temp.jsonb as pg_catalog.jsonb check (pg_temp.sprung());
"""


def test_a_type_a_client_makes_for_themselves_is_not_used_by_what_runs_as_the_owner(
    world: World, ada: UUID, session: UUID
) -> None:
    bo = world.watching(session)
    with world.acting(bo) as conn:
        conn.execute(TRAP)
        conn.execute(
            "insert into public.calls (caller_id, callee_id, call_type) values (%s, %s, 'audio_call')", (bo, ada)
        )
        conn.execute(LINE, (session, bo, bo, "selam"))
        conn.execute(ASK, (session, bo, bo))
    unfixed = """
        select procedures.oid::regprocedure::text from pg_proc procedures
         where procedures.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
           and not coalesce('search_path="", pg_temp' = any (procedures.proconfig), false)"""
    assert world.owner(unfixed) == []
