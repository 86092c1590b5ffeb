"""PostgreSQL itself: whether it lets us in, its version, clock and settings, its age, and what a broken build left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

from sahne.counted import counted
from sahne.database.fetch import every, one
from sahne.database.floor import PostgresVersion
from sahne.database.migrate import MigrationState, status
from sahne.database.named import refuse_misnamed
from sahne.database.pooler import shares_sessions
from sahne.database.reach import check_doors, place, refuse_unreachable, server_lacks
from sahne.database.sql import load_queries
from sahne.doctor.finding import Finding, fault, warning
from sahne.doctor.installation import Installation
from sahne.errors import SahneError
from sahne.settings import Settings

_QUERIES = load_queries(__package__, "postgres.sql")

CLOCKS_APART_SECONDS_MAX = 2.0
SERVER_CONNECTIONS_MORE = 4  # beside its two pools
WORKER_CONNECTIONS = 10
TRANSACTION_SECONDS_MAX = 3600.0
IDS_MAX = 2**31
UTC_NAMES = frozenset({"UTC", "Etc/UTC", "GMT", "Etc/GMT", "Etc/UCT", "Universal", "Zulu"})


async def answers(installation: Installation) -> AsyncIterator[Finding]:
    """Logging in as the role of DATABASE_URL, and as the doors do."""
    settings = installation.settings
    if settings.database_url is None:
        yield fault("database", "there is none", "Set DATABASE_URL, or start `sahne up`.")
        return
    for name, url, look in (
        ("database", settings.admin_database_url, refuse_unreachable),
        ("authenticator's login", settings.authenticator_url, check_doors),
    ):
        yield await asyncio.to_thread(_refused_or, Finding(name, f"{place(url)} lets us in"), look, url)


def _refused_or(well: Finding, look: Callable[..., object], *given: object) -> Finding:
    """What is well, unless the look raises."""
    try:
        look(*given)
    except SahneError as error:
        seen = f"{error.message} {error.details or ''}".replace("\n", " ").strip()
        return fault(well.looked_at, seen, error.hint or "")
    return well


async def migrations(installation: Installation) -> AsyncIterator[Finding]:
    """Whether the database is of this version, and has what the settings name."""
    async with installation.connection():
        pass  # without a database there is nothing to tell
    settings = installation.settings
    try:
        steps = await asyncio.to_thread(status, settings.direct_admin_url)
    except SahneError as error:
        yield fault("migrations", error.message, error.hint or "")
        return
    for finding in judged_steps(steps):
        yield finding
    yield await asyncio.to_thread(
        _refused_or, Finding("names in the database", "what the settings name is there"), refuse_misnamed, settings
    )


def judged_steps(steps: Sequence[MigrationState]) -> Iterator[Finding]:
    """What waits, what was changed since, what only the database knows of."""
    named = {state: [step.name for step in steps if step.state == state] for state in ("pending", "changed", "unknown")}
    if waiting := named["pending"]:
        found = f"{counted(len(waiting), 'step')} to apply, {waiting[0]} first"
        yield fault("migrations", found, "Run `sahne migrate`.")
    if changed := named["changed"]:
        yield fault("migrations", f"{', '.join(changed)}: applied from another text", "Put the file back as it was.")
    if unknown := named["unknown"]:
        to_do = "Of your own (`supabase db push`, an agent): leave it. Of a newer version of Sahne: run that one."
        yield warning("migrations", f"{', '.join(unknown)}: not of this version", to_do)
    if not any(named.values()):
        yield Finding("migrations", f"all {len(steps)} are applied")


async def version(installation: Installation) -> AsyncIterator[Finding]:
    """Old ones have holes that are known."""
    async with installation.connection() as conn:
        found = PostgresVersion(conn.info.server_version)
    outdated = found.outdated()
    if outdated:
        yield warning("PostgreSQL", str(outdated.details), f"Update it to {found.floor} or newer; the data stays.")
    elif found.floor is None:
        yield warning("PostgreSQL", f"{found}: nobody has tried this version yet", "Take one that production.md names.")
    else:
        yield Finding("PostgreSQL", str(found))


async def clock(installation: Installation) -> AsyncIterator[Finding]:
    """Tokens, links and offers end by the one clock or by the other."""
    async with installation.connection() as conn:
        asked = time.time()
        row = await one(conn, _QUERIES["clock"])
        answered = time.time()
    yield judged_clock(max(asked - row["seconds"], row["seconds"] - answered, 0.0))


def judged_clock(apart_seconds: float) -> Finding:
    """By how far the two are apart."""
    found = f"{apart_seconds:.1f} s apart"
    if apart_seconds > CLOCKS_APART_SECONDS_MAX:
        return fault("clocks", found, "Set this machine's and the database's by NTP: tokens end at the wrong moment.")
    return Finding("clocks", found)


async def server_settings(installation: Installation) -> AsyncIterator[Finding]:
    """What Sahne counts on, and how many places are left."""
    async with installation.connection() as conn:
        row = await one(conn, _QUERIES["server_settings"])
        unbounded = [each["role"] for each in await every(conn, _QUERIES["unbounded_roles"])]
    for finding in (*judged_settings(row), judged_connections(row, installation.settings)):
        yield finding
    if unbounded:
        to_do = " ".join(f"alter role {role} set statement_timeout = '8s';" for role in unbounded)
        yield warning("statement_timeout", f"{' and '.join(unbounded)} may ask for ever", to_do)
    else:
        yield Finding("statement_timeout", "set for anon and authenticator")


def judged_settings(row: Mapping[str, Any]) -> Iterator[Finding]:
    """Each setting that is not as it must be; those that are, together."""
    wrong = list(_wrong_settings(row))
    yield from wrong
    if not wrong:
        yield Finding("PostgreSQL's settings", "as they must be")


def _wrong_settings(row: Mapping[str, Any]) -> Iterator[Finding]:
    if row["wal_level"] != "logical":
        to_do = "alter system set wal_level = logical; and restart PostgreSQL: without it nothing is told in real time."
        yield fault("wal_level", row["wal_level"], to_do)
    for name in ("fsync", "full_page_writes"):
        if row[name] != "on":
            yield fault(name, row[name], f"alter system set {name} = on; what was committed is lost in a power cut.")
    for name in ("autovacuum", "track_counts"):
        if row[name] != "on":
            yield fault(name, row[name], f"alter system set {name} = on; nothing is cleared away without it.")
    if row["timezone"] not in UTC_NAMES:
        yield warning("timezone", row["timezone"], "alter database … set timezone = 'UTC'; days are counted in UTC.")
    if row["max_slot_wal_keep_size"] == "-1":
        to_do = "alter system set max_slot_wal_keep_size = '4GB'; or a slot that nobody reads fills the disk."
        yield warning("max_slot_wal_keep_size", "no bound", to_do)
    for name, what in (("slots", "max_replication_slots"), ("senders", "max_wal_senders")):
        if row[f"{name}_max"] - row[f"{name}_used"] < 1:
            to_do = f"Raise {what}, or drop what nobody reads: each server holds one."
            yield fault(what, f"{row[f'{name}_used']} of {row[f'{name}_max']} are taken", to_do)


def judged_connections(row: Mapping[str, Any], settings: Settings) -> Finding:
    """One server and one worker must find their places beside whoever is there."""
    bound = row["connections_max"] - row["connections_reserved"]
    server = settings.pipeline_connections + settings.pool_connections_max + SERVER_CONNECTIONS_MORE
    needed = server + WORKER_CONNECTIONS
    found = f"{row['connections_used']} of {bound} are open; a server takes {server}, a worker {WORKER_CONNECTIONS}"
    if bound < needed:
        to_do = "Raise max_connections, or lower SAHNE_PIPELINE_CONNECTIONS and SAHNE_POOL_CONNECTIONS_MAX."
        return fault("max_connections", found, to_do)
    if row["connections_used"] > 0.8 * bound:
        return warning("max_connections", found, "Raise max_connections, or put a transaction pooler before it.")
    return Finding("max_connections", found)


async def poolers(installation: Installation) -> AsyncIterator[Finding]:
    """Requests go through a transaction pooler, what listens and replicates does not."""
    async with installation.connection():
        pass
    settings = installation.settings
    if not await asyncio.to_thread(shares_sessions, settings.admin_database_url):
        yield Finding("pooler", "none of transactions in between")
    elif settings.replication_url is None:
        to_do = "Set SAHNE_REPLICATION_URL to PostgreSQL's own address: realtime and the worker need it."
        yield fault("pooler", f"one of transactions at {place(settings.admin_database_url)}", to_do)
    elif await asyncio.to_thread(shares_sessions, settings.direct_database_url):
        yield fault("pooler", "SAHNE_REPLICATION_URL leads to one too", "Set it to PostgreSQL's own address.")
    else:
        yield Finding("pooler", "one of transactions, with a direct way beside it")


async def lacks(installation: Installation) -> AsyncIterator[Finding]:
    """What realtime and existing projects need of it."""
    async with installation.connection():
        pass
    found = [
        each
        for each in await asyncio.to_thread(server_lacks, installation.settings.direct_database_url)
        if each.code != "wal_level"  # told with the other settings
    ]
    for lack in found:
        yield warning(lack.code, lack.message, lack.sql or lack.advice or "")
    if not found:
        yield Finding("replication", "the role may replicate")


async def wraparound(installation: Installation) -> AsyncIterator[Finding]:
    """How far the oldest database is from running out of transaction ids."""
    async with installation.connection() as conn:
        row = await one(conn, _QUERIES["oldest_database"])
    yield judged_age(row)


def judged_age(row: Mapping[str, Any]) -> Finding:
    """Autovacuum begins at its own bound; where it is twice beyond, something holds it back."""
    share = max(row["transactions"], row["multixacts"]) / IDS_MAX
    found = f"{row['database']} has used {share:.0%} of them"
    behind = max(
        row["transactions"] / row["transactions_vacuumed_at"], row["multixacts"] / row["multixacts_vacuumed_at"]
    )
    if share > 0.6:
        to_do = f"Vacuum {row['database']} now (`vacuum freeze`): near the end PostgreSQL takes no writes."
        return fault("transaction ids", found, to_do)
    if behind > 2:
        to_do = "Vacuum it (`vacuum freeze`), and look what holds autovacuum back: a long transaction, a slot."
        return warning("transaction ids", found, to_do)
    return Finding("transaction ids", found)


async def long_transactions(installation: Installation) -> AsyncIterator[Finding]:
    """What was begun long ago and is still open."""
    async with installation.connection() as conn:
        rows = await every(conn, _QUERIES["long_transactions"], {"seconds": TRANSACTION_SECONDS_MAX})
    for row in rows:
        found = f"{row['whose']}: open for {row['seconds'] / 3600:.1f} h"
        yield warning("transactions", found, "End it: as long as it is open nothing after it can be cleared away.")
    if not rows:
        yield Finding("transactions", "none is older than an hour")


async def invalid_indexes(installation: Installation) -> AsyncIterator[Finding]:
    """Left by a build that broke."""
    async with installation.connection() as conn:
        rows = await every(conn, _QUERIES["invalid_indexes"])
    for row in rows:
        to_do = f"reindex index concurrently {row['index']}; or drop it, where it is one's own half (…_ccnew)."
        yield fault("indexes", f"{row['index']} on {row['table']} is invalid: written to and never read", to_do)
    if not rows:
        yield Finding("indexes", "all are valid")
