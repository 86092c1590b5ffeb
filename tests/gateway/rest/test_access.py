"""The access matrix once more, through the Data API with tokens people really sign in for: a sample of each kind."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest

from sahne.accounts.passwords import hash_password
from sahne.settings import Settings
from tests.conftest import Running
from tests.database.access.matrix import Cells, read_matrix
from tests.database.access.world import ACTORS, PEOPLE, AccessWorld, make_world
from tests.world import World

PASSWORD = "correct horse"
MATRIX = read_matrix()
REFUSED = {"anon": 401}
"""Status of a refusal by actor: who is not signed in is asked to; everybody else is told no."""

NOT_MADE = {"notifications": "&code=neq.gift_received"}
"""What the clock of the server makes of the world meanwhile: gifts are told together."""

Headers = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def made(database_url: str) -> AccessWorld:
    return make_world(World(database_url))


@pytest.fixture(scope="module")
def headers(made: AccessWorld, server: Running, settings: Settings) -> Headers:
    """What each actor sends: their own token, or a key of the project."""
    made.world.owner(
        """update auth.users set encrypted_password = %s, email_confirmed_at = now(), aud = 'authenticated',
                                 role = 'authenticated'""",
        hash_password(PASSWORD),
    )
    keys = {"anon": settings.anon_key, "service_role": settings.service_role_key}
    tokens = keys | {name: sign_in(made.people[name], server, settings) for name in PEOPLE}
    return {
        actor: {"apikey": keys.get(actor, settings.anon_key), "authorization": f"Bearer {token}"}
        for actor, token in tokens.items()
    }


def sign_in(user: UUID, server: Running, settings: Settings) -> str:
    body = {"email": f"{user}@example.com", "password": PASSWORD}
    signed_in = httpx.post(
        f"{server.url}/auth/v1/token?grant_type=password", json=body, headers={"apikey": settings.anon_key}
    )
    assert signed_in.status_code == 200, signed_in.text
    return str(signed_in.json()["access_token"])


@pytest.fixture
def rest(server: Running) -> Any:
    with httpx.Client(base_url=f"{server.url}/rest/v1", timeout=30) as client:
        yield client


def is_refused(answer: httpx.Response, actor: str) -> bool:
    assert answer.status_code < 500, answer.text
    if answer.status_code < 300:
        return False
    assert (answer.status_code, answer.json()["code"]) == (REFUSED.get(actor, 403), "42501"), answer.text
    return True


@pytest.mark.parametrize("actor", ACTORS)
def test_each_actor_lists_their_rows_of_every_table(
    rest: httpx.Client, made: AccessWorld, headers: Headers, actor: str
) -> None:
    for table, cells in MATRIX.items():
        answer = rest.get(f"/{table}?select=id{NOT_MADE.get(table, '')}", headers=headers[actor])
        if is_refused(answer, actor):
            assert not cells.may(actor, "select"), table
        else:
            wanted = made.ids(table, cells.rows(actor, "select"))
            assert {row["id"] for row in answer.json()} == {key if isinstance(key, int) else str(key) for key in wanted}


@pytest.mark.parametrize("actor", ["stranger", "host", "service_role"])
@pytest.mark.parametrize("table", ["live_messages", "live_participants", "generated_images", "scenes"])
def test_a_star_and_each_column_are_what_the_cells_say(
    rest: httpx.Client, headers: Headers, actor: str, table: str
) -> None:
    cells = MATRIX[table]
    for row in rest.get(f"/{table}", headers=headers[actor]).json():
        assert row.keys() == {column for column in cells.columns() if cells.may_with(actor, "select", column)}
    for column in cells.columns():
        answer = rest.get(f"/{table}?select={column}&limit=1", headers=headers[actor])
        assert is_refused(answer, actor) != cells.may_with(actor, "select", column), column


@pytest.mark.parametrize("actor", [*PEOPLE, "anon"])
@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("profiles", {"display_name": "Yeni"}),
        ("profiles", {"is_premium": True}),
        ("live_sessions", {"title": "Yeni"}),
        ("live_sessions", {"status": "live"}),
        ("generated_images", {"is_favorite": True}),
        ("live_messages", {"is_pinned": True}),
        ("wallets", {"balance": 1_000_000}),
    ],
    ids=str,
)
def test_each_actor_changes_their_rows_only(
    rest: httpx.Client, made: AccessWorld, headers: Headers, actor: str, table: str, change: dict[str, Any]
) -> None:
    cells, column = MATRIX[table], next(iter(change))
    answer = rest.patch(
        f"/{table}?select=id&id=not.is.null", json=change, headers=headers[actor] | {"prefer": "return=representation"}
    )
    if is_refused(answer, actor):
        assert not cells.may_with(actor, "update", column)
    else:
        assert {row["id"] for row in answer.json()} == {
            str(key) for key in made.ids(table, cells.rows(actor, "update"))
        }


@pytest.mark.parametrize("actor", ACTORS)
def test_each_actor_says_what_they_may(rest: httpx.Client, made: AccessWorld, headers: Headers, actor: str) -> None:
    me = str(made.people.get(actor, made.people["owner"]))
    live = str(next(iter(made.ids("live_sessions", "live"))))
    rows = {
        "live_messages": {"session_id": live, "sender_id": me, "sender_profile_id": me, "content": "mine"},
        "analytics_events": {"user_id": me, "event_name": "mine"},
        "gifts": {"name": "mine", "coin_price": 1},
    }
    for table, row in rows.items():
        answer = rest.post(f"/{table}", json=row, headers=headers[actor])
        assert is_refused(answer, actor) != MATRIX[table].may_insert(actor), table
    for table, column in (("live_messages", "content"), ("analytics_events", "event_name"), ("gifts", "name")):
        made.world.owner(f"delete from public.{table} where {column} = 'mine'")


@pytest.mark.parametrize("actor", [*PEOPLE, "anon"])
@pytest.mark.parametrize("table", ["live_messages", "live_sessions", "profiles", "coin_entries"])
def test_nobody_deletes_what_operations_keep(rest: httpx.Client, headers: Headers, actor: str, table: str) -> None:
    assert is_refused(rest.delete(f"/{table}?id=not.is.null", headers=headers[actor]), actor)


def test_a_picture_is_deleted_by_its_owner_alone(rest: httpx.Client, made: AccessWorld, headers: Headers) -> None:
    cells: Cells = MATRIX["generated_images"]
    picture = next(iter(made.ids("generated_images", "owner")))
    for actor in [name for name in PEOPLE if name != "owner"] + ["owner"]:
        answer = rest.delete(
            f"/generated_images?id=eq.{picture}&select=id", headers=headers[actor] | {"prefer": "return=representation"}
        )
        assert answer.status_code == 200
        reached = "owner" in cells.rows(actor, "delete").split()
        assert answer.json() == ([{"id": str(picture)}] if reached else [])


@pytest.mark.parametrize("how", ["planned", "estimated"])
def test_a_planned_count_tells_nobody_what_stands_in_rows_they_do_not_see(
    rest: httpx.Client, made: AccessWorld, headers: Headers, database_url: str, how: str
) -> None:
    session, host = made.world.session(made.world.person(creator=True)), made.people["owner"]
    made.world.owner(
        """insert into public.live_messages (session_id, sender_id, sender_profile_id, content)
           select %s, %s, %s, 'the door opens with 4711' from generate_series(1, 500)""",
        session,
        host,
        host,
    )
    made.world.owner("analyze public.live_messages")
    totals = set()
    for guess in ("the door opens with 4711", "the door opens with 4712"):
        asked = {"select": "id", "content": f"eq.{guess}", "limit": "0"}
        counted = headers["stranger"] | {"prefer": f"count={how}"}
        totals.add(rest.get("/live_messages", params=asked, headers=counted).headers["content-range"])
        known = rest.get("/live_messages", params=asked, headers=headers["service_role"] | {"prefer": f"count={how}"})
        assert known.status_code < 300
    assert totals == {"*/0"}
