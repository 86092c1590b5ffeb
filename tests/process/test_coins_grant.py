"""`sahne coins grant` as a script uses it."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner, Result

from sahne.cli.coins import app
from tests.world import World


@pytest.fixture
def world(database_url: str, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("DATABASE_URL", database_url)
    return World(database_url)


def email_of(world: World, user: UUID) -> str:
    return str(world.one("select email from auth.users where id = %s", user))


def grant(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["grant", *arguments, "--json"])


def test_coins_are_given_once_per_key(world: World) -> None:
    bo, key = world.person(), str(uuid4())
    email = email_of(world, bo)
    for granted in (True, False):
        done = grant(email.upper(), "500", "--key", key)
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout) == {"email": email.upper(), "balance": 500, "granted": granted}
    assert world.balance(bo) == 500
    assert grant(email, "501", "--key", key).exit_code == 1
    assert world.faults() == []


def test_nobody_unknown_and_nothing_senseless_is_given(world: World) -> None:
    email = email_of(world, world.person())
    assert grant("nobody@example.com", "5", "--key", "k").exit_code == 1
    assert grant(email, "0", "--key", "k").exit_code == 2
    assert grant(email, "--key", "k", "--", "-5").exit_code == 2
    assert grant(email, "5").exit_code == 2


def test_more_than_a_grant_may_give_is_refused_in_words(world: World) -> None:
    email = email_of(world, world.person())
    for amount in ("9223372036854775807", "92233720368547758070"):
        done = grant(email, amount, "--key", str(uuid4()))
        assert done.exit_code == 1
        assert json.loads(done.stdout)["error"]["code"] == "grant_too_large", done.stdout


def test_the_ledger_is_checked_and_what_is_wrong_is_named(world: World) -> None:
    bo = world.person(coins=10)
    check = ["check", "--json"]
    whole = CliRunner().invoke(app, check)
    assert (whole.exit_code, json.loads(whole.stdout)) == (0, {"faults": []})
    world.owner("select private.fold_coins()")
    world.owner("update public.wallets set balance = 11 where user_id = %s", bo)
    faulty = CliRunner().invoke(app, check)
    assert faulty.exit_code == 1
    (fault,) = json.loads(faulty.stdout)["faults"]
    assert (fault["balance"], fault["entries_sum"]) == (11, 10)
    assert world.one("select faults from private.ledger_checks order by id desc limit 1") == 1
