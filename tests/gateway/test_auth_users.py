"""The verbs that seeding and the command line use."""

from __future__ import annotations

import json

import anyio
import httpx
import psycopg
import pytest
from typer.testing import CliRunner

from sahne.accounts.administration import create_user, ensure_user, find_id
from sahne.accounts.errors import EmailExists
from sahne.cli.user import app
from sahne.database.pool import Database
from sahne.settings import Settings
from tests.accounts import NEW
from tests.conftest import Running
from tests.factors import Person


@pytest.fixture
def command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("DATABASE_URL", settings.admin_database_url)
    return CliRunner()


@pytest.mark.anyio
async def test_an_ensured_user_is_made_once_and_left_alone_afterwards(settings: Settings, server: Running) -> None:
    async with Database(settings.authenticator_url, connections_max=2) as database:
        made = await ensure_user(database, "Ada@example.com", "sahne-demo", metadata={"name": "Ada"})
        again = await ensure_user(database, "ada@example.com", "another one")
        assert made == again == await find_id(database, "ada@example.com")
        with pytest.raises(EmailExists):
            await create_user(database, "ada@example.com", "sahne-demo")
        assert await find_id(database, "nobody@example.com") is None
    async with httpx.AsyncClient(base_url=f"{server.url}/auth/v1") as client:
        body = {"email": "ada@example.com", "password": "sahne-demo"}
        session = (await client.post("/token?grant_type=password", json=body)).json()
        assert session["user"]["user_metadata"]["name"] == "Ada"
        body["password"] = "another one"
        assert (await client.post("/token?grant_type=password", json=body)).status_code == 400


@pytest.mark.anyio
async def test_ensuring_one_user_ten_times_at_once_makes_one(settings: Settings) -> None:
    found: list[object] = []
    async with Database(settings.authenticator_url, connections_max=4) as database, anyio.create_task_group() as group:

        async def ensure() -> None:
            found.append(await ensure_user(database, "bo@example.com", "sahne-demo"))

        for _ in range(10):
            group.start_soon(ensure)
    assert len(found) == 10
    assert len(set(found)) == 1


def test_the_command_line_makes_and_lists_users(command: CliRunner, server: Running) -> None:
    made = command.invoke(app, ["create", "cem@example.com", "--password", "sahne-demo", "--json"])
    assert made.exit_code == 0, made.output
    user_id = json.loads(made.stdout)["id"]
    listed = json.loads(command.invoke(app, ["list", "--filter", "cem@", "--json"]).stdout)
    assert [user["id"] for user in listed["users"]] == [user_id]
    assert listed["total"] == 1
    answer = httpx.post(
        f"{server.url}/auth/v1/token?grant_type=password", json={"email": "cem@example.com", "password": "sahne-demo"}
    )
    assert answer.status_code == 200
    assert "cem@example.com" in command.invoke(app, ["list"]).output


@pytest.mark.parametrize(("rank", "seen"), [("creator", ("creator", True)), ("admin", ("admin", False))])
def test_the_command_line_promotes_a_person(
    command: CliRunner, database_url: str, rank: str, seen: tuple[str, bool]
) -> None:
    command.invoke(app, ["create", f"{rank}@example.com", "--password", "sahne-demo"])
    for _ in range(2):
        promoted = command.invoke(app, ["promote", f"{rank}@example.com", rank, "--json"])
        assert promoted.exit_code == 0, promoted.output
    with psycopg.connect(database_url) as conn:
        found = conn.execute("select role, is_creator from public.profiles where email = %s", (f"{rank}@example.com",))
        assert found.fetchone() == seen


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["create", "nobody", "--password", "sahne-demo"], 1),
        (["create", "short@example.com", "--password", "1"], 1),
        (["promote", "nobody@example.com", "admin"], 1),
        (["promote", "nobody@example.com", "emperor"], 2),
        (["list", "--page", "0"], 2),
    ],
)
def test_the_command_line_refuses_in_words(command: CliRunner, arguments: list[str], code: int) -> None:
    result = command.invoke(app, arguments)
    assert result.exit_code == code
    assert "Traceback" not in result.output


def test_the_command_line_removes_the_second_factors_of_who_lost_them(command: CliRunner, server: Running) -> None:
    with httpx.Client(base_url=f"{server.url}/auth/v1", headers=NEW, timeout=20) as door:
        ada = Person.new(door)
        ada.with_phone()
        ada.ask("POST", "/factors/recovery-codes")
        shown = json.loads(command.invoke(app, ["factors", ada.email, "--json"]).stdout)
        assert [each["factor_type"] for each in shown["factors"]] == ["totp", "recovery_code"]
        assert ada.ask("GET", "/user").status_code == 200
        removed = command.invoke(app, ["factors", ada.email, "--remove"])
        assert removed.exit_code == 0, removed.output
        assert ada.ask("GET", "/user").status_code == 403
        assert "factors" not in ada.signed_in().session["user"]
        with psycopg.connect(server.settings.admin_database_url) as conn:
            audited = """select count(*) from auth.audit_log_entries
                          where payload ->> 'action' = 'factor_deleted' and payload -> 'traits' ->> 'user_id' = %s"""
            assert conn.execute(audited, (ada.id,)).fetchone() == (2,)
    assert command.invoke(app, ["factors", "nobody@example.com", "--remove", "--json"]).exit_code != 0
