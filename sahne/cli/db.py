"""`sahne db …`: looking after the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sahne.cli.db_look import explain, indexes, slow
from sahne.cli.db_maintain import maintain
from sahne.cli.output import failures_in_words, people, print_answer, print_json
from sahne.cli.shared_options import AsJson, StackData
from sahne.database.reach import refuse_unreachable
from sahne.operations.function_texts.compare import Change, compare
from sahne.operations.function_texts.migration import write_migration
from sahne.up.state import settings_of_a_database

app = typer.Typer(no_args_is_help=True, help="Look after the database.")

for command in (maintain, explain, slow, indexes):
    app.command()(command)

Folder = Annotated[Path | None, typer.Option(help="Instead of Sahne's own folder.", show_default=False)]


@app.command("docs")
def docs(
    out: Annotated[Path, typer.Option(help="The folder to write the pages into.")] = Path("docs/reference"),
    data: StackData = None,
) -> None:
    """Print the reference: tables and how they hang together, from the catalog; operations and their errors."""
    with failures_in_words():
        url = settings_of_a_database(data).admin_database_url
        refuse_unreachable(url)
        from sahne.gateway.functions.reference import reference_of_operations  # only here: the table of all operations
        from sahne.operations.reference import print_reference

        for path in print_reference(url, out, reference_of_operations()):
            people.print(f"[green]wrote[/] {path}", soft_wrap=True)


@app.command("functions")
def functions(
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 where the two differ.")] = False,
    title: Annotated[
        str | None, typer.Option("--write-migration", metavar="NAME", help="Write the difference as a migration.")
    ] = None,
    version: Annotated[
        str | None, typer.Option(help="The migration's fourteen digits.", show_default="this moment of UTC")
    ] = None,
    functions: Folder = None,
    migrations: Folder = None,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Compare the folder of functions with what the migrations make of them, in a scratch database."""
    with failures_in_words(as_json=as_json):
        url = settings_of_a_database(data).admin_database_url
        changes = compare(url, functions=functions, migrations=migrations)
        wrote = write_migration(changes, title, version=version, folder=migrations) if title and changes else None
    if as_json:
        print_json({"changes": [_as_json(change) for change in changes], "wrote": wrote and str(wrote)})
    else:
        if changes:
            print_answer("\n".join(map(_in_words, changes)))
        else:
            people.print("The migrations say what the folder says.")
        if wrote:
            people.print(f"[green]wrote[/] {wrote}", soft_wrap=True)
    if check and changes:
        raise typer.Exit(1)


def _as_json(change: Change) -> dict[str, object]:
    return {
        "kind": change.kind,
        "function": change.signature,
        "file": change.text and change.text.place,
        "drops": change.drops,
        "dependents": change.dependents,
    }


def _in_words(change: Change) -> str:
    place = f"  [dim]{change.text.place}[/]" if change.text else ""
    in_the_way = "".join(f"\n  [yellow]depends on it:[/] {each}" for each in change.dependents)
    return f"[bold]{change.kind}[/] {change.signature}{place}{in_the_way}"
