"""`sahne coins grant|check`: coins from the command line, once per key; and whether the ledger is whole."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sahne.accounts.administration import find_id
from sahne.cli.connection import open_database
from sahne.cli.output import failures_in_words, people, print_json
from sahne.cli.shared_options import AsJson, Email, StackData, TakesNumbers
from sahne.coins.upkeep import Fault, find_faults
from sahne.coins.wallets import Grant, grant_coins
from sahne.counted import counted
from sahne.database.actor import SERVICE
from sahne.errors import NotFound

app = typer.Typer(name="coins", help="Give coins, and look after the ledger.", no_args_is_help=True)


@app.callback()
def coins() -> None:
    """Give coins, and look after the ledger."""


@app.command(cls=TakesNumbers)
def grant(
    email: Email,
    amount: Annotated[int, typer.Argument(min=1, help="How many coins.")],
    key: Annotated[str, typer.Option(help="A word for this grant: the same word grants once.")],
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Give a user coins, once per key."""
    with failures_in_words(as_json=as_json):
        outcome = asyncio.run(_grant(data, email, amount, key))
    if as_json:
        print_json({"email": email, "balance": outcome.balance, "granted": outcome.granted})
    elif outcome.granted:
        people.print(f"{email} got {counted(amount, 'coin')} and has {outcome.balance:,}.")
    else:
        people.print(f"This key was used before: {email} has {counted(outcome.balance, 'coin')}.")


@app.command()
def check(data: StackData = None, as_json: AsJson = False) -> None:
    """Look whether every balance is the sum of its entries and holds its credits; exits with 1 where one does not."""
    with failures_in_words(as_json=as_json):
        faults = asyncio.run(_check(data))
    if as_json:
        print_json({"faults": [asdict(fault) for fault in faults]})
    elif faults:
        for fault in faults:
            people.print(_in_words(fault))
    else:
        people.print("Every balance is the sum of its entries.")
    if faults:
        raise typer.Exit(1)


def _in_words(fault: Fault) -> str:
    match fault.reason:
        case "sum_differs":
            return (
                f"wallet {fault.wallet_id} has {counted(fault.balance, 'coin')}, its entries say {fault.entries_sum:,}"
            )
        case "out_of_bounds":
            return f"wallet {fault.wallet_id} was credited {counted(fault.balance, 'coin')}, which no balance may hold"


async def _check(data: Path | None) -> list[Fault]:
    async with open_database(data) as database, database.transaction(SERVICE) as conn:
        return await find_faults(conn)


async def _grant(data: Path | None, email: str, amount: int, key: str) -> Grant:
    async with open_database(data) as database:
        user_id = await find_id(database, email)
        if user_id is None:
            raise NotFound(f"There is no user {email}.", hint="`sahne user list` shows them.")
        async with database.transaction(SERVICE) as conn:
            return await grant_coins(conn, user_id, amount, key)
