"""`sahne up`: the whole of Sahne on this machine, in one command.

Here are its options alone: what it needs takes seconds to import, and a first word should not wait for that.
"""

from __future__ import annotations

from typing import Annotated

import typer

from sahne.cli.shared_options import Data
from sahne.interrupts import nothing_to_undo
from sahne.lasting import nothing_collected


def up(
    data: Data = None,
    port: Annotated[
        int | None,
        typer.Option(help="The port of the API and the page.", min=1, max=65535, show_default="SAHNE_PORT, else 54321"),
    ] = None,
    db_port: Annotated[
        int | None,
        typer.Option(
            help="The port of the PostgreSQL it starts.", min=1, max=65535, show_default="SAHNE_DB_PORT, else 54322"
        ),
    ] = None,
    postgres: Annotated[
        str | None,
        typer.Option(
            metavar="WHICH",
            help="The PostgreSQL to start: `embedded`, `system` (the newest of this machine), or the folder of its"
            " programs.",
            show_default="SAHNE_POSTGRES, else embedded",
        ),
    ] = None,
    no_livekit: Annotated[bool, typer.Option("--no-livekit", help="Leave LiveKit out.")] = False,
    demo: Annotated[
        bool | None,
        typer.Option("--demo/--no-demo", help="Make the demo world once.", show_default="on this machine only"),
    ] = None,
    database_only: Annotated[
        bool,
        typer.Option("--database-only", help="Start PostgreSQL alone, as it is: to mend what keeps the rest away."),
    ] = False,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser when ready.")] = False,
) -> None:
    """Start PostgreSQL, LiveKit, the API and the worker; Ctrl-C stops them in order."""
    typer.echo("Sahne is starting …", err=True)
    with nothing_collected(), nothing_to_undo():
        from sahne.cli.up_running import run_database, run_up

    given = {"data": data, "port": port, "db_port": db_port, "postgres": postgres}
    if database_only:
        run_database(given)
        return
    run_up(
        given,
        livekit=not no_livekit,
        demo=demo,
        open_page=open_page,
    )
