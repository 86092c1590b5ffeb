"""The stream of changes: slots that hold the log or have lost it, publications and what must be in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from sahne.changes.feed import MESSAGES_PUBLICATION
from sahne.changes.tables import PUBLICATION
from sahne.database.fetch import every
from sahne.database.sql import load_queries
from sahne.doctor.finding import Finding, fault, warning
from sahne.doctor.installation import Installation

_QUERIES = load_queries(__package__, "changes.sql")

MIB = 2**20
KEPT_BYTES_MANY = 512 * MIB

# What the migrations publish: apps and the page listen to these
PUBLISHED = {
    PUBLICATION: tuple(
        f"public.{name}"
        for name in (
            "calls",
            "generated_images",
            "generations",
            "live_goals",
            "live_guest_requests",
            "live_messages",
            "live_participants",
            "live_sessions",
            "notifications",
        )
    ),
    MESSAGES_PUBLICATION: ("realtime.messages",),
}


async def slots(installation: Installation) -> AsyncIterator[Finding]:
    """Ours are temporary: what stays without a reader is somebody else's, and keeps the log for ever."""
    async with installation.connection() as conn:
        rows = await every(conn, _QUERIES["slots"])
    for row in rows:
        for finding in judged_slot(row):
            yield finding
    ours = [row for row in rows if row["is_ours"] and row["temporary"] and row["active"]]
    yield Finding("replication slots", f"{len(rows)} in all, {len(ours)} read the changes of this database")


def judged_slot(row: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with one."""
    name, kept = f"slot {row['slot']}", f"{(row['kept_bytes'] or 0) / MIB:,.0f} MiB of the log"
    drop = f"select pg_drop_replication_slot('{row['slot']}');"
    if row["is_invalid"]:
        yield fault(name, f"invalid: {row['invalid_because']}", f"{drop} Its reader must begin anew.")
    elif not row["active"] and not row["temporary"]:
        to_do = f"Start its reader again, or {drop} Until then the log grows and nothing old is cleared away."
        yield warning(name, f"nobody reads it, and {kept} is kept for it", to_do)
    elif (row["kept_bytes"] or 0) > KEPT_BYTES_MANY:
        yield warning(name, f"its reader is behind: {kept} is kept for it", "Look at its reader's log and load.")


async def publications(installation: Installation) -> AsyncIterator[Finding]:
    """Whether they are there, may be changed by migrations, and have the tables that are listened to."""
    async with installation.connection() as conn:
        rows = await every(conn, _QUERIES["publications"], {"names": list(PUBLISHED)})
        missing = {
            name: [
                row["table"]
                for row in await every(conn, _QUERIES["unpublished"], {"publication": name, "tables": list(tables)})
            ]
            for name, tables in PUBLISHED.items()
        }
        role = conn.info.user
    for row in rows:
        for finding in judged_publication(row, missing[row["name"]], role):
            yield finding


def judged_publication(row: Mapping[str, Any], missing: list[str], role: str) -> Iterator[Finding]:
    """What is wrong with one, or that it is well."""
    name, what = row["name"], f"publication {row['name']}"
    if not row["is_there"]:
        yield fault(what, "it is not there: nothing is told in real time", f"create publication {name}; then migrate.")
        return
    if not row["is_ours"] and name == PUBLICATION:
        found = f"it is {row['owner']}'s, and {role} may not add tables to it"
        yield fault(what, found, f"An administrator says alter publication {name} owner to {role};")
    if not row["is_whole"]:
        to_do = f"alter publication {name} set (publish = 'insert, update, delete, truncate');"
        yield fault(what, "it leaves out some kinds of changes", to_do)
    if missing:
        to_do = f"alter publication {name} add table {', '.join(missing)};"
        yield fault(what, f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not in it", to_do)
    if row["is_whole"] and not missing:
        yield Finding(what, "it has the tables that are listened to")
