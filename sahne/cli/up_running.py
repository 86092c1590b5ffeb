"""`sahne up` while it runs: the steps on the screen, the panel with its addresses, the end."""

from __future__ import annotations

import logging
import signal
import webbrowser
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from typing import Any

import uvloop
from rich.panel import Panel
from rich.status import Status

from sahne.cli.long_running import stop_where_it_is, telemetry, tell_misnamed, told_to_stop
from sahne.cli.output import failures_in_words, pairs_table, people, print_table
from sahne.lasting import set_aside
from sahne.operations.demo import PASSWORD, PEOPLE
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from sahne.telemetry import subscribe
from sahne.up.children import ChildRestarted
from sahne.up.room import RoomIsBack, RoomRunsOut
from sahne.up.stack import Stack, database_up, stack_up


def run_up(given: Mapping[str, Any], *, livekit: bool, demo: bool | None, open_page: bool) -> None:
    """Start everything and stay; `given` are settings."""
    with failures_in_words(), telemetry(logging.WARNING):
        settings = read_settings(**given)
        tell_misnamed()
        uvloop.run(_stay_up(settings, livekit=livekit, demo=demo, open_page=open_page))


def run_database(given: Mapping[str, Any]) -> None:
    """Start PostgreSQL alone and stay; `given` are settings."""
    with failures_in_words():
        stop_where_it_is()
        tell_misnamed()
        with database_up(read_settings(**given), say=lambda step: people.print(f"{step} …")) as settings:
            people.print(f"[bold green]PostgreSQL[/] {settings.admin_database_url}  (Ctrl-C stops it)", soft_wrap=True)
            with suppress(KeyboardInterrupt):
                signal.pause()
    people.print("Stopped.")


async def _stay_up(settings: Settings, *, livekit: bool, demo: bool | None, open_page: bool) -> None:
    heed_stop = stop_where_it_is()

    def say(step: str) -> None:
        heed_stop()
        _say(line, step)

    with people.status("Starting") as line, ExitStack() as exits:
        exits.callback(subscribe(tell_while_running))
        starting = stack_up(settings, livekit=livekit, demo=demo, say=say)
        async with starting as stack:
            told = told_to_stop()
            heed_stop()
            line.stop()
            show_stack(stack)
            if open_page:
                webbrowser.open(stack.settings.api_url)
            with set_aside():
                await told.wait()
            people.print("Stopping …")
    people.print("Stopped.")


def tell_while_running(fact: object) -> None:
    """What happens to a running stack and its owner should know of, in a sentence."""
    match fact:
        case RoomRunsOut(folder, mib_free):
            people.print(
                f"[yellow]![/] {mib_free} MiB are free at {folder}: writes will fail, and PostgreSQL ends when there is"
                " nothing left. It is started again by itself once there is room.",
                soft_wrap=True,
            )
        case RoomIsBack(folder, mib_free):
            people.print(f"{mib_free} MiB are free at {folder} again.", soft_wrap=True)
        case ChildRestarted(child):
            people.print(f"[yellow]![/] {child} had ended and was started again.", soft_wrap=True)


def _say(line: Status, step: str) -> None:
    """The step under way: on a screen it takes the place of the last one, in a file each has its line."""
    if people.is_terminal:
        line.update(f"{step} …")
    else:
        people.print(f"{step} …", soft_wrap=True)


def show_stack(stack: Stack) -> None:
    """The panel: where everything is, and the keys."""
    settings = stack.settings
    demo = {"demo people": f"{' · '.join(PEOPLE)} @example.com, password {PASSWORD}"} if stack.demo else {}
    table = pairs_table(
        {
            "page and API": settings.api_url,
            "PostgreSQL": settings.admin_database_url,
            "LiveKit": ", ".join(each.url for each in settings.live_servers) or "[yellow]missing",
            "docs": f"{settings.api_url}/docs",
            "publishable key": settings.publishable_key,
            "secret key": settings.secret_key,
        }
        | demo
    )
    print_table(
        Panel(table, title="[bold]Sahne[/]", title_align="left", border_style="magenta", expand=False), onto=people
    )
    for each in stack.missing:
        people.print(f"[yellow]![/] {each}", soft_wrap=True)
    people.print(f"[bold green]ready[/] {settings.api_url}  (Ctrl-C stops it)", soft_wrap=True)
