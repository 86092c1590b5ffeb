"""`sahne db …`: looking after the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sahne.cli.output import failures_in_words, people
from sahne.cli.shared_options import StackData
from sahne.database.reach import refuse_unreachable
from sahne.operations.reference import print_reference
from sahne.up.state import settings_of_a_database

app = typer.Typer(no_args_is_help=True, help="Look after the database.")


@app.command("docs")
def docs(
    out: Annotated[Path, typer.Option(help="The folder to write schema.md and entities.md into.")] = Path(
        "docs/reference"
    ),
    data: StackData = None,
) -> None:
    """Print the reference of the tables from the catalog: a page and a diagram."""
    with failures_in_words():
        url = settings_of_a_database(data).admin_database_url
        refuse_unreachable(url)
        for path in print_reference(url, out):
            people.print(f"[green]wrote[/] {path}", soft_wrap=True)
