"""What an upgrade to this version would do to a database, and what stands in its way: looks, as the doctor's are.

They are for the moment when the new version is installed and the old one still serves.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sahne import __version__
from sahne.counted import counted
from sahne.database.fetch import every
from sahne.database.history import read_migrations
from sahne.database.migrate import MigrationState, status
from sahne.database.sql import load_queries
from sahne.doctor import changes, keeping, postgres, settings_and_keys
from sahne.doctor.finding import Finding, fault, not_looked_at, warning
from sahne.doctor.installation import Installation
from sahne.doctor.look import Check
from sahne.errors import ExtraMissing, SahneError
from sahne.providers.images.installed import refuse_without_studio
from sahne.settings import Settings

_QUERIES = load_queries(__package__, "upgrading.sql")


@dataclass(frozen=True, slots=True)
class Step:
    """What `sahne migrate` would apply: its name, and what it says of itself in its first line, where it does."""

    name: str
    what: str | None


def steps_to_apply(settings: Settings) -> list[Step]:
    """In order; none where the database cannot be asked, which a look tells."""
    if settings.database_url is None:
        return []
    try:
        states = status(settings.direct_admin_url)
    except SahneError:
        return []
    told = {source.name: source.text.partition("\n")[0].removeprefix("-- ") for source in read_migrations()}
    return [Step(each.name, told.get(each.name)) for each in states if each.state == "pending"]


async def this_version(_: Installation) -> AsyncIterator[Finding]:
    """What is installed."""
    yield Finding("this version", f"Sahne {__version__} on Python {'.'.join(map(str, sys.version_info[:3]))}")


async def extras(installation: Installation) -> AsyncIterator[Finding]:
    """A worker needs more than a server."""
    try:
        refuse_without_studio(installation.settings)
    except ExtraMissing as error:
        yield warning("extras", "of a server alone: no worker of this environment starts", error.hint or "")
    else:
        yield Finding("extras", "what the settings want of a worker is installed")


async def migrations(installation: Installation) -> AsyncIterator[Finding]:
    """What waits, and what cannot be gone on from."""
    for finding in judged_steps(await states_of(installation)):
        yield finding


async def publications(installation: Installation) -> AsyncIterator[Finding]:
    """As the doctor looks at them; in a database where nothing was applied they are yet to be made."""
    if not any(step.state == "applied" for step in await states_of(installation)):
        yield not_looked_at("publications", "nothing was applied to this database yet")
        return
    async for finding in changes.publications(installation):
        yield finding


async def extensions(installation: Installation) -> AsyncIterator[Finding]:
    """A server that was updated keeps the extensions of a database as they were."""
    async with installation.connection() as conn:
        rows = await every(conn, _QUERIES["outdated_extensions"])
    for row in rows:
        yield judged_extension(row)
    if not rows:
        yield Finding("extensions", "as the server would install them")


async def states_of(installation: Installation) -> list[MigrationState]:
    """How every step stands.

    Raises:
        NoDatabase: none answers. SahneError: it is none that can be migrated.
    """
    async with installation.connection():
        pass
    return await asyncio.to_thread(status, installation.settings.direct_admin_url)


def judged_steps(steps: Sequence[MigrationState]) -> Iterator[Finding]:
    """What waits is what the upgrade is for; another text than what was applied stops it."""
    named = {state: [step.name for step in steps if step.state == state] for state in ("pending", "changed", "unknown")}
    if changed := named["changed"]:
        to_do = "`sahne migrate` refuses this: docs/guides/upgrading.md says for which versions that is meant."
        yield fault("migrations", f"{', '.join(changed)}: applied from another text", to_do)
    if unknown := named["unknown"]:
        to_do = "Of your own: leave it. Of a newer version of Sahne: that is not to be gone back from without a backup."
        yield warning("migrations", f"{', '.join(unknown)}: not of this version", to_do)
    if waiting := named["pending"]:
        to_do = "Make a backup, then `sahne migrate`; the old version serves meanwhile."
        yield Finding("migrations", f"{counted(len(waiting), 'step')} to apply, {waiting[0]} first", to_do=to_do)
    elif not changed:
        yield Finding("migrations", "none to apply: install the new version and restart")


def judged_extension(row: Mapping[str, Any]) -> Finding:
    """One that is behind."""
    found = f"{row['extension']} is {row['installed']}; the server has {row['offered']}"
    return warning("extensions", found, f"alter extension {row['extension']} update;")


CHECKS = (
    Check("settings", "this version", this_version),
    Check("settings", "names of settings", settings_and_keys.names),
    Check("settings", "settings together", settings_and_keys.fit),
    Check("settings", "extras", extras),
    Check("database", "database", postgres.answers),
    Check("database", "migrations", migrations),
    Check("database", "PostgreSQL", postgres.version),
    Check("database", "extensions", extensions),
    Check("database", "transactions", postgres.long_transactions),
    Check("database", "indexes", postgres.invalid_indexes),
    Check("changes", "replication", postgres.lacks),
    Check("changes", "replication slots", changes.slots),
    Check("changes", "publications", publications),
    Check("keeping", "backups", keeping.backups),
)
