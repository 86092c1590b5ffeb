"""The command tree. A command's file is imported when that command is called, or when help lists them all."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from sahne import __version__

# In the order of the help: each is a function of that name in a file of that name, or a group `app` in it
COMMANDS = (
    "up", "serve", "worker", "status", "keys", "types", "migrate", "partitions", "seed",
    "backup", "user", "db", "livekit", "coins",
)  # fmt: skip


class Commands(TyperGroup):
    """The commands by name, each made when it is first asked for."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """All names."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """One command, or None."""
        del ctx
        return load_command(cmd_name) if cmd_name in COMMANDS else None


def load_command(name: str) -> TyperCommand | TyperGroup:
    """One of `COMMANDS`, out of its file."""
    file = import_module(f"sahne.cli.{name}")
    if group := getattr(file, "app", None):
        group.info.name = name
        return get_group(group)
    alone = typer.Typer(add_completion=False, rich_markup_mode="rich")
    alone.command(name)(getattr(file, name))
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
) -> None:
    """Sahne."""
    del version
    logging.getLogger("psycopg").addHandler(logging.NullHandler())  # what fails is said in our words
