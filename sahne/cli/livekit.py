"""`sahne livekit install` gets a livekit-server; `sahne livekit status` says which one there is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sahne.errors import SahneError
from sahne.providers.livekit.install import RELEASES_URL, Installed, find_livekit, install_livekit
from sahne.settings import Settings

app = typer.Typer(help="The live server: get it, look at it.", no_args_is_help=True)

Data = Annotated[Path | None, typer.Option("--data", help="The data folder.", show_default=".sahne")]
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


@app.command()
def install(
    data: Data = None,
    as_json: Json = False,
    releases_url: Annotated[str, typer.Option(help="Where the releases are.", hidden=True)] = RELEASES_URL,
) -> None:
    """Find livekit-server on the PATH, or fetch the official release, or build it with Go."""
    console = Console(stderr=True)
    try:
        with console.status("Looking for livekit-server …") as status:
            found = install_livekit(_data(data), releases_url=releases_url, tell=status.update)
    except SahneError as error:
        if as_json:
            typer.echo(json.dumps({"installed": False} | error.body()))
        console.print(f"[red]{error.message}[/red]")
        for line in (error.details, error.hint):
            if line:
                console.print(str(line), markup=False)
        raise typer.Exit(1) from error
    _show(found, as_json)


@app.command()
def status(data: Data = None, as_json: Json = False) -> None:
    """Which livekit-server `sahne up` would start."""
    found = find_livekit(_data(data))
    if found is None:
        if as_json:
            typer.echo(json.dumps({"installed": False}))
        else:
            typer.echo("There is no livekit-server. Get one with: sahne livekit install")
        raise typer.Exit(1)
    _show(found, as_json)


def _show(found: Installed, as_json: bool) -> None:
    if as_json:
        said = {"installed": True, "version": found.version, "path": str(found.path), "source": found.source}
        typer.echo(json.dumps(said))
    else:
        typer.echo(f"livekit-server {found.version} at {found.path}")


def _data(given: Path | None) -> Path:
    return given or Settings().data
