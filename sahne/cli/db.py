"""`sahne db …`: looking after the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sahne.cli.screen import failures_in_words, people
from sahne.home.state import settings_here
from sahne.operations.reference import print_reference

app = typer.Typer(no_args_is_help=True, help="Look after the database.")


@app.command("docs")
def docs(
    out: Annotated[Path, typer.Option(help="The folder to write schema.md and entities.svg into.")] = Path(
        "docs/reference"
    ),
) -> None:
    """Print the reference of the tables from the catalog: a page and a diagram."""
    with failures_in_words():
        for path in print_reference(settings_here().admin_database_url, out):
            people.print(f"[green]wrote[/] {path}")
