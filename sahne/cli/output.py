"""How the command line speaks: what was asked for on stdout, as a table or as JSON; everything else on stderr.

So `sahne user list | grep ada` finds her, and `sahne migrate > file` leaves nothing in the file but an answer.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from sahne.cli.paths import path_refusal
from sahne.errors import AdministratorNeeded, SahneError

TABLE_COLUMNS_MAX = 2_000

people = Console(stderr=True, highlight=False)
answers = Console(highlight=False)


def print_json(value: Any) -> None:
    """One JSON document on stdout, indented, for scripts."""
    sys.stdout.buffer.write(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.flush()


def print_text(text: str) -> None:
    """Something to be copied or piped, on stdout as it is."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    sys.stdout.flush()


def print_answer(text: str) -> None:
    """Lines that are what was asked for, on stdout, with Rich's marks in them."""
    answers.print(text, soft_wrap=True)


def print_pairs(pairs: Mapping[str, object]) -> None:
    """Names and values that are what was asked for, one below the other, on stdout."""
    print_table(pairs_table(pairs))


def pairs_table(pairs: Mapping[str, object]) -> Table:
    """The same, to be put into something."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in pairs.items():
        table.add_row(f"[bold]{name}", as_text(value))
    return table


def print_table(table: RenderableType, *, onto: Console = answers) -> None:
    """As wide as it must be: what one copies is neither cut nor broken on a narrow screen, nor ends in blanks."""
    width = Measurement.get(onto, onto.options.update(max_width=TABLE_COLUMNS_MAX), table).maximum
    wide = Console(stderr=onto.stderr, highlight=False, width=max(width, onto.width), soft_wrap=True)
    wide.print(_Unpadded(table))


class _Unpadded:
    """Something printed without the blanks that fill up its lines."""

    def __init__(self, inside: RenderableType) -> None:
        self._inside = inside

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for line in console.render_lines(self._inside, options, pad=False):
            while line and not line[-1].text.strip():
                line.pop()
            if line:
                last = line.pop()
                yield from [*line, last._replace(text=last.text.rstrip())]
            yield Segment.line()


def as_text(value: object) -> str:
    """A value in words, not as Python writes it."""
    match value:
        case None:
            return "none"
        case True | False:
            return "yes" if value else "no"
        case Mapping():
            return "\n".join(f"{name}: {as_text(each)}" for name, each in value.items())
        case list() | tuple():
            return "\n".join(as_text(each) for each in value)
        case _:
            return str(value)


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """`tell(what, done, total)`, a bar for each `what` where somebody watches, silence where nobody does."""
    # only here: they are a third of Rich
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

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
    """Turn an expected failure into words that say what to do (or `{"error": …}` on stdout), and exit code 1."""
    try:
        yield
    except (SahneError, OSError) as error:
        refusal = error if isinstance(error, SahneError) else path_refusal(error)
        if refusal is None:
            raise
        tell_failure(refusal, as_json=as_json)
        raise typer.Exit(1) from error


def tell_failure(error: SahneError, *, as_json: bool) -> None:
    """For a script on stdout, for people in words."""
    if as_json:
        print_json({"error": error.body()})
    else:
        show_failure(error)


def show_failure(error: SahneError) -> None:
    """On stderr, in lines that may be copied; an administrator's SQL on stdout."""
    people.print(failure_text(error, "✗"), soft_wrap=True)
    if isinstance(error, AdministratorNeeded):
        people.print("→ It follows on stdout; `sahne migrate --platform-sql > platform.sql` keeps it.", soft_wrap=True)
        print_text(error.sql)


def failure_text(error: SahneError, mark: str) -> Text:
    """Message and code, what was seen, what to try."""
    text = Text.assemble((f"{mark} ", "bold red"), (error.message, "bold"), (f"  ({error.code})", "red"))
    if error.details is not None:
        text.append("".join(f"\n  {line}" for line in as_text(error.details).splitlines()), style="dim")
    if error.hint:
        text.append(f"\n→ {error.hint}")
    return text
