"""`sahne coins grant EMAIL AMOUNT --key KEY`: coins from the command line, once per key."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from sahne.accounts.administration import find_id
from sahne.cli.connection import open_database
from sahne.cli.output import failures_in_words, people, print_json
from sahne.cli.shared_options import AsJson, Email, StackData, TakesNumbers
from sahne.coins.wallets import Grant, grant_coins
from sahne.database.actor import SERVICE
from sahne.errors import NotFound

app = typer.Typer(name="coins", help="Give coins.", no_args_is_help=True)


@app.callback()
def coins() -> None:
    """Give coins."""


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
        done = asyncio.run(_grant(data, email, amount, key))
    if as_json:
        print_json({"email": email, "balance": done.balance, "granted": done.granted})
    elif done.granted:
        people.print(f"{email} got {amount} coins and has {done.balance}.")
    else:
        people.print(f"This key was used before: {email} has {done.balance} coins.")


async def _grant(data: Path | None, email: str, amount: int, key: str) -> Grant:
    async with open_database(data) as database:
        user_id = await find_id(database, email)
        if user_id is None:
            raise NotFound(f"There is no user {email}.", hint="`sahne user list` shows them.")
        async with database.transaction(SERVICE) as conn:
            return await grant_coins(conn, user_id, amount, key)
