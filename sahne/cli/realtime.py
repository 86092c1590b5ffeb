"""`sahne realtime explain TABLE`: how it is found out who may see a change, and why somebody receives none."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from sahne.cli.output import failures_in_words, print_answer, print_json
from sahne.cli.shared_options import AsJson, StackData
from sahne.database.reach import refuse_unmigrated
from sahne.up.state import settings_of_a_database

app = typer.Typer(no_args_is_help=True, help="Changes of tables: who may see them, and how that is found out.")


@app.callback()
def realtime() -> None:
    """Changes of tables: who may see them, and how that is found out."""


@app.command()
def explain(
    table: Annotated[str, typer.Argument(help="A table, or schema.table.")],
    role: Annotated[list[str] | None, typer.Option(help="Of this role alone; may be said again.")] = None,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Say for each role how a change of TABLE is judged, what the verdict depends on, and what is in the way."""
    with failures_in_words(as_json=as_json):
        from sahne.operations.verdicts import explain_table  # only here: it asks the database for long

        settings = settings_of_a_database(data)
        refuse_unmigrated(settings.authenticator_url)
        answer = asyncio.run(explain_table(settings, table, role or []))
    if as_json:
        print_json(answer)
    else:
        print_answer("\n".join(_in_words(answer)))


def _in_words(answer: dict[str, Any]) -> list[str]:
    lines = [f"[bold]{answer['table']}[/]"]
    lines += [f"  [yellow]{each}[/]" for each in answer["in_the_way"]]
    for role in answer["roles"]:
        lines.append(f"  [bold]{role['role']}[/]: {role['tier']}, {role['in_words']}")
        lines += [f"    [yellow]{each}[/]" for each in role["in_the_way"]]
        if role["columns"]:
            lines.append(f"    reads of the row: {', '.join(role['columns'])}")
        lines += [
            f"    depends on {name}: {', '.join(columns)}{_only_where(role['only_where'].get(name))}"
            for name, columns in role["depends_on"].items()
        ]
        if role["tier"] == "set":
            lines.append(f"    kept: {'until one of these changes' if role['kept'] else 'no, ' + role['not_kept']}")
    return lines


def _only_where(equalities: list[str] | None) -> str:
    """Which rows of another table can matter for a row."""
    return f", where {' or '.join(equalities)} of the row" if equalities else ""
