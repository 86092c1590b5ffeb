"""What is in a database at a moment: its tables with their rows, the kinds of things in it, its migrations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from psycopg import sql

from sahne.operations.backup.connection import QUERIES, Connection
from sahne.operations.backup.manifest import TableRows

Tell = Callable[[str, int, int], None]
"""`tell(what, done, total)`, called as work goes on; a total of 0 is not known."""

# Two databases whose rows differ in anything have, but for chance, another sum; their order plays no part.
_COUNT = (
    "select count(*) as rows, coalesce(sum(hashtextextended(sahne_row::text, 0)::numeric), 0)::text as fingerprint"
    " from only {} as sahne_row"
)


@dataclass(frozen=True, slots=True)
class Facts:
    """See above; `shape` is how many there are of each kind, by its name."""

    tables: list[TableRows]
    shape: dict[str, int]
    migrations: list[str]


def read_facts(conn: Connection, tell: Tell) -> Facts:
    """Read all of it in the transaction of `conn`, which is `steady`."""
    rows = conn.execute(QUERIES["tables"]).fetchall()
    tables = []
    for number, row in enumerate(rows, 1):
        place = sql.Identifier(row["schema"], row["name"])
        total = conn.execute(sql.SQL(_COUNT).format(place)).fetchone()
        assert total
        tables.append(
            TableRows(
                schema=row["schema"],
                name=row["name"],
                root=row["root"],
                rows=total["rows"],
                fingerprint=total["fingerprint"],
            )
        )
        tell("rows", number, len(rows))
    shape = {row["kind"]: row["count"] for row in conn.execute(QUERIES["shape"])}
    migrations = [row["migration"] for row in conn.execute(QUERIES["migrations"])]
    return Facts(tables, shape, migrations)
