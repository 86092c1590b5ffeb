"""Pairs for the rulings on the two documents together (R1 to R9, R11, R13): the seeds' own SQL, then ours."""

from __future__ import annotations

from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors as pg

from tests.conftest import cloned
from tests.database.conformance.as_written import definitions_of, raise_from_facts
from tests.database.conformance.catalog import load_facts
from tests.database.conformance.seeds import LENT
from tests.database.rulings.rows import refusal, seat_in, session_of, touch
from tests.world import World


def test_r1_a_user_has_shadow_profiles_beside_the_real_one(seed: World, ours: World) -> None:
    bo = seed.person()
    with pytest.raises(pg.ForeignKeyViolation, match="profiles_id_fkey"):
        seed.owner(
            "insert into public.profiles (id, user_id, type, email) values (%s, %s, 'shadow', 'b@x')", uuid4(), bo
        )
    bo = ours.person()
    assert len({bo, ours.shadow(bo), ours.shadow(bo)}) == 3
    with pytest.raises(pg.UniqueViolation):
        ours.owner("insert into public.profiles (id, user_id, type) values (%s, %s, 'real')", bo, bo)


def test_r2_viewers_see_the_name_of_who_is_on_stage(seed: World, ours: World) -> None:
    ada, bo = seed.person(), seed.person()
    assert seed.sql(bo, "select display_name from public.profiles where id = %s", ada) == []
    ada, bo = ours.person(), ours.person()
    ours.owner("update public.profiles set display_name = 'Ada' where id = %s", ada)
    face = "select display_name from public.public_profiles where id = %s"
    assert [ours.sql(who, face, ada)[0]["display_name"] for who in (bo, None)] == ["Ada", "Ada"]
    assert ours.sql(bo, "select email from public.profiles where id = %s", ada) == []


@pytest.mark.parametrize("missing", LENT)
def test_r3_the_stage_cannot_be_made_of_what_is_never_defined(
    cluster_url: str, platform_template: str, missing: str
) -> None:
    facts, drop = load_facts("scene_facts.toml"), "function" if missing == "handle_updated_at" else "table"
    with cloned(cluster_url, platform_template) as url, psycopg.connect(url) as conn:
        raise_from_facts(conn, facts)
        conn.execute(f"drop {drop} public.{missing} cascade".encode())
        conn.execute("alter table public.profiles add column user_id uuid")
        with pytest.raises((pg.UndefinedTable, pg.UndefinedFunction), match=missing):
            for statement in definitions_of(load_facts("stage_facts.toml")):
                conn.execute(statement.encode())


def test_r3_what_the_stage_refers_to_is_there(ours: World) -> None:
    referred = """select confrelid::regclass::text as table from pg_constraint
                   where contype = 'f' and conrelid::regclass::text in ('live_gifts', 'calls', 'live_participants')"""
    assert {"gifts", "coin_transactions"} <= {row["table"] for row in ours.owner(referred)}
    touching = "select count(*) from pg_trigger where tgname like 'set_live_%_updated_at' and not tgisinternal"
    assert ours.one(touching) > 0


def test_r4_a_host_answers_a_request(seed: World, ours: World) -> None:
    ada, bo = seed.person(), seed.person()
    asked = seed.put("live_guest_requests", session_id=session_of(seed, ada), requester_id=bo, requester_profile_id=bo)
    assert touch(seed, ada, "update public.live_guest_requests set status = 'approved' where id = %s", asked) == 0
    ada = ours.person(creator=True)
    session = ours.session(ada)
    bo = ours.watching(session)
    asked = ours.verb(bo, "request_to_join", session)["guest_request"]["id"]
    assert ours.verb(ada, "approve_request", UUID(asked))["guest_request"]["status"] == "approved"


def test_r5_the_stage_alone_cannot_be_made_before_the_rest(
    cluster_url: str, platform_template: str, ours: World
) -> None:
    stage = load_facts("stage_facts.toml")
    with cloned(cluster_url, platform_template) as url, psycopg.connect(url) as conn:
        conn.execute("create function public.handle_updated_at() returns trigger language plpgsql as 'begin end'")
        with pytest.raises(pg.UndefinedTable, match=r"profiles|gifts"):
            for statement in definitions_of(stage):
                conn.execute(statement.encode())
    made = "select name from supabase_migrations.schema_migrations order by version"
    names = [row["name"] for row in ours.owner(made)]
    assert (
        names.index("profiles")
        < names.index("studio")
        < names.index("coins")
        < names.index("stage")
        < names.index("rights")
    )


def test_r7_what_a_client_may_not_write_is_refused_and_not_dropped_in_silence(seed: World, ours: World) -> None:
    bo = seed.person()
    seed.put("live_messages", session_id=session_of(seed, bo), sender_id=bo, sender_profile_id=bo, content="x")
    assert touch(seed, bo, "delete from public.live_messages") == 0
    bo = ours.person()
    assert "permission denied" in refusal(ours, bo, "delete from public.live_messages")
    assert "permission denied" in refusal(ours, bo, "update public.live_messages set content = 'y'")


def test_r8_a_refusal_is_a_sentence(seed: World, ours: World) -> None:
    ask = """insert into public.live_sessions
               (creator_id, creator_profile_id, session_type, livekit_room_name) values (%s, %s, 'video_live', 'r')"""
    ada, bo = seed.person(), seed.person()
    assert "row-level security" in refusal(seed, bo, ask, ada, ada)
    bo = ours.person()
    ask = ask.replace(", livekit_room_name", "").replace(", 'r'", "")
    assert refusal(ours, bo, ask, bo, bo) == "Only creators can open a session"
    for other in (ours.person(), uuid4()):  # of others nothing is told, not even whether they are there
        assert refusal(ours, bo, ask, other, bo) == "You can open only a session of your own"


def test_r9_a_policy_that_asks_another_table_does_not_recurse(seed: World, ours: World, ada: UUID) -> None:
    bo = seed.person()
    with pytest.raises(pg.InvalidObjectDefinition, match="infinite recursion"), psycopg.connect(seed.url) as conn:
        conn.execute(
            """create policy "who was in it" on public.live_sessions for select using (exists (
                 select from public.live_participants p where p.session_id = id and p.user_id = auth.uid()))"""
        )
        conn.execute("select set_config('role', 'authenticated', true)")
        conn.execute("select from public.live_sessions")
    session = ours.session(ada)
    bo = ours.watching(session)
    ours.verb(ada, "end_session", session)
    assert len(ours.sql(bo, "select id from public.live_sessions where id = %s", session)) == 1


def test_l11_a_changed_row_says_when(seed: World, ours: World) -> None:
    ada, bo = seed.person(), seed.person()
    seats = seat_in(seed, session_of(seed, ada), bo, updated_at="2020-01-01")
    seed.owner("update public.live_participants set role = 'speaker' where id = %s", seats)
    assert seed.one("select extract(year from updated_at) from public.live_participants where id = %s", seats) == 2020
    ada = ours.person(creator=True)
    bo = ours.watching(ours.session(ada))
    ours.owner("alter table public.live_participants disable trigger set_live_participants_updated_at")
    ours.owner("update public.live_participants set updated_at = '2020-01-01' where user_id = %s", bo)
    ours.owner("alter table public.live_participants enable trigger set_live_participants_updated_at")
    ours.owner("update public.live_participants set is_muted = true where user_id = %s", bo)
    assert ours.one("select extract(year from updated_at) from public.live_participants where user_id = %s", bo) > 2020


def test_r6_no_client_calls_a_function_of_the_seeds(seed: World, ours: World) -> None:
    callable_ones = """select count(*) from pg_proc where pronamespace = 'public'::regnamespace
                        and prorettype = 'trigger'::regtype
                        and has_function_privilege('authenticated', oid, 'execute')"""
    assert seed.one(callable_ones) == 7
    assert ours.one(callable_ones) == 0


def test_r11_who_is_suspended_writes_nothing(seed: World, ours: World) -> None:
    report = "insert into public.analytics_events (user_id, event_name) values (%s, 'open')"
    suspended = "update auth.users set banned_until = now() + interval '1 hour' where id = %s"
    bo = seed.person()
    seed.owner(suspended, bo)
    assert touch(seed, bo, report, bo) == 1
    bo = ours.person()
    assert touch(ours, bo, report, bo) == 1
    ours.owner(suspended, bo)
    assert refusal(ours, bo, report, bo) == "An account that is suspended cannot report events"


def test_r13_one_statement_stores_a_batch_and_no_more(seed: World, ours: World) -> None:
    report = """insert into public.analytics_events (user_id, event_name)
                select %s, 'open' from generate_series(1, 5000)"""
    bo = seed.person()
    assert touch(seed, bo, report, bo) == 5000
    bo = ours.person()
    assert refusal(ours, bo, report, bo) == "At most 500 events are taken at once"
