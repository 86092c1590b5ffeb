"""Who sees what of the stage, and that nobody sees through a shadow (rulings L6, L7, L13, L16, L17)."""

from __future__ import annotations

from uuid import UUID

import pytest
from psycopg.errors import InsufficientPrivilege

from tests.world import ASK, CHAT, LINE, World


@pytest.fixture
def session(world: World, ada: UUID) -> UUID:
    return world.session(ada)


def test_a_deleted_line_is_read_by_host_and_moderators_only(world: World, ada: UUID, session: UUID) -> None:
    bo, other, mod = world.watching(session), world.watching(session), world.watching(session)
    world.verb(ada, "change_role", session, mod, "moderator")
    world.sql(bo, LINE, session, bo, bo, "ayıp")
    line = world.sql(bo, CHAT, session)[0]["id"]
    assert world.refusal(other, "delete_message", line) == (403, "forbidden")
    assert world.verb(mod, "delete_message", line)["message"]["is_deleted"] is True
    assert [world.chat(who, session) for who in (ada, mod, bo, other)] == [["ayıp"], ["ayıp"], [], []]


def test_an_ended_session_is_seen_by_who_was_there(world: World, ada: UUID) -> None:
    session, invited = world.session(ada, live=False), world.person()
    world.verb(ada, "invite_profile", session, invited, "co_host")
    world.verb(ada, "start_session", session)
    bo, stranger = world.watching(session), world.person()
    read = "select id from public.live_sessions where id = %s"
    assert [len(world.sql(who, read, session)) for who in (ada, bo, stranger, invited, None)] == [1] * 5
    world.verb(ada, "end_session", session)
    assert [len(world.sql(who, read, session)) for who in (ada, bo, stranger, invited, None)] == [1, 1, 0, 0, 0]


def test_a_request_is_read_by_host_and_requester(world: World, ada: UUID, session: UUID) -> None:
    bo, other = world.watching(session), world.watching(session)
    world.sql(bo, ASK, session, bo, bo)
    read = "select id from public.live_guest_requests where session_id = %s"
    assert [len(world.sql(who, read, session)) for who in (ada, bo, other)] == [1, 1, 0]


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
