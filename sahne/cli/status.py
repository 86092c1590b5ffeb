"""`sahne status`: what runs out of a data folder and whether it answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from sahne.cli.screen import people, print_json
from sahne.home.state import read_state


def status(
    data: Annotated[Path, typer.Option(help="The data folder.")] = Path(".sahne"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Say what `sahne up` runs here; exit 1 when nothing does."""
    state = read_state(data)
    if as_json:
        print_json(state or {"running": False})
    elif state is None:
        people.print(f"Nothing runs out of {data}.  Start it with [bold]sahne up[/].")
    else:
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        for name, value in state.items():
            table.add_row(f"[bold]{name}", str(value))
        people.print(table)
    if state is None:
        raise typer.Exit(1)
