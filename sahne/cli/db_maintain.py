"""`sahne db maintain`: the upkeep that is due, done or only said."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from sahne.cli.output import failures_in_words, people, print_json, print_table, progress_bars
from sahne.cli.shared_options import AsJson, StackData
from sahne.operations.maintenance.work import Maintained
from sahne.operations.maintenance.work import maintain as work
from sahne.up.state import settings_of_a_database

MINUTES_MAX = 24 * 60

OUTCOMES = {
    "planned": "[yellow]would[/]",
    "done": "[green]done[/]",
    "in_use": "[yellow]in use: later[/]",
    "no_time": "[yellow]no time: later[/]",
    "failed": "[red]failed[/]",
}


def maintain(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done and change nothing.")] = False,
    minutes: Annotated[
        float, typer.Option(min=0.01, max=MINUTES_MAX, help="What is not done by then waits for the next time.")
    ] = 30.0,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Vacuum, analyze and reindex what needs it, without locking anybody out; exit 1 where something failed."""
    with failures_in_words(as_json=as_json):
        url = settings_of_a_database(data).direct_admin_url
        with progress_bars() as tell:
            told = work(url, seconds_max=minutes * 60, dry_run=dry_run, tell=tell)
    if as_json:
        steps = [
            asdict(each.step) | {"outcome": each.outcome, "seconds": each.seconds, "said": each.said}
            for each in told.steps
        ]
        print_json({"steps": steps, "advice": [*map(asdict, told.advice)]})
    else:
        _show(told)
    if any(each.outcome == "failed" for each in told.steps):
        raise typer.Exit(1)


def _show(told: Maintained) -> None:
    if told.steps:
        table = Table("", "statement", "why", "took", box=None)
        for each in told.steps:
            why = f"{each.step.why}; {each.said}" if each.said else each.step.why
            took = f"{each.seconds:.1f} s" if each.seconds else ""
            table.add_row(OUTCOMES[each.outcome], escape(each.step.statement), escape(why), took)
        print_table(table)
    else:
        people.print("Nothing needs it.")
    for advice in told.advice:
        people.print(f"[yellow]![/] {escape(f'{advice.what}: {advice.why}. {advice.statement}')}", soft_wrap=True)
