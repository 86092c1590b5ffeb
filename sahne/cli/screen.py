"""How the command line speaks: Rich on stderr for people, plain JSON on stdout for scripts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from sahne.errors import SahneError

people = Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    """One JSON document on stdout, indented, for scripts."""
    sys.stdout.buffer.write(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.flush()


def print_pairs(pairs: Mapping[str, object]) -> None:
    """Names and values for people, one below the other."""
    people.print(pairs_table(pairs))


def pairs_table(pairs: Mapping[str, object]) -> Table:
    """The same, to be put into something."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in pairs.items():
        table.add_row(f"[bold]{name}", str(value))
    return table


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """`tell(what, done, total)`, a bar for each `what` where somebody watches, silence where nobody does."""
    columns = (TextColumn("{task.description:>14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=people, disable=not people.is_terminal, transient=True) as progress:
        bars: dict[str, TaskID] = {}

        def tell(name: str, done: int, total: int) -> None:
            if name not in bars:
                bars[name] = progress.add_task(name, total=total or None)
            progress.update(bars[name], completed=done)

        yield tell


@contextmanager
def failures_in_words(*, as_json: bool = False) -> Iterator[None]:
    """Turn an expected failure into a panel that says what to do (or `{"error": …}` on stdout), and exit code 1."""
    try:
        yield
    except SahneError as error:
        if as_json:
            print_json({"error": error.body()})
        else:
            show_failure(error)
        raise typer.Exit(1) from error


def show_failure(error: SahneError) -> None:
    """Message, what was seen, what to try."""
    text = Text(error.message, style="bold")
    if error.details:
        text.append(f"\n{error.details}", style="dim not bold")
    if error.hint:
        text.append(f"\n→ {error.hint}", style="not bold")
    people.print(Panel(text, title=f"[red]{error.code}", title_align="left", border_style="red", expand=False))
