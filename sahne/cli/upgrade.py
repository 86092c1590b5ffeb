"""`sahne upgrade --check`: what an upgrade to the installed version would do, and what stands in its way."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from sahne import __version__
from sahne.cli.doctor import MARKS, show_findings
from sahne.cli.output import failures_in_words, people, print_json, print_table, progress_bars
from sahne.cli.shared_options import AsJson, StackData
from sahne.counted import counted
from sahne.errors import SettingInvalid
from sahne.up.state import settings_here


def upgrade(
    check: Annotated[bool, typer.Option("--check", help="Look, and change nothing.")] = False,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Say what an upgrade to this version would do; exit 1 where something stands in its way.

    To be asked with the new version, while the old one still serves. What is said to be applied is applied by
    `sahne migrate`.
    """
    if not check:
        raise typer.BadParameter("Say --check. What is to be done then is `sahne migrate`'s, and a restart.")
    with failures_in_words(as_json=as_json):
        findings, steps = _looked(data)
    states = Counter(each["state"] for each in findings)
    if as_json:
        counts = {state: states[state] for state in MARKS}
        print_json({"version": __version__, "would_apply": steps, "findings": findings, "states": counts})
    else:
        show_findings(findings)
        _show_steps(steps)
        people.print(f"{counted(states['fault'], 'fault')}, {counted(states['warning'], 'warning')}.")
    if states["fault"]:
        raise typer.Exit(1)


def _looked(data: Path | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Findings with their groups, and what would be applied; settings that cannot be read are all there is to tell."""
    # only here: all that is looked at
    from sahne.doctor.installation import Installation
    from sahne.doctor.look import look_at_all
    from sahne.doctor.settings_and_keys import unfit
    from sahne.doctor.upgrading import CHECKS, steps_to_apply

    try:
        settings = settings_here(data)
    except SettingInvalid as error:
        return [{"group": "settings"} | asdict(finding) for finding in unfit(error)], []
    with progress_bars() as tell:
        looked = asyncio.run(look_at_all(Installation(settings), CHECKS, tell))
    findings = [{"group": each.check.group} | asdict(finding) for each in looked for finding in each.findings]
    return findings, [asdict(step) for step in steps_to_apply(settings)]


def _show_steps(steps: list[dict[str, Any]]) -> None:
    if not steps:
        return
    table = Table("would apply", "what it says of itself", box=None)
    for step in steps:
        table.add_row(step["name"], escape(step["what"] or "–"))
    print_table(table)
