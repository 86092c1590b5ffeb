"""`sahne db explain`, `slow` and `indexes`: how statements are answered, which take long, what rows are found by."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from sahne.cli.connection import open_database
from sahne.cli.output import failures_in_words, people, print_json, print_table, print_text
from sahne.cli.shared_options import AsJson, StackData
from sahne.database.actor import ANON, ANONYMOUS, SERVICE, SERVICE_ROLE, Actor, user_actor
from sahne.operations.explain import explain as explain_statement
from sahne.operations.maintenance.looks import Indexes, Row, look_at_indexes, slow_statements
from sahne.up.state import settings_of_a_database

MIB = 2**20
STATEMENTS_MAX = 1_000
SECONDS_MAX = 600.0
WORDS_MAX = 160  # of a statement, on a line


def explain(
    statement: Annotated[str, typer.Argument(help="SQL, or a URL of the Data API: '/rest/v1/gifts?select=name'.")],
    whose: Annotated[str, typer.Option("--as", metavar="WHO", help="An e-mail address, anon or service_role.")] = ANON,
    run: Annotated[
        bool, typer.Option("--analyze", help="Carry it out, with the times it took; nothing of it stays.")
    ] = False,
    seconds: Annotated[float, typer.Option(min=0.1, max=SECONDS_MAX, help="How long it may take.")] = 30.0,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Show how PostgreSQL answers a statement for somebody, under their role, claims and policies."""
    with failures_in_words(as_json=as_json):
        plan = asyncio.run(_plan(data, statement, whose, as_json=as_json, run=run, seconds=seconds))
    if as_json:
        print_json(plan)
    else:
        print_text(plan)


async def _plan(data: Path | None, statement: str, whose: str, *, as_json: bool, run: bool, seconds: float) -> Any:
    from sahne.gateway.rest.explained import is_url, plan_of  # only here: the Data API's compiler

    settings, actor = settings_of_a_database(data), await _actor(data, whose)
    if is_url(statement):
        plan = await plan_of(settings, actor, statement, as_json=as_json, runs=run, seconds_max=seconds)
        return json.loads(plan) if as_json else plan.decode()
    url = settings.authenticator_url
    return await explain_statement(url, actor, statement, as_json=as_json, runs=run, seconds_max=seconds)


async def _actor(data: Path | None, whose: str) -> Actor:
    """Who is meant.

    Raises:
        UserNotFound: nobody has this address.
    """
    if whose in (ANON, SERVICE_ROLE):
        return ANONYMOUS if whose == ANON else SERVICE
    from sahne.accounts.administration import find_id  # only here: where somebody is named
    from sahne.accounts.errors import UserNotFound

    async with open_database(data) as database:
        user_id = await find_id(database, whose)
    if user_id is None:
        raise UserNotFound(details=whose, hint="`sahne user list` shows who there is; else say anon or service_role.")
    return user_actor(user_id)


def slow(
    count: Annotated[int, typer.Option(min=1, max=STATEMENTS_MAX, help="So many at most.")] = 20,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """List the statements that took most time together, as pg_stat_statements counts them."""
    with failures_in_words(as_json=as_json):
        rows = slow_statements(settings_of_a_database(data).direct_admin_url, count)
    if as_json:
        print_json({"statements": rows})
        return
    table = Table("share", "calls", "each", "rows", "role", "statement", box=None)
    for row in rows:
        words = " ".join(row["statement"].split())
        table.add_row(
            f"{row['percent'] or 0:.0f} %",
            f"{row['calls']:,}",
            f"{row['milliseconds_each']:,.2f} ms",
            f"{row['rows']:,}",
            escape(row["role"]),
            escape(words if len(words) <= WORDS_MAX else f"{words[:WORDS_MAX]} …"),
        )
    print_table(table)


def indexes(data: StackData = None, as_json: AsJson = False) -> None:
    """Say which indexes are missing on foreign keys, which nobody reads, and which are one too many."""
    with failures_in_words(as_json=as_json):
        found = look_at_indexes(settings_of_a_database(data).direct_admin_url)
    if as_json:
        print_json(asdict(found))
    else:
        _show(found)


def _show(found: Indexes) -> None:
    if not (found.missing or found.duplicate or found.unused):
        people.print("None is missing, idle or one too many.")
        return
    since = f"since {found.since:%Y-%m-%d}" if found.since else "since the database was made"
    table = Table("", "index", "size", "why", "statement", box=None)
    for row in found.missing:
        why = f"{row['foreign_key']}: the whole table is read when a row goes that it leads to"
        _add(table, "missing", f"on {row['table']} ({', '.join(row['columns'])})", row["table_bytes"], why, row)
    for row in found.duplicate:
        _add(table, "duplicate", row["index"], row["bytes"], f"{row['covered_by']} begins with the same columns", row)
    for row in found.unused:
        _add(table, "unused", row["index"], row["bytes"], f"no statement read it {since}", row)
    print_table(table)
    people.print(
        "→ Before one is dropped: a replica, or a monthly report, may read what nobody read here.", soft_wrap=True
    )


def _add(table: Table, kind: str, index: str, number: int, why: str, row: Row) -> None:
    table.add_row(f"[yellow]{kind}[/]", escape(index), _size(number), escape(why), escape(row["statement"]))


def _size(number: int) -> str:
    return f"{number / MIB:,.1f} MiB"
