"""How changes of a table are judged, for people: each role's tier, what a verdict stands on, what is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sahne.changes.policies.compiled import Compiled, Tier
from sahne.changes.policies.session import Session
from sahne.changes.tables import ROLES, Table, Tables
from sahne.database.pool import Database
from sahne.errors import NotFound
from sahne.settings import Settings

IN_WORDS = {
    Tier.OPEN: "row security does not bind it",
    Tier.CONSTANT: "the same for everybody",
    Tier.CLAIM: "a column is a claim, which is looked up in memory",
    Tier.SET: "one statement for all viewers",
    Tier.PROBE: "asked viewer by viewer",
}


class NoSuchTable(NotFound):
    """There is no such table."""

    code = "table_not_found"


async def explain_table(settings: Settings, name: str, roles: Sequence[str]) -> dict[str, Any]:
    """What `sahne realtime explain` tells: `{table, in_the_way, roles: [{role, tier, …}]}`; without `roles` of all.

    Raises:
        NoSuchTable: the name is no table's.
    """
    schema, _, own = name.rpartition(".")
    place = (schema or "public", own)
    async with Database(settings.authenticator_url, connections_max=1) as database:
        table = (await Tables(database, roles or ROLES).find([place])).get(place)
    if table is None:
        raise NoSuchTable(details={"table": ".".join(place)}, hint="Name it as schema.table, or one of public alone.")
    session = await Session.open(settings.direct_authenticator_url)
    try:
        found = [await session.compiled(table.oid, role) for role in sorted(roles or ROLES)]
    finally:
        await session.close()
    return {
        "table": ".".join(place),
        "published": table.published,
        "row_security": table.row_security,
        "in_the_way": _in_the_way(table),
        "roles": [_of_role(table, compiled) for compiled in found],
    }


def _in_the_way(table: Table) -> list[str]:
    found = []
    if not table.published:
        found.append("It is not in the publication supabase_realtime: nobody receives its changes.")
    if not table.key:
        found.append("It has no primary key: subscribers are told of an error instead of a row.")
    return found


def _of_role(table: Table, compiled: Compiled) -> dict[str, Any]:
    row_security = table.row_security and compiled.tier is not Tier.OPEN
    return {
        "role": compiled.role,
        "tier": str(compiled.tier if row_security else Tier.OPEN),
        "in_words": _in_words(compiled),
        "in_the_way": _of_role_in_the_way(table, compiled),
        "columns": [column.name for column in compiled.columns],
        "depends_on": {
            f"{compiled.relations[oid].schema}.{compiled.relations[oid].name}": sorted(columns)
            for oid, columns in compiled.depends.items()
        },
        "only_where": {
            f"{compiled.relations[oid].schema}.{compiled.relations[oid].name}": sorted(
                f"{each.column} = {compiled.columns[each.place].name}" for each in equalities
            )
            for oid, equalities in compiled.equalities.items()
        },
        "kept": compiled.tier is Tier.SET and compiled.not_kept is None,
        "not_kept": compiled.not_kept,
        "hidden_columns": sorted(set(table.columns) - table.reads(compiled.role)),
    }


def _in_words(compiled: Compiled) -> str:
    words = IN_WORDS[compiled.tier]
    if compiled.tier is Tier.CONSTANT:
        return "everybody sees every row" if compiled.everybody else "nobody sees any row"
    return f"{words}: {compiled.reason}" if compiled.reason else words


def _of_role_in_the_way(table: Table, compiled: Compiled) -> list[str]:
    readable = table.reads(compiled.role)
    if not readable:
        return ["It may select no column: it receives nothing."]
    found = []
    if not readable.issuperset(table.key):
        found.append("It may not select the primary key: it receives an error instead of rows.")
    if compiled.tier is Tier.CONSTANT and not compiled.everybody:
        found.append("No policy lets it see a row: of a deletion it hears, of nothing else.")
    if hidden := sorted(set(table.columns) - readable):
        found.append(f"It may not select {', '.join(hidden)}: a filter on these never matches, and they do not travel.")
    return found
