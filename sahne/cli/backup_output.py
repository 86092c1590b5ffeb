"""What `sahne backup` says: a backup as JSON, and lists, reports and next steps for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from sahne.cli.output import people, print_answer, print_pairs, print_table
from sahne.counted import counted
from sahne.operations.backup.drill import DrillReport
from sahne.operations.backup.manifest import BackupDamaged
from sahne.operations.backup.restore import Restored
from sahne.operations.backup.shelf import Backup
from sahne.operations.backup.table import TableRestored


def describe(backup: Backup) -> dict[str, Any]:
    """A backup as `list --json` has it."""
    try:
        manifest = backup.manifest()
    except BackupDamaged:
        return {"name": backup.name, "created_at": backup.created_at, "damaged": True}
    return {
        "name": backup.name,
        "created_at": backup.created_at,
        "damaged": backup.damaged_at() is not None,
        "bytes": manifest.bytes,
        "verified_at": backup.verified_at(),
        "complete": manifest.complete,
        "seconds": manifest.seconds,
        "rows": sum(each.rows for each in manifest.tables),
        "objects": manifest.objects.count,
        "missing": manifest.objects.missing,
        "removed_meanwhile": manifest.objects.removed_meanwhile,
    }


def show_made(place: str, facts: dict[str, Any]) -> None:
    """A backup that was just made."""
    sizes = counted(facts["rows"], "row"), counted(facts["objects"], "object"), mebibytes(facts["bytes"])
    people.print(
        f"[green]{facts['name']}[/] in {place}: {', '.join(sizes)} in {facts['seconds']:.1f} s.",
        soft_wrap=True,
    )
    tell_missing(facts)


def show_list(backups: list[dict[str, Any]]) -> None:
    """The backups as a table."""
    table = Table("backup", "age", "size", "verified", "complete", title=counted(len(backups), "backup"))
    for each in backups:
        if each["damaged"]:
            size = mebibytes(each["bytes"]) if "bytes" in each else ""
            table.add_row(each["name"], age(each["created_at"]), size, "[red]damaged", "")
            continue
        verified = f"{each['verified_at']:%Y-%m-%d %H:%M}" if each["verified_at"] else "no"
        complete = "yes" if each["complete"] else f"[yellow]{counted(each['missing'], 'object')} missing"
        table.add_row(each["name"], age(each["created_at"]), mebibytes(each["bytes"]), verified, complete)
    print_table(table)


def tell_missing(facts: dict[str, Any]) -> None:
    """Never keep quiet about bytes that are not there."""
    if facts["missing"]:
        missing = counted(facts["missing"], "object")
        people.print(f"[yellow]The bytes of {missing} were missing; objects.jsonl says which.[/]")


def show_drill(report: DrillReport) -> None:
    """The report as a table."""
    table = Table("check", "", "seen", title=f"Drill of {report.backup}")
    for check in report.checks:
        table.add_row(check.name, "[green]passed" if check.passed else "[red]FAILED", escape(check.seen))
    print_table(table)
    print_answer(f"{'[green]passed' if report.passed else '[red]FAILED'}[/] in {report.seconds:.1f} s.")


def show_restored(outcome: Restored, url: str, start: str | None) -> None:
    """What is where now, and what to do next; `start` is the command that starts it as it is."""
    brought = f"{counted(outcome.rows, 'row')}, {counted(outcome.objects, 'object')}"
    people.print(f"[green]{brought}[/] in {outcome.seconds:.1f} s.")
    if outcome.missing:
        people.print(f"[yellow]The bytes of {counted(outcome.missing, 'object')} were not in the backup.[/]")
    if start:  # nothing answers there yet, and on the usual port perhaps another one
        people.print(f"objects: {outcome.folder}", soft_wrap=True)
        people.print(
            f"→ Start it with [bold]{start}[/]; beside one that runs, with --port and --db-port.", soft_wrap=True
        )
    else:
        people.print(f"DATABASE_URL={url}", soft_wrap=True)
        people.print(f"objects: {outcome.folder}", soft_wrap=True)
        people.print(
            f"→ Look at it, then point Sahne at this database; {_next_of(outcome)}.",
            soft_wrap=True,
        )


def _next_of(outcome: Restored) -> str:
    if isinstance(outcome.folder, Path):
        return "the objects belong into SAHNE_DATA/objects"
    return f"and set SAHNE_OBJECTS_URL={outcome.folder}"


def show_table(outcome: TableRestored) -> None:
    """Where a table's rows are, and how they differ from the live ones."""
    counts = {
        "rows": outcome.rows,
        "missing in the live table": outcome.missing_here,
        "changed since": outcome.changed,
        "only in the live table": outcome.only_here,
    }
    print_pairs({"in": outcome.place} | {what: f"{count:,}" for what, count in counts.items()})
    people.print(f"→ When you are done: drop schema {outcome.place.partition('.')[0]} cascade;")


def age(moment: datetime) -> str:
    """How long ago, in one unit."""
    elapsed = datetime.now(UTC) - moment
    if elapsed < timedelta(hours=1):
        return f"{max(0, int(elapsed.total_seconds())) // 60} min"
    return f"{elapsed.days} d" if elapsed.days > 1 else f"{int(elapsed.total_seconds()) // 3600} h"


def mebibytes(size: int) -> str:
    """A size for people."""
    return f"{size / 2**20:,.1f} MiB"
