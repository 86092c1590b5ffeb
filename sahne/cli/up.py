"""`sahne up`: the whole of Sahne on this machine, in one command."""

from __future__ import annotations

import asyncio
import logging
import signal
import webbrowser
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.panel import Panel
from rich.table import Table

from sahne.cli.screen import failures_in_words, people
from sahne.errors import SetupError
from sahne.home.house import Home, home_up
from sahne.settings import Settings
from sahne.telemetry import start_telemetry


def up(
    data: Annotated[Path, typer.Option(help="The folder that holds everything.")] = Path(".sahne"),
    port: Annotated[int, typer.Option(help="The port of the API and the page.", min=1, max=65535)] = 54321,
    db_port: Annotated[int, typer.Option(help="The port of the embedded PostgreSQL.", min=1, max=65535)] = 54322,
    no_livekit: Annotated[bool, typer.Option("--no-livekit", help="Leave LiveKit out.")] = False,
    demo: Annotated[bool, typer.Option(help="Make the demo world once.")] = True,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser when ready.")] = False,
) -> None:
    """Start PostgreSQL, LiveKit, the doors and the worker; Ctrl-C stops them in order."""
    with failures_in_words():
        settings = Settings(data=data, port=port, db_port=db_port)
        stop_telemetry = start_telemetry(logging.WARNING)
        try:
            uvloop.run(_stay_up(settings, livekit=not no_livekit, demo=demo, open_page=open_page))
        except OSError as error:  # a full disk, a folder that may not be written
            raise SetupError(details=str(error), hint="Check the room and the rights of the data folder.") from error
        finally:
            stop_telemetry()


async def _stay_up(settings: Settings, *, livekit: bool, demo: bool, open_page: bool) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, told.set)
    with people.status("Starting") as line:
        starting = home_up(settings, livekit=livekit, demo=demo, say=lambda step: line.update(f"{step} …"))
        async with starting as home:
            line.stop()
            show_home(home)
            if open_page:
                webbrowser.open(home.settings.api_url)
            await told.wait()
            people.print("Stopping …")
    people.print("Stopped.")


def show_home(home: Home) -> None:
    """The panel: where everything is, and the keys."""
    settings = home.settings
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row("[bold]page and API", settings.api_url)
    table.add_row("[bold]PostgreSQL", settings.admin_database_url)
    table.add_row("[bold]LiveKit", settings.livekit_url or "[yellow]missing")
    table.add_row("[bold]docs", f"{settings.api_url}/docs")
    table.add_row("[bold]publishable key", settings.publishable_key)
    table.add_row("[bold]secret key", settings.secret_key)
    table.add_row("[bold]demo people", "ada · bo · cem · dilek · ege @example.com, password sahne-demo")
    people.print(Panel(table, title="[bold]Sahne[/]", title_align="left", border_style="magenta", expand=False))
    for each in home.missing:
        people.print(f"[yellow]![/] {each}")
    people.print(f"[bold green]ready[/] {settings.api_url}")
