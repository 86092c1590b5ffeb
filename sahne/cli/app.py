"""The command tree."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from sahne import __version__
from sahne.cli import backup, coins, db, keys, livekit, migrate, partitions, seed, serve, status, up, user, worker

app = typer.Typer(
    name="sahne",
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
    version: Annotated[bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say it.")] = False,
) -> None:
    """Sahne."""
    del version
    logging.getLogger("psycopg").addHandler(logging.NullHandler())  # what fails is said in our words


app.command("up")(up.up)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.command("status")(status.status)
app.command("keys")(keys.keys)
app.command("migrate")(migrate.migrate_command)
app.command("partitions")(partitions.partitions)
app.command("seed")(seed.seed)
app.add_typer(backup.app, name="backup")
app.add_typer(user.app, name="user")
app.add_typer(db.app, name="db")
app.add_typer(livekit.app, name="livekit")
app.add_typer(coins.app, name="coins")
