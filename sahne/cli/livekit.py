"""`sahne livekit install` gets a livekit-server; `sahne livekit status` says which one there is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sahne.cli.output import failures_in_words, people, print_answer, print_json, show_failure
from sahne.cli.shared_options import AsJson, Data
from sahne.providers.livekit_program import (
    RELEASES_URL,
    LiveKitNotInstalled,
    LiveKitProgram,
    find_livekit,
    install_livekit,
)
from sahne.settings import read_settings

app = typer.Typer(name="livekit", help="The live server: get it, look at it.", no_args_is_help=True)


@app.command()
def install(
    data: Data = None,
    as_json: AsJson = False,
    releases_url: Annotated[str, typer.Option(help="Where the releases are.", hidden=True)] = RELEASES_URL,
) -> None:
    """Find livekit-server on the PATH, or fetch the official release, or build it with Go."""
    with failures_in_words(as_json=as_json), people.status("Looking for livekit-server …") as line:
        program = install_livekit(_data(data), releases_url=releases_url, tell=lambda step: line.update(f"{step} …"))
    _show(program, as_json)


@app.command()
def status(data: Data = None, as_json: AsJson = False) -> None:
    """Which livekit-server `sahne up` would start; exit 1 when there is none."""
    program = find_livekit(_data(data))
    if program:
        _show(program, as_json)
        return
    if as_json:
        print_json({"installed": False})
    else:
        show_failure(LiveKitNotInstalled("There is no livekit-server.", hint="Get one with `sahne livekit install`."))
    raise typer.Exit(1)


def _show(program: LiveKitProgram, as_json: bool) -> None:
    if as_json:
        print_json({"installed": True, "version": program.version, "path": str(program.path), "source": program.source})
    else:
        print_answer(f"livekit-server {program.version} at {program.path}")


def _data(folder: Path | None) -> Path:
    return folder or read_settings().data
