"""`sahne migrate`: bring a database up to this version of Sahne, or say what that would do."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from sahne.cli.options import AsJson
from sahne.cli.screen import failures_in_words, people, print_json
from sahne.database.migrate import migrate, status
from sahne.home.state import settings_here


def migrate_command(
    show_status: Annotated[bool, typer.Option("--status", help="List migrations and whether each is applied.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be applied and change nothing.")] = False,
    target: Annotated[str | None, typer.Option(help="Stop after this version.")] = None,
    as_json: AsJson = False,
) -> None:
    """Apply the migrations that DATABASE_URL (or the embedded database) does not have yet."""
    with failures_in_words(as_json=as_json):
        settings = settings_here()
        url = settings.admin_database_url
        if show_status:
            _show_status([{"name": step.name, "state": step.state} for step in status(url)], as_json)
            return
        applied = migrate(url, authenticator_password=settings.authenticator_password, target=target, dry_run=dry_run)
        if as_json:
            print_json({"would_apply" if dry_run else "applied": applied})
            return
        word = "[yellow]would apply[/]" if dry_run else "[green]applied[/]"
        people.print("\n".join(f"{word} {each}" for each in applied) or "Nothing to apply.")


def _show_status(rows: list[dict[str, object]], as_json: bool) -> None:
    if as_json:
        print_json({"migrations": rows})
        return
    table = Table("migration", "state")
    for row in rows:
        table.add_row(str(row["name"]), str(row["state"]))
    people.print(table)
