"""The command tree. A command's file is imported when that command is called; help needs the table alone."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from sahne import __version__
from sahne.cli.plain_values import read_plainly
from sahne.interrupts import nothing_to_undo

# In the order of the help, with its line there: each is a function of that name in a file of that name, or a group
# `app` in it, and begins its own help with that line
COMMANDS = {
    "up": "Start PostgreSQL, LiveKit, the API and the worker; Ctrl-C stops them in order.",
    "serve": "Serve the API over DATABASE_URL until SIGTERM.",
    "worker": "Work through the queue of DATABASE_URL.",
    "status": "Say what `sahne up` runs here; exit 1 when nothing does.",
    "doctor": "Look at everything an installation needs; exit 1 where something is at fault.",
    "settings": "Say what is set and where each value comes from; secrets are not printed.",
    "keys": "Print the API's URL and its keys.",
    "signing": "The keys that sign access tokens: make, change, retire them.",
    "types": "Print the types of the operations: bodies, answers, codes. Those of tables: `supabase gen types`.",
    "upgrade": "Say what an upgrade to this version would do; exit 1 where something stands in its way.",
    "migrate": "Apply the migrations that the database does not have yet; then try what needs them.",
    "partitions": "Show the partitions of the events; or make, order and drop them.",
    "seed": "Fill a database with invented people, pictures, sessions, chat, gifts, coins and events.",
    "backup": "Back up the database and the stored objects; bring them back.",
    "objects": "The stored objects' bytes, and where they lie.",
    "user": "Make, promote and list users.",
    "db": "Look after the database.",
    "livekit": "The live server: get it, look at it.",
    "realtime": "Changes of tables: who may see them, and how that is found out.",
    "push": "Pushes to phones and browsers: make keys, try them.",
    "coins": "Give coins, and look after the ledger.",
}


class Commands(TyperGroup):
    """The commands by name: a line of the table each, until one is called."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = {name: TyperCommand(name, help=line) for name, line in COMMANDS.items()}

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As every group does; here its options are all there, those that Typer adds among them."""
        read_plainly(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called, out of its file; a name that is not there is refused with one that is near."""
        name, listed, rest = super().resolve_command(ctx, args)
        command = load_command(name) if name and listed else None
        for each in parts_of(command) if command else ():
            read_plainly(each.get_params(ctx))
        return name, command, rest


def load_command(name: str) -> TyperCommand | TyperGroup:
    """One of `COMMANDS`, out of its file."""
    with nothing_to_undo():
        file = import_module(f"sahne.cli.{name}")
    group = getattr(file, "app", None)
    return _group(name, group) if group else _command(name, getattr(file, name))


def parts_of(command: TyperCommand | TyperGroup) -> Iterator[TyperCommand | TyperGroup]:
    """Itself, and what is in a group."""
    yield command
    for each in command.commands.values() if isinstance(command, TyperGroup) else ():
        assert isinstance(each, TyperCommand)
        yield each


def _group(name: str, group: typer.Typer) -> TyperGroup:
    group.info.name = name
    return get_group(group)


def _command(name: str, function: Callable[..., object]) -> TyperCommand:
    alone = typer.Typer(add_completion=False, rich_markup_mode="rich")
    alone.command(name)(function)
    command = get_command(alone)
    assert isinstance(command, TyperCommand)
    return command


app = typer.Typer(
    name="sahne",
    cls=Commands,
    help="The backend of a creator app: a live stage and an AI photo studio on PostgreSQL.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version.")
    ] = False,
    config: Annotated[
        Path | None,
        typer.Option(
            help="The TOML file of settings.", show_default="SAHNE_CONFIG, else sahne.toml where there is one"
        ),
    ] = None,
) -> None:
    """Sahne."""
    del version
    if config is not None:
        from sahne.settings.file import WHICH  # only here: most calls name none

        os.environ[WHICH] = str(config.absolute())  # for the programs that are started, too
    logging.getLogger("psycopg").addHandler(logging.NullHandler())  # what fails is said in our words
