"""`sahne migrate`: bring a database up to this version of Sahne, or say what that would do."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from sahne.cli.screen import failures_in_words, people, print_json
from sahne.database.migrate import migrate, status
from sahne.settings import Settings


def migrate_command(
    show_status: Annotated[bool, typer.Option("--status", help="List migrations and whether each is applied.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be applied and change nothing.")] = False,
    target: Annotated[str | None, typer.Option(help="Stop after this version.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Apply the migrations that DATABASE_URL (or the embedded database) does not have yet."""
    settings = Settings()
    with failures_in_words():
        if show_status or dry_run:
            rows = status(settings.admin_database_url)
            if dry_run:
                rows = [row for row in rows if not row.applied and (target is None or row.version <= target)]
            _show_status([{"version": r.version, "name": r.name, "applied": r.applied} for r in rows], as_json)
            return
        applied = migrate(
            settings.admin_database_url, authenticator_password=settings.authenticator_password, target=target
        )
        if as_json:
            print_json({"applied": applied})
            return
        people.print("\n".join(f"[green]applied[/] {each}" for each in applied) or "Nothing to apply.")


def _show_status(rows: list[dict[str, object]], as_json: bool) -> None:
    if as_json:
        print_json({"migrations": rows})
        return
    table = Table("version", "name", "applied")
    for row in rows:
        table.add_row(str(row["version"]), str(row["name"]), "yes" if row["applied"] else "no")
    people.print(table)
