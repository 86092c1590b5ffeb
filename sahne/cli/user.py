"""`sahne user create|promote|list`: people, from the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from rich.table import Table

from sahne.accounts.administration import create_user, list_users, promote_user
from sahne.accounts.errors import UserNotFound
from sahne.accounts.users import PAGE_USERS_MAX, User
from sahne.cli.connection import open_database
from sahne.cli.output import failures_in_words, people, print_json, print_table
from sahne.cli.shared_options import AsJson, Email, StackData
from sahne.database.actor import SERVICE
from sahne.database.pool import Database

T = TypeVar("T")

app = typer.Typer(name="user", help="Make, promote and list users.", no_args_is_help=True)


class Rank(StrEnum):
    """What a person may be promoted to."""

    creator = "creator"
    admin = "admin"


@app.command()
def create(
    email: Email,
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="At least 6 characters.")
    ],
    confirmed: Annotated[bool, typer.Option(help="Whether the address counts as confirmed.")] = True,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Make a user who can sign in."""
    user_id = _run(lambda database: create_user(database, email, password, confirmed=confirmed), data, as_json)
    _tell(user_id, email, f"{email} is a user now", as_json)


@app.command()
def promote(
    email: Email,
    rank: Annotated[Rank, typer.Argument(help="`creator` opens the stage, `admin` keeps the scenes.")] = Rank.creator,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Let a user open the stage, or make an administrator of them."""
    user_id = _run(lambda database: _promote(database, email, rank), data, as_json)
    _tell(user_id, email, f"{email} is {rank.value} now", as_json, rank=rank.value)


@app.command(name="list")
def list_(
    filter: Annotated[str, typer.Option(help="Part of an address or a name, or a whole id.")] = "",
    page: Annotated[int, typer.Option(min=1, help="Counts from 1, the newest users first.")] = 1,
    per_page: Annotated[int, typer.Option(min=1, max=PAGE_USERS_MAX)] = 50,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Show users, the newest first."""
    users, total = _run(
        lambda database: list_users(database, SERVICE, page=page, per_page=per_page, filter=filter), data, as_json
    )
    if as_json:
        print_json({"users": [_summary(user) for user in users], "total": total})
        return
    table = Table("id", "e-mail", "made", "last signed in", title=f"{total} users")
    for user in users:
        last_sign_in = f"{user.last_sign_in_at:%Y-%m-%d %H:%M}" if user.last_sign_in_at else "never"
        email = "anonymous" if user.is_anonymous else user.email or user.phone
        table.add_row(str(user.id), email, f"{user.created_at:%Y-%m-%d %H:%M}", last_sign_in)
    print_table(table)


def _run(work: Callable[[Database], Awaitable[T]], data: Path | None, as_json: bool) -> T:
    async def run() -> T:
        async with open_database(data) as database:
            return await work(database)

    with failures_in_words(as_json=as_json):
        return asyncio.run(run())


async def _promote(database: Database, email: str, rank: Rank) -> UUID:
    try:
        return await promote_user(database, email, rank.value)
    except UserNotFound as unknown:
        unknown.hint = unknown.hint or f"There is no {email}; `sahne user list` shows who there is."
        raise


def _tell(user_id: UUID, email: str, sentence: str, as_json: bool, **more: str) -> None:
    if as_json:
        print_json({"id": str(user_id), "email": email} | more)
    else:
        people.print(f"{sentence} ({user_id}).", soft_wrap=True)


def _summary(user: User) -> dict[str, object]:
    return {
        "id": str(user.id),
        "email": user.email,
        "phone": user.phone,
        "is_anonymous": user.is_anonymous,
        "created_at": user.created_at.isoformat(),
        "last_sign_in_at": user.last_sign_in_at.isoformat() if user.last_sign_in_at else None,
        "banned_until": user.banned_until.isoformat() if user.banned_until else None,
    }
