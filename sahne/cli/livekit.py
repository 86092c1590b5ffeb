"""`sahne livekit install` gets a livekit-server; `sahne livekit status` looks at those that run."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from sahne.cli.output import failures_in_words, people, print_answer, print_json, print_table, show_failure
from sahne.cli.shared_options import AsJson, Data
from sahne.errors import SahneError
from sahne.live_servers import MAIN, LiveServer
from sahne.providers.livekit_program import (
    RELEASES_URL,
    LiveKitNotInstalled,
    LiveKitProgram,
    find_livekit,
    install_livekit,
)
from sahne.settings.reading import read_settings
from sahne.up.state import NothingRuns, read_state

if TYPE_CHECKING:
    from sahne.operations.live_status import Finding

app = typer.Typer(name="livekit", help="The live server: get it, look at it.", no_args_is_help=True)


@app.command()
def install(
    data: Data = None,
    as_json: AsJson = False,
    version: Annotated[
        str | None, typer.Option(help="Another release than the one that is known to suit, such as 1.14.0.")
    ] = None,
    releases_url: Annotated[str, typer.Option(help="Where the releases are.", hidden=True)] = RELEASES_URL,
) -> None:
    """Find livekit-server on the PATH, or fetch the official release, or build it with Go."""
    with failures_in_words(as_json=as_json), people.status("Looking for livekit-server …") as line:
        program = install_livekit(
            _data(data), version=version, releases_url=releases_url, tell=lambda step: line.update(f"{step} …")
        )
    _show(program, as_json)


@app.command()
def status(data: Data = None, as_json: AsJson = False) -> None:
    """Look at the live servers that are set, or at the one of `sahne up`: exit 1 when something is not well."""
    with failures_in_words(as_json=as_json):
        program = find_livekit(_data(data))
        servers = servers_here(data)
        looked = asyncio.run(_look(servers, data)) if servers else {}
    if as_json:
        print_json(_as_told(program) | {"servers": {name: [*map(asdict, each)] for name, each in looked.items()}})
    elif servers:
        _show_findings(looked)
    elif program:
        show_failure(NothingRuns.at(_data(data)))
    else:
        show_failure(LiveKitNotInstalled("There is no livekit-server.", hint="Get one with `sahne livekit install`."))
    if not looked or any(finding.to_do for each in looked.values() for finding in each):
        raise typer.Exit(1)


def servers_here(data: Path | None) -> Sequence[LiveServer]:
    """Those of the settings, else the one that a `sahne up` runs."""
    settings = read_settings(data=data)
    if settings.live_servers:
        return settings.live_servers
    url = (read_state(settings.data) or {}).get("livekit_url")
    if not url:
        return ()
    from sahne.providers.livekit.config import keep_key

    key = keep_key(settings.data / "livekit")
    return (LiveServer(name=MAIN, url=url, key=key.key, secret=key.secret),)


async def _look(servers: Sequence[LiveServer], data: Path | None) -> dict[str, list[Finding]]:
    # only here: without a server to look at nothing of it is needed
    from sahne.cli.connection import open_database
    from sahne.operations.live_status import look_at

    async with AsyncExitStack() as exits:
        database = None
        with suppress(SahneError):  # what cannot be looked at without it says so
            database = await exits.enter_async_context(open_database(data))
        findings = await asyncio.gather(*(look_at(server, database) for server in servers))
    return {server.name: each for server, each in zip(servers, findings, strict=True)}


def _show_findings(looked: Mapping[str, Sequence[Finding]]) -> None:
    table = Table("", "looked at", "found", "to do", box=None)
    for name, findings in looked.items():
        for finding in findings:
            mark = "[yellow]![/]" if finding.to_do else "[green]✓[/]"
            which = f"{name}: {finding.looked_at}" if len(looked) > 1 else finding.looked_at
            table.add_row(mark, *map(escape, (which, finding.found, finding.to_do)))
    print_table(table)


def _show(program: LiveKitProgram, as_json: bool) -> None:
    if as_json:
        print_json(_as_told(program))
    else:
        print_answer(f"livekit-server {program.version} at {program.path}")


def _as_told(program: LiveKitProgram | None) -> dict[str, Any]:
    if program is None:
        return {"installed": False}
    return {"installed": True, "version": program.version, "path": str(program.path), "source": program.source}


def _data(folder: Path | None) -> Path:
    return folder or read_settings().data
