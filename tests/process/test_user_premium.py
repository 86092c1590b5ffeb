"""`sahne user premium` as a person and a script use it: given, until a moment, taken away again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner, Result

from sahne.cli.user import app
from tests.world import World


@pytest.fixture
def world(database_url: str, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("DATABASE_URL", database_url)
    return World(database_url)


@pytest.fixture
def email(world: World) -> str:
    return str(world.one("select email from auth.users where id = %s", world.person()))


def premium(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["premium", *arguments, "--json"])


def is_premium(world: World, email: str) -> object:
    return world.one("select private.is_premium(id) from auth.users where email = %s", email)


def test_premium_is_given_until_it_is_ended(world: World, email: str) -> None:
    given = json.loads(premium(email.upper()).stdout)
    assert (given["premium"], given["until"], is_premium(world, email)) == (True, None, True)
    ended = json.loads(premium(email, "--end").stdout)
    assert (ended["premium"], is_premium(world, email)) == (False, False)


def test_premium_may_have_an_end_to_come_and_no_past_one(world: World, email: str) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    given = premium(email, "--until", f"{tomorrow:%Y-%m-%dT%H:%M:%S}")
    assert json.loads(given.stdout)["until"] == tomorrow.isoformat()
    ends = world.one("select subscription_expires_at from public.profiles where email = %s", email)
    assert (ends, is_premium(world, email)) == (tomorrow, True)
    assert premium(email, "--until", "2020-01-01").exit_code == 2
    assert premium(email, "--until", "2099-01-01", "--end").exit_code == 2
    assert is_premium(world, email) is True


def test_a_moment_in_another_zone_is_that_moment(world: World, email: str) -> None:
    assert (
        json.loads(premium(email, "--until", "2099-05-01T18:00:00+03:00").stdout)["until"]
        == "2099-05-01T15:00:00+00:00"
    )


def test_the_list_says_who_is_premium_and_until_when(world: World, email: str) -> None:
    def listed() -> tuple[object, object, str]:
        (user,) = json.loads(CliRunner().invoke(app, ["list", "--filter", email, "--json"]).stdout)["users"]
        table = CliRunner().invoke(app, ["list", "--filter", email], env={"COLUMNS": "200"}).stdout
        return user["premium"], user["premium_until"], table

    assert listed()[:2] == (False, None)
    premium(email)
    assert listed()[:2] == (True, None)
    premium(email, "--until", "2099-05-01T18:00:00")
    assert listed()[:2] == (True, "2099-05-01T18:00:00+00:00")
    assert "until 2099-05-01 18:00" in listed()[2]
    premium(email, "--end")
    assert listed()[:2] == (False, None)


def test_nobody_unknown_becomes_premium(world: World) -> None:
    unknown = premium("nobody@example.com")
    error = json.loads(unknown.stdout)["error"]
    assert (unknown.exit_code, error["code"]) == (1, "user_not_found")
    assert "sahne user list" in error["hint"]
