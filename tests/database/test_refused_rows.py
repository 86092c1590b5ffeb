"""A row that a policy refuses is refused in a person's words, whoever sends it and whatever is wrong with it.

Everybody tries to insert into every table a client may insert into: as themselves and as somebody else, under each
kind of profile, into each kind of session. What PostgreSQL would say of a policy by itself must never be what is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID, uuid4

import pytest
from psycopg import Connection, sql
from psycopg.errors import InsufficientPrivilege, IntegrityError
from psycopg.rows import DictRow

from tests.world import World

INSERT_POLICIES = """
select tablename from pg_policies
 where schemaname = 'public' and cmd = 'INSERT' and 'authenticated' = any (roles)
"""
OBJECT = "/storage/v1/object/authenticated/images"
Row = Mapping[str, object]


@pytest.fixture
def people(world: World, ada: UUID) -> dict[str, UUID]:
    """One of each kind, by what they are to the first session."""
    live = world.session(ada)
    planned = world.session(ada, live=False)
    ended = world.session(world.person(creator=True))
    bo, cem = world.watching(live), world.watching(live)
    world.verb(ada, "ban_profile", live, cem)
    quiet_host = world.person(creator=True)
    quiet = world.session(quiet_host, chat_enabled=False)
    world.verb(bo, "join_session", quiet)
    world.owner("update public.live_sessions set status = 'ended' where id = %s", ended)
    guest = world.person(anonymous=True)
    world.verb(guest, "join_session", live)
    return {
        "ada": ada, "bo": bo, "cem": cem, "quiet_host": quiet_host, "stranger": world.person(), "guest": guest,
        "shadow": world.shadow(bo), "live": live, "planned": planned, "ended": ended, "quiet": quiet,
    }  # fmt: skip


def rows(people: Mapping[str, UUID], me: UUID) -> Iterator[tuple[str, Row]]:
    """What somebody may think of sending, right and wrong."""
    whose = (me, people["ada"], uuid4())
    faces = (me, people["shadow"], people["ada"])
    rooms = (people["live"], people["planned"], people["ended"], people["quiet"], uuid4())
    now = datetime.now(UTC)
    for user in whose:
        yield "profiles", {"id": user, "user_id": user}
        yield "generated_images", {"user_id": user, "image_url": f"{OBJECT}/{me}/nobody-put-it-there.png"}
        yield "calls", {"caller_id": user, "callee_id": people["quiet_host"], "call_type": "video_call"}
        yield "calls", {"caller_id": user, "callee_id": me, "call_type": "video_call"}
        yield "calls", {"caller_id": user, "callee_id": people["guest"], "call_type": "audio_call"}
        for moved in (timedelta(0), timedelta(days=-8), timedelta(hours=1)):
            yield "analytics_events", {"user_id": user, "event_name": "open", "created_at": now + moved}
    for user, face in product(whose, faces):
        yield "live_sessions", {
            "creator_id": user, "creator_profile_id": face, "title": "Sahne", "session_type": "video_live",
        }  # fmt: skip
    for user, face, room in product(whose, faces, rooms):
        message: dict[str, object] = {
            "session_id": room,
            "sender_id": user,
            "sender_profile_id": face,
            "content": "selam",
        }
        yield "live_messages", message
        yield "live_messages", message | {"message_type": "gift"}
        yield "live_guest_requests", {"session_id": room, "requester_id": user, "requester_profile_id": face}


def test_every_table_a_client_may_insert_into_is_tried(world: World, people: dict[str, UUID]) -> None:
    tried = {table for table, _ in rows(people, people["bo"])}
    assert tried == {row["tablename"] for row in world.owner(INSERT_POLICIES)}


@pytest.mark.parametrize("who", ["ada", "bo", "cem", "quiet_host", "stranger", "guest"])
def test_what_a_policy_refuses_is_said_in_words_to_everybody(world: World, people: dict[str, UUID], who: str) -> None:
    me, refused, passed = people[who], dict[str, str](), set[str]()
    with world.acting(me) as conn:
        for table, row in rows(people, me):
            said = attempt(conn, table, row)
            if said is None:
                passed.add(table)
            else:
                refused[said] = f"{table} {json.dumps(row, default=str)}"
    assert refused
    assert {said: row for said, row in refused.items() if "row-level security" in said or "denied" in said} == {}
    assert ("analytics_events" in passed) == (who != "guest")
    assert ("live_messages" in passed) == (who in ("ada", "bo"))


def attempt(conn: Connection[DictRow], table: str, row: Row) -> str | None:
    """The refusal's sentence, or None when the row was taken; nothing of it stays."""
    statement = sql.SQL("insert into public.{} ({}) values ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(sql.Placeholder() * len(row)),
    )
    try:
        with conn.transaction(force_rollback=True):
            conn.execute(statement, list(row.values()))
    except InsufficientPrivilege as error:
        return error.diag.message_primary or ""
    except IntegrityError as error:  # a rule of the table, which has its sentence elsewhere
        return f"rule {error.diag.constraint_name}"
    return None
