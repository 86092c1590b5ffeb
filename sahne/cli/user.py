"""`sahne user create|promote|premium|factors|list`: people, from the command line."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from rich.table import Table

from sahne.accounts.administration import (
    Face,
    create_user,
    factors_of,
    list_people,
    promote_user,
    remove_factors,
    set_premium,
)
from sahne.accounts.errors import UserNotFound
from sahne.accounts.users import PAGE_USERS_MAX, User
from sahne.cli.connection import open_database
from sahne.cli.output import failures_in_words, people, print_json, print_table
from sahne.cli.shared_options import AsJson, Email, StackData, in_utc
from sahne.counted import counted
from sahne.database.pool import Database
from sahne.errors import InvalidRequest

T = TypeVar("T")

app = typer.Typer(name="user", help="Make, promote and list users.", no_args_is_help=True)


class Rank(StrEnum):
    """What a person may be promoted to."""

    creator = "creator"
    admin = "admin"


NAMED = {Rank.creator: "a creator", Rank.admin: "an administrator"}


class NoTerminal(InvalidRequest):
    """A password is needed, and there is no terminal to ask for one."""

    code = "password_missing"


@app.command()
def create(
    email: Email,
    password: Annotated[
        str | None,
        typer.Option(help="At least 6 characters; `-` reads a line of standard input. Asked for when left out."),
    ] = None,
    confirmed: Annotated[bool, typer.Option(help="Whether the address counts as confirmed.")] = True,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Make a user who can sign in."""
    with failures_in_words(as_json=as_json):
        secret = _ask_password() if password is None else password
        secret = sys.stdin.readline().rstrip("\r\n") if secret == "-" else secret
    user_id = _run(lambda database: create_user(database, email, secret, confirmed=confirmed), data, as_json)
    _tell(user_id, email, f"{email} is a user now", as_json)


@app.command()
def promote(
    email: Email,
    rank: Annotated[Rank, typer.Argument(help="`creator` opens the stage, `admin` keeps the scenes.")] = Rank.creator,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Let a user open the stage, or make an administrator of them."""
    user_id = _run(lambda database: _known(email, promote_user(database, email, rank.value)), data, as_json)
    _tell(user_id, email, f"{email} is {NAMED[rank]} now", as_json, rank=rank.value)


@app.command()
def premium(
    email: Email,
    until: Annotated[
        datetime | None, typer.Option(help="The moment it ends, UTC.", show_default="without an end")
    ] = None,
    end: Annotated[bool, typer.Option("--end", help="End it now.")] = False,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Make a user premium, as if it had been bought: every scene, and no limit of the day; or end it."""
    if end and until:
        raise typer.BadParameter("Choose one of --until and --end.")
    moment = in_utc(until) if until else None
    if moment and moment <= datetime.now(UTC):
        raise typer.BadParameter("--until is a moment to come.")
    change = partial(set_premium, email=email, premium=not end, until=moment)
    user_id = _run(lambda database: _known(email, change(database)), data, as_json)
    lasts = f" until {moment:%Y-%m-%d %H:%M} UTC" if moment else ""
    sentence = f"{email} is not premium any more" if end else f"{email} is premium now{lasts}"
    _tell(user_id, email, sentence, as_json, premium=not end, until=moment and moment.isoformat())


@app.command()
def factors(
    email: Email,
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove them all, and sign the person out everywhere.")
    ] = False,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Show the second factors of a person, or remove them for who lost their phone."""
    look = remove_factors if remove else factors_of
    found = _run(lambda database: _known(email, look(database, email)), data, as_json)
    if as_json:
        print_json({"email": email, "factors": found, "removed": remove})
        return
    table = Table("id", "kind", "name", "status", "made", title=counted(len(found), "second factor"))
    for factor in found:
        name, made = factor["friendly_name"] or "", factor["created_at"][:10]
        table.add_row(factor["id"], factor["factor_type"], name, factor["status"], made)
    print_table(table)
    if remove:
        people.print(f"{email} signs in with the password alone now.", soft_wrap=True)


@app.command(name="list")
def list_(
    filter: Annotated[str, typer.Option(help="Part of an address or a name, or a whole id.")] = "",
    page: Annotated[int, typer.Option(min=1, help="Counts from 1, the newest users first.")] = 1,
    per_page: Annotated[int, typer.Option(min=1, max=PAGE_USERS_MAX)] = 50,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Show users, the newest first."""
    people_of_page, total = _run(
        lambda database: list_people(database, page=page, per_page=per_page, filter=filter), data, as_json
    )
    if as_json:
        print_json({"users": [_summary(user, face) for user, face in people_of_page], "total": total})
        return
    table = Table("id", "e-mail", "username", "role", "premium", "made", "last signed in", title=counted(total, "user"))
    for user, face in people_of_page:
        last_sign_in = f"{user.last_sign_in_at:%Y-%m-%d %H:%M}" if user.last_sign_in_at else "never"
        email = "anonymous" if user.is_anonymous else user.email or user.phone
        table.add_row(
            *(str(user.id), email, face.username or "", face.role, _premium_of(face)),
            *(f"{user.created_at:%Y-%m-%d %H:%M}", last_sign_in),
        )
    print_table(table)


def _premium_of(face: Face) -> str:
    if face.premium_until is not None:
        return f"until {face.premium_until:%Y-%m-%d %H:%M}"
    return "yes" if face.premium else ""


def _ask_password() -> str:
    if not sys.stdin.isatty():
        raise NoTerminal(hint="Give --password, or `--password -` and the password as a line of standard input.")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _run(work: Callable[[Database], Awaitable[T]], data: Path | None, as_json: bool) -> T:
    async def run() -> T:
        async with open_database(data) as database:
            return await work(database)

    with failures_in_words(as_json=as_json):
        return asyncio.run(run())


async def _known(email: str, change: Awaitable[T]) -> T:
    try:
        return await change
    except UserNotFound as unknown:
        unknown.hint = unknown.hint or f"There is no {email}; `sahne user list` shows who there is."
        raise


def _tell(user_id: UUID, email: str, sentence: str, as_json: bool, **more: object) -> None:
    if as_json:
        print_json({"id": str(user_id), "email": email} | more)
    else:
        people.print(f"{sentence} ({user_id}).", soft_wrap=True)


def _summary(user: User, face: Face) -> dict[str, object]:
    return {
        "id": str(user.id),
        "email": user.email,
        "phone": user.phone,
        "username": face.username,
        "role": face.role,
        "premium": face.premium,
        "premium_until": face.premium_until.isoformat() if face.premium_until else None,
        "is_anonymous": user.is_anonymous,
        "created_at": user.created_at.isoformat(),
        "last_sign_in_at": user.last_sign_in_at.isoformat() if user.last_sign_in_at else None,
        "banned_until": user.banned_until.isoformat() if user.banned_until else None,
    }
