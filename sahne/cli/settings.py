"""`sahne settings`: what is set, and where each value comes from."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from sahne.cli.long_running import tell_misnamed
from sahne.cli.output import failures_in_words, people, print_json, print_table
from sahne.cli.shared_options import AsJson
from sahne.settings import Settings, variable_of
from sahne.settings.reading import Source, misnamed_variables, read_settings, sources_of
from sahne.settings.secrets import SECRETS

DEFAULT = "default"


def settings(
    show_all: Annotated[bool, typer.Option("--all", help="Also what is not set, with its default.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is set and where each value comes from; secrets are not printed.

    The environment comes before a file `.env` here, and that before `sahne.toml` (or the file that `sahne --config`
    names).
    """
    with failures_in_words(as_json=as_json):
        rows = rows_of(read_settings(), sources_of())
    rows = [row for row in rows if show_all or row["from"] != DEFAULT]
    if as_json:
        print_json({"settings": rows, "misnamed": misnamed_variables()})
        return
    tell_misnamed()
    if not rows:
        people.print("Nothing is set: all is as on a laptop. `sahne settings --all` shows it.")
        return
    table = Table("setting", "value", "from")
    for row in rows:
        table.add_row(row["variable"], escape(shown(row)), escape(row["from"]))
    print_table(table)


def rows_of(read: Settings, sources: list[Source]) -> list[dict[str, Any]]:
    """Each setting with its value (a secret's is None) and where it is from."""
    return [
        {
            "name": each.name,
            "variable": variable_of(each.name),
            "value": None if each.name in SECRETS else getattr(read, each.name),
            "secret": each.name in SECRETS,
            "from": next((source.name for source in reversed(sources) if each.name in source.given), DEFAULT),
        }
        for each in fields(Settings)
    ]


def shown(row: dict[str, Any]) -> str:
    """A value in a table's cell."""
    if row["secret"]:
        return "–" if row["from"] == DEFAULT else "(a secret)"
    return "–" if row["value"] is None else str(row["value"])
