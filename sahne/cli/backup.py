"""`sahne backup …`: the database and the stored objects, made safe, proven, and brought back beside what there is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

import typer

from sahne.cli.backup_output import describe, show_drill, show_list, show_made, show_restored, show_table, tell_missing
from sahne.cli.output import failures_in_words, people, print_json, progress_bars
from sahne.cli.shared_options import AsJson, StackData
from sahne.counted import counted
from sahne.operations.backup.create import create_backup
from sahne.operations.backup.drill import drill_backup
from sahne.operations.backup.prune import Retention, plan_prune, prune_backups
from sahne.operations.backup.restore import restore_backup
from sahne.operations.backup.shelf import Backup, find_backup, list_backups
from sahne.operations.backup.table import restore_table
from sahne.operations.backup.verify import verify_backup
from sahne.providers.blobs.opened import open_blobs
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from sahne.up.database import database_here, is_embedded, scratch_server
from sahne.up.state import read_state, settings_here

EMBEDDED_DATABASE = "postgres"  # the one `sahne up` uses

app = typer.Typer(no_args_is_help=True, help="Back up the database and the stored objects; bring them back.")

Name = Annotated[str | None, typer.Argument(help="The backup's name, as `list` shows it.", show_default=False)]
Latest = Annotated[bool, typer.Option("--latest", help="The newest one.")]
# `--to` and `--from` were its two names
Folder = Annotated[
    Path | None,
    typer.Option(
        "--backups", "--to", "--from", help="The folder of backups.", show_default="SAHNE_BACKUPS, else .sahne/backups"
    ),
]


@app.command()
def create(
    folder: Folder = None,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Write the database and the bytes of its stored objects, as they are at one moment, into a folder of their own."""
    with failures_in_words(as_json=as_json), database_here(data) as settings, progress_bars() as tell:
        blobs = open_blobs(settings)
        backup = create_backup(settings.direct_database_url, blobs, folder or settings.backups_path, tell=tell)
    facts = describe(backup)
    if as_json:
        print_json(facts)
        return
    show_made(backup, facts)


@app.command(name="list")
def list_(folder: Folder = None, data: StackData = None, as_json: AsJson = False) -> None:
    """Show the backups, the newest first."""
    with failures_in_words(as_json=as_json):
        backups = [describe(backup) for backup in list_backups(shelf(folder, data))]
    if as_json:
        print_json({"backups": backups})
        return
    show_list(backups)


@app.command()
def verify(
    name: Name = None, latest: Latest = False, folder: Folder = None, data: StackData = None, as_json: AsJson = False
) -> None:
    """Read every byte of a backup and decode it whole."""
    with failures_in_words(as_json=as_json), progress_bars() as tell:
        backup = choose(name, latest, folder, data)
        verify_backup(backup, tell=tell)
    facts = describe(backup)
    if as_json:
        print_json(facts)
        return
    people.print(f"[green]{backup.name} is whole.[/]")
    tell_missing(facts)


@app.command()
def drill(
    name: Name = None, latest: Latest = False, folder: Folder = None, data: StackData = None, as_json: AsJson = False
) -> None:
    """Restore a backup into a scratch database, check it there, and drop it again."""
    with failures_in_words(as_json=as_json):
        backup = choose(name, latest, folder, data)
        with scratch_server(settings_here(data)) as url, progress_bars() as tell:
            report = drill_backup(backup, url, tell=tell)
    if as_json:
        print_json(report.as_json())
    else:
        show_drill(report)
    if not report.passed:
        raise typer.Exit(1)


@app.command()
def prune(
    folder: Folder = None,
    data: StackData = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove the backups that the settings do not keep."""
    with failures_in_words(as_json=as_json):
        settings, kept_in = read_settings(data=data), shelf(folder, data)
        rules = Retention(settings.backup_keep_daily, settings.backup_keep_weekly, settings.backup_keep_monthly)
        planned = [backup.name for backup in plan_prune(kept_in, rules)]
        if as_json:
            print_json({"removed": prune_backups(kept_in, rules)} if yes else {"would_remove": planned})
            return
        kept = counted(rules.daily, "day"), counted(rules.weekly, "week"), counted(rules.monthly, "month")
        people.print(f"Kept: {', '.join(kept)}.")
        people.print("\n".join(f"[yellow]would remove[/] {each}" for each in planned) or "None is too old.")
        if planned and (yes or typer.confirm(f"Remove {len(planned)}?", abort=True)):
            people.print("\n".join(f"removed {each}" for each in prune_backups(kept_in, rules)))


@app.command()
def restore(
    name: Name = None,
    latest: Latest = False,
    into: Annotated[str | None, typer.Option(help="A new database on the server, or an empty one.")] = None,
    table: Annotated[
        str | None, typer.Option(help="One table's rows instead, beside the live table; with its schema, or public's.")
    ] = None,
    objects: Annotated[
        Path | None, typer.Option(help="A new folder for the stored objects.", show_default="beside the present one")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="The data folder of the `sahne up` to restore into.")] = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back into a new database; or one table's rows, to compare. Nothing that exists is changed."""
    if (into is None) == (table is None):
        raise typer.BadParameter("Choose one of --into and --table.")
    if table is not None and objects is not None:
        raise typer.BadParameter("--objects belongs to --into.")
    with failures_in_words(as_json=as_json):
        backup = choose(name, latest, folder, data if table else None)
        if table is not None:
            with database_here(data) as settings, progress_bars() as tell:
                rows = restore_table(backup, settings.direct_database_url, table, tell=tell)
            if as_json:
                print_json(rows)
            else:
                show_table(rows)
            return
        assert into is not None
        with database_here(data, make=True) as settings, progress_bars() as tell:
            outcome = restore_backup(
                backup,
                settings.direct_database_url,
                into,
                objects or objects_for(settings, into, backup),
                authenticator_password=settings.authenticator_password,
                tell=tell,
            )
    url = lasting_url(outcome.url, data)
    if as_json:
        print_json(
            {
                "database_url": url,
                "objects_folder": outcome.folder,
                "backup": outcome.backup,
                "rows": outcome.rows,
                "objects": outcome.objects,
                "missing": outcome.missing,
                "seconds": outcome.seconds,
            }
        )
    else:
        own = is_embedded() and into == EMBEDDED_DATABASE
        show_restored(outcome, url, f"sahne up --data {settings.data}" if own else None)


def choose(name: str | None, latest: bool, folder: Path | None, data: Path | None) -> Backup:
    """The backup that is meant."""
    if (name is None) != latest:
        raise typer.BadParameter("Name one backup, or say --latest.")
    return find_backup(shelf(folder, data), name)


def shelf(folder: Path | None, data: Path | None) -> Path:
    """The folder of backups."""
    return folder or read_settings(data=data).backups_path


def objects_for(settings: Settings, into: str, backup: Backup) -> Path:
    """A folder beside the data folder's own objects; those themselves for its own database, where there are none yet.

    Never those of another database: whoever serves it sweeps away what no row of it stands for.
    """
    folder = settings.objects_path
    own = EMBEDDED_DATABASE if is_embedded() else urlsplit(settings.direct_database_url).path.removeprefix("/")
    if into == own and not (folder.exists() and any(folder.iterdir())):
        return folder
    return folder.with_name(f"{folder.name}-{backup.name}")


def lasting_url(url: str, data: Path | None) -> str:
    """An embedded database that was started for the while has its usual port again when `sahne up` runs."""
    settings = read_settings()
    if not is_embedded() or read_state(data or settings.data) is not None:
        return url
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition(":")[0] + f":{settings.db_port}"
    return urlunsplit(parts._replace(netloc=netloc))
