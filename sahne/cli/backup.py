"""`sahne backup …`: the database and the stored objects, made safe, proven, and brought back beside what there is."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

import typer

from sahne.cli.backup_output import describe, show_drill, show_list, show_made, show_restored, show_table, tell_missing
from sahne.cli.output import failures_in_words, people, print_json, print_text, progress_bars
from sahne.cli.shared_options import AsJson, StackData
from sahne.counted import counted
from sahne.errors import SettingInvalid
from sahne.object_stores import Bucket, bucket_in, is_bucket, of_bucket
from sahne.operations.backup.drill import drill_backup
from sahne.operations.backup.facts import Tell
from sahne.operations.backup.new_objects import new_objects
from sahne.operations.backup.prune import Retention
from sahne.operations.backup.restore import restore_backup
from sahne.operations.backup.shelf import Backup
from sahne.operations.backup.shelves import Shelf, open_shelf
from sahne.operations.backup.table import restore_table
from sahne.operations.backup.verify import verify_backup
from sahne.providers.blobs.opened import open_blobs
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from sahne.up.database import database_here, is_embedded, scratch_server
from sahne.up.state import read_state, settings_here

OF_BUCKETS = "docs/guides/backups.md has an example of a bucket."
EMBEDDED_DATABASE = "postgres"  # the one `sahne up` uses

app = typer.Typer(no_args_is_help=True, help="Back up the database and the stored objects; bring them back.")

Name = Annotated[str | None, typer.Argument(help="The backup's name, as `list` shows it.", show_default=False)]
Latest = Annotated[bool, typer.Option("--latest", help="The newest one.")]
# `--to` and `--from` were its two names
Place = Annotated[
    str | None,
    typer.Option(
        "--backups",
        "--to",
        "--from",
        help="The folder of backups, or a bucket, s3://bucket/prefix.",
        show_default="SAHNE_BACKUPS, else .sahne/backups",
    ),
]


@app.command()
def create(
    place: Place = None,
    data: StackData = None,
    as_json: AsJson = False,
) -> None:
    """Write the database and the bytes of its stored objects, as they are at one moment, into a backup of their own."""
    with failures_in_words(as_json=as_json), database_here(data) as settings, progress_bars() as tell:
        shelf = shelf_here(place, data)
        with shelf.created(settings.direct_database_url, open_blobs(settings), tell=tell) as backup:
            facts = describe(backup)
    if as_json:
        print_json(facts)
        return
    show_made(shelf.place, facts)


@app.command(name="list")
def list_(place: Place = None, data: StackData = None, as_json: AsJson = False) -> None:
    """Show the backups, the newest first."""
    with failures_in_words(as_json=as_json), shelf_here(place, data).listed() as listed:
        backups = [describe(backup) for backup in listed]
    if as_json:
        print_json({"backups": backups})
        return
    show_list(backups)


@app.command()
def verify(
    name: Name = None, latest: Latest = False, place: Place = None, data: StackData = None, as_json: AsJson = False
) -> None:
    """Read every byte of a backup and decode it whole."""
    with (
        failures_in_words(as_json=as_json),
        progress_bars() as tell,
        opened(name, latest, place, data, tell) as backup,
    ):
        verify_backup(backup, tell=tell)
        facts = describe(backup)
    if as_json:
        print_json(facts)
        return
    people.print(f"[green]{facts['name']} is whole.[/]")
    tell_missing(facts)


@app.command()
def drill(
    name: Name = None, latest: Latest = False, place: Place = None, data: StackData = None, as_json: AsJson = False
) -> None:
    """Restore a backup into a scratch database, check it there, and drop it again."""
    with (
        failures_in_words(as_json=as_json),
        progress_bars() as tell,
        opened(name, latest, place, data, tell) as backup,
        scratch_server(settings_here(data)) as url,
    ):
        report = drill_backup(backup, url, tell=tell)
    if as_json:
        print_json(report.as_json())
    else:
        show_drill(report)
    if not report.passed:
        raise typer.Exit(1)


@app.command()
def prune(
    place: Place = None,
    data: StackData = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove the backups that the settings do not keep."""
    with failures_in_words(as_json=as_json):
        settings, shelf = read_settings(data=data), shelf_here(place, data)
        rules = Retention(settings.backup_keep_daily, settings.backup_keep_weekly, settings.backup_keep_monthly)
        planned = shelf.planned(rules)
        if as_json:
            print_json({"removed": shelf.prune(rules)} if yes else {"would_remove": planned})
            return
        kept = counted(rules.daily, "day"), counted(rules.weekly, "week"), counted(rules.monthly, "month")
        people.print(f"Kept: {', '.join(kept)}.")
        people.print("\n".join(f"[yellow]would remove[/] {each}" for each in planned) or "None is too old.")
        if planned and (yes or typer.confirm(f"Remove {len(planned)}?", abort=True)):
            people.print("\n".join(f"removed {each}" for each in shelf.prune(rules)))


@app.command()
def key() -> None:
    """Print a new key that backups may be encrypted for: put it into the file that SAHNE_BACKUP_KEY names."""
    from sahne.operations.backup.age import BackupKey  # only here: a library comes with it

    print_text(BackupKey.new().as_file())


@app.command()
def restore(
    name: Name = None,
    latest: Latest = False,
    into: Annotated[str | None, typer.Option(help="A new database on the server, or an empty one.")] = None,
    table: Annotated[
        str | None, typer.Option(help="One table's rows instead, beside the live table; with its schema, or public's.")
    ] = None,
    objects: Annotated[
        str | None,
        typer.Option(
            help="A new folder, or place in a bucket, for the stored objects.", show_default="beside the present"
        ),
    ] = None,
    data: Annotated[Path | None, typer.Option(help="The data folder of the `sahne up` to restore into.")] = None,
    place: Place = None,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back into a new database; or one table's rows, to compare. Nothing that exists is changed."""
    if (into is None) == (table is None):
        raise typer.BadParameter("Choose one of --into and --table.")
    if table is not None and objects is not None:
        raise typer.BadParameter("--objects belongs to --into.")
    if table is not None:
        _restore_table(table, name, latest, place, data, as_json=as_json)
        return
    assert into is not None
    with (
        failures_in_words(as_json=as_json),
        progress_bars() as tell,
        opened(name, latest, place, None, tell) as backup,
        database_here(data, make=True) as settings,
    ):
        outcome = restore_backup(
            backup,
            settings.direct_database_url,
            into,
            new_place(settings, objects) if objects else objects_for(settings, into, backup),
            authenticator_password=settings.authenticator_password,
            tell=tell,
        )
    url = lasting_url(outcome.url, data)
    if as_json:
        print_json(
            {
                "database_url": url,
                "objects_folder": str(outcome.folder),
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


def _restore_table(
    table: str, name: str | None, latest: bool, place: str | None, data: Path | None, *, as_json: bool
) -> None:
    with (
        failures_in_words(as_json=as_json),
        progress_bars() as tell,
        opened(name, latest, place, data, tell) as backup,
        database_here(data) as settings,
    ):
        rows = restore_table(backup, settings.direct_database_url, table, tell=tell)
    if as_json:
        print_json(rows)
    else:
        show_table(rows)


def opened(
    name: str | None, latest: bool, place: str | None, data: Path | None, tell: Tell
) -> AbstractContextManager[Backup]:
    """The backup that is meant, to be read."""
    if (name is None) != latest:
        raise typer.BadParameter("Name one backup, or say --latest.")
    return shelf_here(place, data).opened(name, tell=tell)


def shelf_here(place: str | None, data: Path | None) -> Shelf:
    """Where backups are kept."""
    return open_shelf(read_settings(data=data), place)


def new_place(settings: Settings, objects: str) -> Path | Bucket:
    """Where the objects shall go.

    Raises:
        SettingInvalid: it looks like a bucket and is none.
    """
    if not is_bucket(objects):
        return Path(objects)
    if wrong := of_bucket(objects):
        raise SettingInvalid(details=f"--objects {wrong}", hint=OF_BUCKETS)
    return bucket_in(objects, settings.s3_access)


def objects_for(settings: Settings, into: str, backup: Backup) -> Path | Bucket:
    """A place beside the present one for objects; that itself for its own database, where there are none yet.

    Never those of another database: whoever serves it sweeps away what no row of it stands for.
    """
    present = bucket_in(settings.objects_url, settings.s3_access) if settings.objects_url else settings.objects_path
    own = EMBEDDED_DATABASE if is_embedded() else urlsplit(settings.direct_database_url).path.removeprefix("/")
    if into == own and new_objects(present).is_empty():
        return present
    if isinstance(present, Path):
        return present.with_name(f"{present.name}-{backup.name}")
    return present.beside(backup.name)


def lasting_url(url: str, data: Path | None) -> str:
    """An embedded database that was started for the while has its usual port again when `sahne up` runs."""
    settings = read_settings()
    if not is_embedded() or read_state(data or settings.data) is not None:
        return url
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition(":")[0] + f":{settings.db_port}"
    return urlunsplit(parts._replace(netloc=netloc))
