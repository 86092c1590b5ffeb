"""Behind the stage: orders to LiveKit, pins, and who may call what of schema `private`."""

from __future__ import annotations

from operator import itemgetter
from typing import Any
from uuid import UUID

from tests.at_once import together
from tests.world import World


def test_no_client_may_call_a_function_that_changes_anything(world: World) -> None:
    callable_by_clients = world.owner(
        """select procedures.oid::regprocedure::text as name
             from pg_proc procedures
            where procedures.pronamespace = 'private'::regnamespace
              and procedures.provolatile = 'v'
              and (has_function_privilege('anon', procedures.oid, 'execute')
                   or has_function_privilege('authenticated', procedures.oid, 'execute'))"""
    )
    assert callable_by_clients == []


def test_every_function_has_a_fixed_search_path(world: World) -> None:
    loose = world.owner(
        """select procedures.oid::regprocedure::text as name
             from pg_proc procedures
            where procedures.pronamespace in ('private'::regnamespace, 'public'::regnamespace)
              and not coalesce(procedures.proconfig::text like '%%search_path%%', false)"""
    )
    assert loose == []


def take(world: World) -> list[Any]:
    return world.owner("select id, action, attempts from private.take_livekit_orders(1000)")


def test_an_order_is_taken_by_one_worker_and_again_only_when_it_is_due(world: World, ada: UUID) -> None:
    take(world)
    session = world.session(ada)
    world.verb(ada, "end_session", session)
    taken = [order for orders in together(4, lambda _: take(world)) for order in orders]
    assert sorted(order["action"] for order in taken) == ["create_room", "delete_room"]
    assert take(world) == []
    done, failed = taken
    world.one("select private.close_livekit_order(%s)", done["id"])
    world.one("select private.close_livekit_order(%s, 'no answer')", failed["id"])
    world.owner("update private.livekit_outbox set due_at = now()")
    assert [(order["id"], order["attempts"]) for order in take(world)] == [(failed["id"], 2)]


def test_the_host_pins_a_line_and_a_viewer_does_not(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo = world.watching(session)
    line = world.sql(
        bo,
        """insert into public.live_messages (session_id, sender_id, sender_profile_id, content)
           values (%s, %s, %s, 'Ne güzel!') returning id""",
        session,
        bo,
        bo,
    )[0]["id"]
    assert world.refusal(bo, "pin_message", line, True) == (403, "forbidden")
    assert world.verb(ada, "pin_message", line, True)["message"]["is_pinned"] is True
    deleted = world.verb(bo, "delete_message", line)["message"]
    assert (deleted["is_deleted"], deleted["is_pinned"]) == (True, False)
    assert world.refusal(ada, "pin_message", line, True) == (409, "message_deleted")


def test_the_published_tables_are_the_seeds(world: World) -> None:
    published = world.owner(
        """select tables.tablename as name, classes.relreplident::text as identity
             from pg_publication_tables tables
             join pg_class classes on classes.oid = format('%I.%I', tables.schemaname, tables.tablename)::regclass
            where tables.pubname = 'supabase_realtime' and tables.tablename ~ '^(live_|calls)'
            order by 1"""
    )
    names = ["calls", "live_guest_requests", "live_messages", "live_participants", "live_sessions"]
    goals = {"name": "live_goals", "identity": "d"}  # ours
    assert published == sorted([goals, *({"name": name, "identity": "f"} for name in names)], key=itemgetter("name"))
