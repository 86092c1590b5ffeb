"""What the seed's SQL lets an ordinary user do to the stage, refused (rulings L1–L17, R7)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege

from tests.database.stage_world import World, together

LINE = """insert into public.live_messages (session_id, sender_id, sender_profile_id, content)
          values (%s, %s, %s, %s)"""
LINE_OF_TYPE = """insert into public.live_messages (session_id, sender_id, sender_profile_id, content, message_type)
                  values (%s, %s, %s, %s, %s)"""
ASK = """insert into public.live_guest_requests (session_id, requester_id, requester_profile_id, message)
         values (%s, %s, %s, 'Ben de gelebilir miyim?')"""
ASK_WITH = ASK.replace("'Ben de gelebilir miyim?'", "%s")
CHAT = "select id, content from public.live_messages where session_id = %s order by seq"


@pytest.fixture
def session(world: World, ada: UUID) -> UUID:
    return world.session(ada)


def lines(world: World, who: UUID, session: UUID) -> list[Any]:
    return [row["content"] for row in world.sql(who, CHAT, session)]


# L1: chat


def test_an_active_viewer_posts_and_everybody_there_reads(world: World, ada: UUID, session: UUID) -> None:
    bo, other, stranger = world.watching(session), world.watching(session), world.person()
    world.sql(bo, LINE, session, bo, bo, "Merhaba!")
    assert [lines(world, who, session) for who in (bo, other, ada, stranger)] == [["Merhaba!"]] * 3 + [[]]


def test_a_banned_viewer_cannot_post(world: World, ada: UUID, session: UUID) -> None:
    cem = world.watching(session)
    world.verb(ada, "ban_profile", session, cem)
    with pytest.raises(InsufficientPrivilege, match="A viewer who is banned cannot post") as refused:
        world.sql(cem, LINE, session, cem, cem, "yine ben")
    assert refused.value.diag.message_hint
    assert lines(world, cem, session) == []


def test_a_stranger_is_told_no_more_than_not_allowed(world: World, session: UUID) -> None:
    stranger = world.person()
    planned = world.session(world.person(creator=True), live=False)
    for asked in (session, planned, uuid4()):  # live, not live, not there: the words are the same
        for statement, words in ((LINE, "post"), (ASK_WITH, "ask to join the stage")):
            with pytest.raises(InsufficientPrivilege, match=f"^Only who is in a live session can {words}\n"):
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
    assert lines(world, bo, session) == []
    world.verb(ada, "end_session", session)
    assert lines(world, ada, session) == ["hoşça kalın"]


@pytest.mark.parametrize("content", ["", "x" * 501, None])
def test_a_line_has_1_to_500_characters(world: World, session: UUID, content: str | None) -> None:
    bo = world.watching(session)
    with pytest.raises(CheckViolation):
        world.sql(bo, LINE, session, bo, bo, content)


def test_a_deleted_line_is_read_by_host_and_moderators_only(world: World, ada: UUID, session: UUID) -> None:
    bo, other, mod = world.watching(session), world.watching(session), world.watching(session)
    world.verb(ada, "change_role", session, mod, "moderator")
    world.sql(bo, LINE, session, bo, bo, "ayıp")
    line = world.sql(bo, CHAT, session)[0]["id"]
    assert world.refusal(other, "delete_message", line) == (403, "forbidden")
    assert world.verb(mod, "delete_message", line)["message"]["is_deleted"] is True
    assert [lines(world, who, session) for who in (ada, mod, bo, other)] == [["ayıp"], ["ayıp"], [], []]


# L4, L7: sessions

NEW = "insert into public.live_sessions (creator_id, creator_profile_id, session_type) values (%s, %s, 'audio_room')"


def test_a_creator_opens_a_session_directly_and_others_do_not(world: World, ada: UUID) -> None:
    made = world.sql(ada, NEW + " returning status, livekit_room_name, peak_viewers", ada, ada)[0]
    assert (made["status"], made["peak_viewers"], made["livekit_room_name"][:5]) == ("scheduled", 0, "live_")
    bo = world.person()
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


def test_an_ended_session_is_seen_by_who_was_there(world: World, ada: UUID, session: UUID) -> None:
    bo, stranger, invited = world.watching(session), world.person(), world.person()
    world.verb(ada, "invite_profile", session, invited, "co_host")
    read = "select id from public.live_sessions where id = %s"
    assert [len(world.sql(who, read, session)) for who in (ada, bo, stranger, invited, None)] == [1] * 5
    world.verb(ada, "end_session", session)
    assert [len(world.sql(who, read, session)) for who in (ada, bo, stranger, invited, None)] == [1, 1, 0, 0, 0]


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


def test_a_request_is_read_by_host_and_requester(world: World, ada: UUID, session: UUID) -> None:
    bo, other = world.watching(session), world.watching(session)
    world.sql(bo, ASK, session, bo, bo)
    read = "select id from public.live_guest_requests where session_id = %s"
    assert [len(world.sql(who, read, session)) for who in (ada, bo, other)] == [1, 1, 0]


# L6, L16, L17: who reads whom


def test_bans_are_read_by_host_moderators_and_the_banned(world: World, ada: UUID, session: UUID) -> None:
    cem, bo, mod = world.watching(session), world.watching(session), world.watching(session)
    world.verb(ada, "change_role", session, mod, "moderator")
    world.verb(mod, "ban_profile", session, cem, "küfür")
    read = "select reason, banned_profile_id from public.live_session_bans where session_id = %s"
    assert [len(world.sql(who, read, session)) for who in (ada, mod, cem, bo)] == [1, 1, 1, 0]


def test_participants_see_who_is_there_and_strangers_do_not(world: World, ada: UUID, session: UUID) -> None:
    bo, gone, stranger = world.watching(session), world.watching(session), world.person()
    world.verb(gone, "leave_session", session)
    read = "select profile_id from public.live_participants where session_id = %s"

    def seen(who: UUID) -> set[UUID]:
        return {row["profile_id"] for row in world.sql(who, read, session)}

    assert seen(ada) == {ada, bo, gone}
    assert seen(bo) == {ada, bo}
    assert seen(gone) == {gone}
    assert seen(stranger) == set()


HIDDEN = {
    "live_participants": [
        "user_id",
        "paid_amount",
        "payment_id",
        "livekit_participant_sid",
        "total_watch_time_seconds",
    ],
    "live_messages": ["sender_id", "deleted_by"],
    "live_gifts": ["sender_id"],
    "live_guest_requests": ["requester_id", "responded_by"],
    "live_session_bans": ["banned_user_id", "banned_by"],
}


@pytest.mark.parametrize(("table", "column"), [(table, column) for table in HIDDEN for column in HIDDEN[table]])
def test_a_column_that_would_unmask_a_shadow_is_nobodys(world: World, ada: UUID, table: str, column: str) -> None:
    with pytest.raises(InsufficientPrivilege, match="permission denied"):
        world.sql(ada, f"select {column} from public.{table}")


ROWS = {
    "live_sessions": "session_row",
    "live_participants": "participant_row",
    "live_messages": "message_row",
    "live_gifts": "live_gift_row",
    "calls": "call_row",
    "live_session_bans": "ban_row",
    "live_guest_requests": "guest_request_row",
}


@pytest.mark.parametrize("table", ROWS)
def test_the_row_an_operation_answers_has_exactly_the_columns_a_client_may_select(world: World, table: str) -> None:
    answered = world.one(
        f"""select array_agg(key order by key)
              from jsonb_populate_record(null::public.{table}, '{{}}') as empty,
                   jsonb_object_keys(private.{ROWS[table]}(empty)) key"""
    )
    granted = world.one(
        """select array_agg(column_name::text order by column_name::text)
             from information_schema.column_privileges
            where table_schema = 'public' and table_name = %s
              and grantee = 'authenticated' and privilege_type = 'SELECT'""",
        table,
    )
    assert answered == granted


def test_somebody_seated_as_a_shadow_is_not_given_away_by_a_ban_of_their_real_name(
    world: World, ada: UUID, session: UUID
) -> None:
    bo = world.person()
    shadow = world.shadow(bo)
    world.verb(bo, "join_session", session, shadow)
    banned = world.verb(ada, "ban_profile", session, bo)["ban"]
    world.sql(bo, LINE, session, bo, shadow, "hâlâ buradayım")
    again = world.verb(ada, "ban_profile", session, shadow)["ban"]
    assert again["id"] != banned["id"]
    with pytest.raises(InsufficientPrivilege, match="banned"):
        world.sql(bo, LINE, session, bo, shadow, "x")


def test_a_second_ban_neither_lifts_the_first_nor_answers_that_both_are_one_person(
    world: World, ada: UUID, session: UUID
) -> None:
    bo = world.person()
    shadow = world.shadow(bo)
    world.verb(bo, "join_session", session, shadow)
    first = world.verb(ada, "ban_profile", session, shadow)["ban"]
    second = world.verb(ada, "ban_profile", session, bo, "baska")["ban"]
    assert second["id"] != first["id"]
    assert (second["banned_profile_id"], second["reason"]) == (str(bo), "baska")
    assert world.refusal(bo, "join_session", session) == (403, "banned")
    seen = world.sql(ada, "select id, reason from public.live_session_bans where session_id = %s", session)
    assert [(str(row["id"]), row["reason"]) for row in seen] == [(first["id"], first["reason"])]
    again = world.verb(ada, "ban_profile", session, shadow, "yine")["ban"]
    assert (again["id"], again["reason"]) == (first["id"], "yine")


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


def test_anon_reads_sessions_and_the_catalogue_and_nothing_of_the_rooms(world: World, session: UUID) -> None:
    world.gift(5)
    assert world.sql(None, "select id from public.live_sessions where id = %s", session)
    assert world.sql(None, "select name, coin_price from public.gifts")
    for table in (
        "live_participants",
        "live_messages",
        "live_gifts",
        "live_session_bans",
        "live_guest_requests",
        "calls",
    ):
        with pytest.raises(InsufficientPrivilege):
            world.sql(None, f"select id from public.{table}")


@pytest.mark.parametrize(
    ("table", "columns", "limit"),
    [
        ("analytics_events", {"user_id": None, "event_name": "x", "session_id": "{}"}, 200),
        ("analytics_events", {"user_id": None, "event_name": "x", "app_version": "{}"}, 100),
        ("live_sessions", {"creator_id": None, "creator_profile_id": None, "session_type": "video_live",
                           "thumbnail_url": "{}"}, 2048),
    ],
)  # fmt: skip
def test_every_text_a_client_writes_has_a_bound(
    world: World, ada: UUID, table: str, columns: dict[str, Any], limit: int
) -> None:
    def write(length: int) -> None:
        values = [str(ada) if value is None else value.format("x" * length) for value in columns.values()]
        world.sql(ada, f"insert into public.{table} ({', '.join(columns)}) values ({', '.join(['%s'] * len(values))})",
                  *values)  # fmt: skip

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
    with world.acting("authenticated", bo) as conn:
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
