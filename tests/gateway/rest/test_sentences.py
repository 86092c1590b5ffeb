"""What a rule of a table refuses is told in words over the Data API, with PostgreSQL's code and no row's insides."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.conftest import Running
from tests.eventually import eventually
from tests.world import World, bearer, token

Answer = dict[str, Any]


def refused(
    server: Running, user: UUID, method: str, path: str, body: Answer, *, role: str = "authenticated"
) -> tuple[int, Answer]:
    headers = bearer(user, role=role)
    answer = httpx.request(method, f"{server.url}/rest/v1/{path}", json=body, headers=headers)
    assert "Failing row" not in answer.text
    assert "analytics_events_2" not in answer.text, "a partition is named"
    return answer.status_code, answer.json()


def test_a_check_says_what_a_username_is(server: Running, world: World) -> None:
    ada = world.person()
    assert refused(server, ada, "PATCH", f"profiles?id=eq.{ada}", {"username": "A!"}) == (
        400,
        {
            "code": "23514",
            "message": "A username has 3 to 30 small letters a to z, digits, dots or underscores.",
            "details": None,
            "hint": "The rule is profiles_username_check.",
        },
    )


def test_a_unique_index_says_that_a_username_is_taken(server: Running, world: World) -> None:
    ada, bo = world.person(), world.person()
    world.owner("update public.profiles set username = 'the.one' where id = %s", ada)
    status, said = refused(server, bo, "PATCH", f"profiles?id=eq.{bo}", {"username": "the.one"})
    assert (status, said["code"], said["message"]) == (409, "23505", "This username is taken.")


def test_a_reference_says_what_is_not_there(server: Running) -> None:
    nobody = uuid4()
    event = {"user_id": str(nobody), "event_name": "open"}
    status, said = refused(server, nobody, "POST", "analytics_events", event, role="service_role")
    assert (status, said["code"], said["message"]) == (409, "23503", "This user has no profile.")


def test_a_token_that_outlived_its_account_reports_nothing(server: Running) -> None:
    nobody = uuid4()
    status, said = refused(server, nobody, "POST", "analytics_events", {"user_id": str(nobody), "event_name": "open"})
    assert (status, said["code"], said["message"]) == (403, "42501", "An account that is gone cannot report events")


def test_a_missing_value_says_of_which_table_and_not_of_which_partition(server: Running, world: World) -> None:
    ada = world.person()
    event = {"user_id": str(ada), "event_name": None}
    assert refused(server, ada, "POST", "analytics_events", event) == (
        400,
        {
            "code": "23502",
            "message": '"event_name" of "analytics_events" cannot be left empty.',
            "details": None,
            "hint": None,
        },
    )


def test_a_check_and_a_key_of_a_partition_are_the_tables(server: Running, world: World) -> None:
    ada = world.person()
    event = {"user_id": str(ada), "event_name": "open", "platform": "toaster"}
    status, said = refused(server, ada, "POST", "analytics_events", event)
    assert (status, said["code"], said["message"]) == (400, "23514", "The platform is ios, android or web.")
    world.owner("insert into public.analytics_events (id, event_name, created_at) values (%s, 'o', now())", ada)
    at = world.one("select to_json(created_at) from public.analytics_events where id = %s", ada)
    event = {"id": str(ada), "user_id": str(ada), "event_name": "open", "created_at": at}
    status, said = refused(server, ada, "POST", "analytics_events", event)
    assert (status, said["code"], said["message"]) == (409, "23505", "This event was reported already.")
    assert said["hint"] == "The rule is analytics_events_pkey."


def test_what_three_policies_refuse_is_a_sentence(server: Running, world: World) -> None:
    session, bo = world.session(world.person(creator=True)), world.person()
    old = {"user_id": str(bo), "event_name": "open", "created_at": "2020-01-01T00:00:00Z"}
    line = {"session_id": str(session), "sender_id": str(bo), "sender_profile_id": str(bo), "content": "selam"}
    ask = {"session_id": str(session), "requester_id": str(bo), "requester_profile_id": str(bo)}
    for table, body, words in (
        ("analytics_events", old, "An event is reported within 7 days, and not from more than 10 minutes ahead"),
        ("live_messages", line, "Only people in a live session can post"),
        ("live_guest_requests", ask, "Only people in a live session can ask to join the stage"),
    ):
        status, said = refused(server, bo, "POST", table, body)
        assert (status, said["code"], said["message"]) == (403, "42501", words)
        assert said["hint"]


def test_a_grant_says_what_the_role_may_do_instead(server: Running, world: World) -> None:
    ada = world.person()
    status, said = refused(server, ada, "PATCH", f"profiles?id=eq.{ada}", {"is_premium": True})
    assert (status, said["code"], said["message"]) == (403, "42501", "permission denied for table profiles")
    assert said["hint"] == (
        'With "profiles" the role authenticated may read every column; '
        "insert id, user_id, username, gender, display_name, avatar_url; "
        "update username, gender, display_name, avatar_url."
    )
    said = httpx.get(f"{server.url}/rest/v1/live_messages", headers={"apikey": token(role="anon")}).json()
    assert said["hint"].startswith('With "live_messages" the role anon may do nothing. For clients: ')


def test_a_policy_of_a_table_we_do_not_know_says_whose_it_is(server: Running, world: World) -> None:
    world.owner("create table public.diaries (id uuid)")
    world.owner("alter table public.diaries enable row level security")
    world.owner("grant insert on public.diaries to authenticated")
    ada = world.person()

    def answer() -> tuple[int, Answer]:
        return refused(server, ada, "POST", "diaries", {"id": str(ada)})

    status, said = eventually(lambda: found if (found := answer())[0] != 404 else None)
    assert (status, said["hint"]) == (
        403,
        'No policy of "diaries" lets the role authenticated write a row with these values.',
    )


def test_a_profile_is_upserted_by_its_id_alone(server: Running, world: World) -> None:
    ada, bo = world.person(), world.person()
    merge = bearer(ada) | {"prefer": "resolution=merge-duplicates, return=representation"}
    mine = {"id": str(ada), "display_name": "Ada L."}
    answer = httpx.post(f"{server.url}/rest/v1/profiles", json=mine, headers=merge)
    assert (answer.status_code, answer.json()[0]["display_name"]) == (200, "Ada L."), answer.text
    theirs = {"id": str(bo), "display_name": "Not Bo"}
    answer = httpx.post(f"{server.url}/rest/v1/profiles", json=theirs, headers=merge)
    assert (answer.status_code, answer.json()["message"]) == (403, "You can make only your own profile")
    assert world.one("select display_name from public.profiles where id = %s", bo) != "Not Bo"


def test_a_row_that_others_refer_to_stays_and_says_so(server: Running, world: World) -> None:
    category = world.put("categories", name="Kept", slug="kept")
    world.put("scenes", name="Kept", category="kept", prompt_template="a prompt")
    path = f"categories?id=eq.{category}"
    status, said = refused(server, world.person(), "DELETE", path, {}, role="service_role")
    assert (status, said["message"]) == (409, "Other rows refer to this one."), said
    assert said["code"] in ("23503", "23001"), "PostgreSQL 18 has a code of its own for it"
