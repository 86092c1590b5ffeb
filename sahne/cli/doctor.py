"""`sahne doctor`: each line says what was looked at, what was found, and what to do."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from sahne.cli.livekit import servers_here
from sahne.cli.output import failures_in_words, people, print_json, print_table, progress_bars
from sahne.cli.shared_options import AsJson, StackData
from sahne.counted import counted
from sahne.errors import SettingInvalid
from sahne.up.state import settings_here

MARKS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "fault": "[red]✗[/]", "not_looked_at": "[dim]–[/]"}


def doctor(
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for warnings too.")] = False,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Look at everything an installation needs; exit 1 where something is at fault.

    Nothing is changed, and no server need run. LiveKit is joined in a room of its own for a moment; nobody is sent a
    letter, a push or an order.
    """
    with failures_in_words(as_json=as_json):
        findings = _findings(data)
    states = Counter(each["state"] for each in findings)
    if as_json:
        print_json({"findings": findings, "states": {state: states[state] for state in MARKS}})
    else:
        show_findings(findings)
        people.print(f"{counted(states['fault'], 'fault')}, {counted(states['warning'], 'warning')}.")
    if states["fault"] or (strict and states["warning"]):
        raise typer.Exit(1)


def _findings(data: Path | None) -> list[dict[str, Any]]:
    """Each with its group; where the settings cannot be read there is nothing else to look at."""
    # only here: all that is looked at
    from sahne.doctor.installation import Installation
    from sahne.doctor.look import look_at_all
    from sahne.doctor.settings_and_keys import unfit
    from sahne.doctor.table import CHECKS

    try:
        installation = Installation(settings_here(data), servers_here(data))
    except SettingInvalid as error:
        return [{"group": "settings"} | asdict(finding) for finding in unfit(error)]
    with progress_bars() as tell:
        looked = asyncio.run(look_at_all(installation, CHECKS, tell))
    return [{"group": each.check.group} | asdict(finding) for each in looked for finding in each.findings]


def show_findings(findings: Sequence[dict[str, Any]]) -> None:
    """A table of them, by group."""
    table = Table("", "looked at", "found", "to do", box=None)
    group = None
    for each in findings:
        if each["group"] != group:
            group = each["group"]
            table.add_row("", f"[bold]{group}[/]", "", "")
        table.add_row(MARKS[each["state"]], *(escape(each[name]) for name in ("looked_at", "found", "to_do")))
    print_table(table)
