"""`sahne partitions`: the months of the analytics events, shown, made ahead, put in order, dropped by age."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from sahne.cli.connection import open_database
from sahne.cli.output import failures_in_words, people, print_answer, print_json, print_table
from sahne.cli.shared_options import AsJson, StackData
from sahne.counted import counted
from sahne.database.actor import SERVICE
from sahne.operations import partitions as verbs

STATEMENT_SECONDS_MAX = 600.0  # a whole month may have to move


def partitions(
    ahead: Annotated[bool, typer.Option("--ahead", help="Make the months the settings want ahead.")] = False,
    months: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=verbs.AHEAD_MONTHS_MAX,
            help="With --ahead: so many instead; with --move-default: at most so many.",
        ),
    ] = None,
    move_default: Annotated[
        bool, typer.Option("--move-default", help="Give what lies in the default partition months of its own.")
    ] = False,
    retention: Annotated[
        bool, typer.Option("--retention", help="Say which months are older than the settings keep; --yes drops them.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Really drop, with --retention.")] = False,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Show the partitions of the events; or make, order and drop them."""
    if sum((ahead, move_default, retention)) > 1:
        raise typer.BadParameter("Choose one of --ahead, --move-default and --retention.")
    if yes and not retention:
        raise typer.BadParameter("--yes belongs to --retention.")
    with failures_in_words(as_json=as_json):
        answer = asyncio.run(_do(data, ahead=ahead, months=months, move=move_default, retention=retention, yes=yes))
    if as_json:
        print_json(answer)
    elif "partitions" in answer:
        _show(answer)
    else:
        _tell(answer)


async def _do(
    data: Path | None, *, ahead: bool, months: int | None, move: bool, retention: bool, yes: bool
) -> dict[str, Any]:
    async with open_database(data, STATEMENT_SECONDS_MAX) as database:
        if move:
            moved = await verbs.move_default(database, months_max=months)
            return {"moved": [{"month": f"{each.month:%Y-%m}", "events": each.events} for each in moved]}
        async with database.transaction(SERVICE) as conn:
            if ahead:
                return {"made": await verbs.make_ahead(conn, months)}
            if retention:
                rules = await verbs.read_rules(conn)
                names = await (verbs.drop_old(conn) if yes else verbs.old_partitions(conn))
                return {"retention_months": rules.retention_months, "dropped" if yes else "would_drop": names}
            return {
                "partitions": await verbs.list_partitions(conn),
                "default": await verbs.count_default(conn),
                "rules": await verbs.read_rules(conn),
            }


def _show(answer: dict[str, Any]) -> None:
    table = Table("partition", "from", "to (not included)", "events, about", "size")
    for each in answer["partitions"]:
        table.add_row(
            each.name,
            f"{each.from_time:%Y-%m-%d}" if each.from_time else "whatever else",
            f"{each.to_time:%Y-%m-%d}" if each.to_time else "",
            f"{each.events_about:,}",
            f"{each.bytes / 2**20:,.1f} MiB",
        )
    print_table(table)
    rules = answer["rules"]
    people.print(f"Kept {counted(rules.retention_months, 'month')} back and {rules.ahead_months} ahead.")
    for astray in answer["default"]:
        events = counted(astray.events, "event")
        people.print(f"[yellow]In the default partition: {events} of {astray.month:%Y-%m}.[/]")
    if answer["default"]:
        people.print("→ Move them with [bold]sahne partitions --move-default[/].")


def _tell(answer: dict[str, Any]) -> None:
    match answer:
        case {"made": made}:
            people.print(f"{made} made." if made else "All are there.")
        case {"moved": moved}:
            lines = [f"{counted(each['events'], 'event')} of {each['month']} moved." for each in moved]
            people.print("\n".join(lines) or "The default partition is empty, as it should be.")
        case {"dropped": names}:
            people.print("\n".join(f"{name} dropped." for name in names) or "None is too old.")
        case {"would_drop": names, "retention_months": months}:
            people.print(f"The settings keep {counted(months, 'month')}.")
            if names:
                print_answer("\n".join(f"[yellow]would drop[/] {name}" for name in names))
                people.print("→ Drop them with [bold]sahne partitions --retention --yes[/].")
            else:
                people.print("None is older.")
