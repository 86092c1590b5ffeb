"""`sahne migrate`: bring a database up to this version of Sahne, or say what that would do."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from sahne.cli.output import failures_in_words, people, print_answer, print_json, print_table, print_text
from sahne.cli.shared_options import AsJson, StackData
from sahne.database import migrate as verbs
from sahne.database.floor import heed_floor
from sahne.database.reach import Lack, check_doors, server_lacks
from sahne.settings import Settings
from sahne.up.database import is_embedded
from sahne.up.state import settings_of_a_database

STATES = {
    "applied": "it is in the database, as it is in this version",
    "pending": "`sahne migrate` would apply it",
    "changed": "it was applied from another text: put the file back",
    "unknown": "it was applied by another version or program; there is no file of it here",
}


def migrate(
    show_status: Annotated[bool, typer.Option("--status", help="List migrations and whether each is applied.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be applied and change nothing.")] = False,
    target: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Stop after this version, the fourteen digits of a file.")
    ] = None,
    show_platform: Annotated[
        bool,
        typer.Option("--platform-sql", help="Print the SQL an administrator runs once where the role is no superuser."),
    ] = False,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Apply the migrations that the database does not have yet; then try what needs them."""
    if sum((show_status, dry_run, show_platform)) > 1:
        raise typer.BadParameter("Choose one of --status, --dry-run and --platform-sql.")
    with failures_in_words(as_json=as_json):
        settings = settings_of_a_database(data)
        url, password = settings.direct_admin_url, settings.authenticator_password
        if show_platform:
            _show_platform(verbs.platform_sql(url, authenticator_password=password), as_json)
        elif show_status:
            _show_status([{"name": step.name, "state": step.state} for step in verbs.status(url)], as_json)
        else:
            outdated = _outdated(settings)
            applied = verbs.migrate(
                url,
                authenticator_role=settings.authenticator_role,
                authenticator_password=password,
                target=target,
                dry_run=dry_run,
                auto_expose_new_tables=settings.auto_expose_new_tables,
            )
            if not as_json:
                _show_names(applied, dry_run=dry_run)
                _show_what_stays(url)
            lacks = [] if dry_run else _try_what_needs_them(settings)
            _show_done("would_apply" if dry_run else "applied", applied, outdated + lacks, as_json)


def _outdated(settings: Settings) -> list[Lack]:
    """That this PostgreSQL has a known hole; of the embedded one `sahne up` has told it.

    Raises:
        PostgresOutdated: it has, and the settings refuse such a one.
    """
    outdated = heed_floor(settings.direct_admin_url, refuse=settings.refuse_outdated_postgres)
    if outdated is None or is_embedded():
        return []
    return [outdated.as_lack]


def _show_names(names: list[str], *, dry_run: bool) -> None:
    if not names:
        people.print("Nothing to apply.")
    elif dry_run:
        print_answer("\n".join(f"[yellow]would apply[/] {each}" for each in names))
    else:
        people.print("\n".join(f"[green]applied[/] {each}" for each in names), soft_wrap=True)


def _show_what_stays(url: str) -> None:
    if verbs.is_of_a_project(url):
        people.print(
            "This database is a Supabase project's: its roles, its extensions and its schemas auth, storage and"
            " realtime stay as they are, but for policies and triggers of ours.",
            soft_wrap=True,
        )


def _try_what_needs_them(settings: Settings) -> list[Lack]:
    check_doors(settings.authenticator_url)
    return server_lacks(settings.direct_database_url) if settings.project_url is None else []


def _show_done(word: str, names: list[str], lacks: list[Lack], as_json: bool) -> None:
    if as_json:
        print_json({word: names, "warnings": [asdict(each) for each in lacks]})
        return
    for each in lacks:
        people.print(f"[yellow]![/] {each.in_words}", soft_wrap=True)


def _show_platform(script: str, as_json: bool) -> None:
    if as_json:
        print_json({"sql": script})
        return
    people.print(
        "On stdout: the SQL that a superuser runs once on this database, such as with `psql -v ON_ERROR_STOP=1 -f`.",
        soft_wrap=True,
    )
    print_text(script)


def _show_status(rows: list[dict[str, str]], as_json: bool) -> None:
    if as_json:
        print_json({"migrations": rows})
        return
    table = Table("migration", "state")
    for row in rows:
        table.add_row(row["name"], row["state"])
    print_table(table)
    for state, meaning in STATES.items():
        if any(row["state"] == state for row in rows):
            people.print(f"{state}: {meaning}", soft_wrap=True)
