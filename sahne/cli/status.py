"""`sahne status`: what runs out of a data folder and whether it answers."""

from __future__ import annotations

import json
from typing import Any

import typer

from sahne.cli.output import failures_in_words, print_json, print_pairs, show_failure
from sahne.cli.shared_options import AsJson, Data
from sahne.settings.reading import read_settings
from sahne.up.state import NothingRuns, read_state

ANSWER_SECONDS_MAX = 5.0


def status(data: Data = None, as_json: AsJson = False) -> None:
    """Say what `sahne up` runs here; exit 1 when nothing does."""
    with failures_in_words(as_json=as_json):
        data = data or read_settings().data
    state = read_state(data)
    if state and "api_url" in state:
        state["serves"] = _asked(f"{state['api_url']}/ready")
    if as_json:
        print_json(state or {"running": False})
    elif state is None:
        show_failure(NothingRuns.at(data))
    else:
        print_pairs(state)
    if state is None:
        raise typer.Exit(1)


def _asked(ready_url: str) -> dict[str, Any]:
    """What `/ready` says, of each LiveKit too; `{"status": "no answer"}` where nobody does."""
    import urllib.error  # for this alone, where something runs
    import urllib.request

    try:
        with urllib.request.urlopen(ready_url, timeout=ANSWER_SECONDS_MAX) as answer:  # noqa: S310 our own
            said: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as refused:
        return {"status": "unavailable", "http_status": refused.code}
    except (OSError, ValueError):
        return {"status": "no answer"}
    return said
