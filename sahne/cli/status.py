"""`sahne status`: what runs out of a data folder and whether it answers."""

from __future__ import annotations

import typer

from sahne.cli.output import failures_in_words, print_json, print_pairs, show_failure
from sahne.cli.shared_options import AsJson, Data
from sahne.settings import read_settings
from sahne.up.state import NothingRuns, read_state


def status(data: Data = None, as_json: AsJson = False) -> None:
    """Say what `sahne up` runs here; exit 1 when nothing does."""
    with failures_in_words(as_json=as_json):
        data = data or read_settings().data
    state = read_state(data)
    if as_json:
        print_json(state or {"running": False})
    elif state is None:
        show_failure(NothingRuns.at(data))
    else:
        print_pairs(state)
    if state is None:
        raise typer.Exit(1)
