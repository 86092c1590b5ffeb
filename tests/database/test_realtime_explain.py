"""`sahne realtime explain`: how changes of a table are judged, and why somebody receives none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from sahne.cli.app import app
from tests.database.audience import run

TABLES = """
create table public.guests (id int, room int, person uuid, secret text);
alter table public.guests enable row level security;
grant select (id, room, person) on public.guests to authenticated;
create function public.is_lucky() returns boolean language plpgsql stable as 'begin return true; end';
create policy "the lucky" on public.guests for select to authenticated using (public.is_lucky() and room = 1);
"""


@pytest.fixture(scope="module", autouse=True)
def tables(database_url: str) -> None:
    run(database_url, TABLES)


def explained(url: str, *arguments: str) -> dict[str, Any]:
    said = CliRunner().invoke(app, ["realtime", "explain", *arguments, "--json"], env={"DATABASE_URL": url})
    assert said.exit_code == 0, said.output
    answer: dict[str, Any] = json.loads(said.stdout)
    return answer


def test_no_table_of_ours_that_is_published_is_judged_viewer_by_viewer(database_url: str) -> None:
    tiers = {
        (table, role["role"]): role["tier"]
        for table in (
            "generated_images", "generations", "live_sessions", "live_participants", "live_messages", "calls",
            "live_guest_requests", "notifications", "live_goals",
        )
        for role in explained(database_url, table)["roles"]
    }  # fmt: skip
    assert "probe" not in tiers.values(), tiers
    assert {tiers[table, "authenticated"] for table in ("calls", "notifications", "generations")} == {"claim"}
    assert {tiers[table, "service_role"] for table in ("calls", "live_messages")} == {"open"}
    assert tiers["live_messages", "anon"] == "constant"


def test_a_chat_lines_verdict_is_kept_until_a_seat_or_the_session_changes(database_url: str) -> None:
    (role,) = explained(database_url, "public.live_messages", "--role", "authenticated")["roles"]
    assert (role["tier"], role["kept"], role["columns"]) == ("set", True, ["session_id", "is_deleted"])
    assert role["depends_on"] == {
        "public.live_sessions": ["creator_id", "id"],
        "public.live_participants": ["is_active", "role", "session_id", "user_id"],
    }
    assert role["only_where"] == {
        "public.live_sessions": ["id = session_id"],
        "public.live_participants": ["session_id = session_id"],
    }
    assert role["hidden_columns"] == ["deleted_by", "sender_id"]


# A policy on `halls`, and whether a seat can matter for halls of its own room alone
POLICIES = {
    "exists (select from seats where seats.room = halls.room and seats.person = auth.uid())": True,
    "not exists (select from seats s where halls.room = s.room and s.taken)": True,
    "room in (select room from seats where taken)": True,
    "room in (select own_seats())": True,
    "name = 'open' or (room in (select seats.room from seats) and name is not null)": True,
    "room in (select seats.room from seats union select 1 from seats)": False,
    "room not in (select seats.room from seats where seats.room is not null)": False,
    "exists (select from seats where seats.room >= halls.room)": False,
    "exists (select from seats where seats.room = halls.room or seats.taken)": False,
    "exists (select from seats where seats.room = halls.room) or exists (select from seats)": False,
    "exists (select from seats s left join seats t on t.room = halls.room where s.taken)": False,
    "room in (select s.room from seats s join seats t on t.taken)": False,
    "room in (select s.room from seats s where exists (select from seats))": False,
    "room + 1 in (select room from seats)": False,
    "room in (select distance from seats)": False,
    "room in (select distinct seats.room + 1 from seats)": False,
    "exists (select from seats where seats.room = (select max_room.room from halls max_room where max_room.name = 'x'))": False,
    "exists (select from seats halls where halls.room = halls.distance)": False,
}
HALLS = """
create table public.halls (room int primary key, name text);
create table public.seats (room int, person uuid, taken boolean, distance bigint);
create function public.own_seats() returns setof int language sql stable security definer set search_path = '' as
  'select seats.room from public.seats where seats.person = (select auth.uid())';
alter table public.halls enable row level security;
grant select on public.halls, public.seats to authenticated, service_role;
alter publication supabase_realtime add table public.halls, public.seats;
"""


def test_a_seat_matters_for_its_own_room_alone_where_the_policy_says_so_and_for_all_where_it_does_not(
    database_url: str,
) -> None:
    run(database_url, HALLS)
    for condition, own_room_alone in POLICIES.items():
        run(database_url, f"create policy seated on public.halls for select to authenticated using ({condition})")
        (role,) = explained(database_url, "halls", "--role", "authenticated")["roles"]
        expected = {"public.seats": ["room = room"]} if own_room_alone else {}
        assert role["tier"] in ("set",) if own_room_alone else ("set", "probe"), (condition, role)
        assert role["only_where"] == expected, condition
        run(database_url, "drop policy seated on public.halls")


def test_what_is_in_the_way_of_a_change_is_said(database_url: str) -> None:
    answer = explained(database_url, "guests")
    roles = {role["role"]: role for role in answer["roles"]}
    assert len(answer["in_the_way"]) == 2  # neither published nor with a key
    assert (roles["anon"]["tier"], roles["anon"]["in_words"]) == ("constant", "nobody sees any row")
    assert "no column" in roles["anon"]["in_the_way"][0]
    assert "public.is_lucky is not written in SQL" in roles["authenticated"]["in_words"]
    assert roles["authenticated"]["tier"] == "probe"
    in_words = CliRunner().invoke(app, ["realtime", "explain", "guests"], env={"DATABASE_URL": database_url}).stdout
    assert "authenticated: probe, asked viewer by viewer" in in_words


def test_a_table_that_is_not_there_is_refused(database_url: str) -> None:
    said = CliRunner().invoke(app, ["realtime", "explain", "nothing.there"], env={"DATABASE_URL": database_url})
    assert said.exit_code == 1
    assert "There is no such table." in said.output
