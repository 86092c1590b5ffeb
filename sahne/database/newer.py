"""A database that a newer version has migrated: whether this version, which does not know all of it, may serve it.

Each migration says at its head which servers may go on over it: `-- serves: any` where it only adds, `-- serves:
20260301120000` where those may that know this migration, nothing where none may but those that know itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from sahne.database.history import Source, read_migrations
from sahne.database.reach import CONNECT_SECONDS_MAX
from sahne.database.sql import load_queries
from sahne.errors import SetupError

ANY = "any"


class SchemaNewer(SetupError):
    """A newer version has migrated this database, and this one cannot serve it any more."""

    code = "schema_newer"


def heed_newer(url: str, known: Sequence[Source] | None = None) -> list[str]:
    """The migrations that are passed over, looked for as the doors do, who log in at `url`; none where nothing answers.

    Raises:
        SchemaNewer: there are some that this version may not serve.
    """
    known = read_migrations() if known is None else known
    versions = {source.version for source in known} | {ANY}
    unknown = _unknown(url, [source.name for source in known])
    if against := [name for name, serves in unknown if serves not in versions]:
        raise SchemaNewer(details=against, hint="Run the version that has applied them, or a newer one.")
    return [name for name, _ in unknown]


def _unknown(url: str, known: list[str]) -> list[tuple[str, str | None]]:
    queries = load_queries(__package__, "newer.sql")
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS_MAX, application_name="sahne") as conn:
            if conn.execute(queries["history_says_who_may_serve"]).fetchone() is None:
                return []
            return conn.execute(queries["unknown_migrations"], {"known": known}).fetchall()
    except psycopg.OperationalError:
        return []
