"""Who may do what: row level security, grants and views of what the Data API shows, functions of their owner, roles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sahne.database.fetch import every, maybe
from sahne.database.sql import load_queries
from sahne.doctor.finding import Finding, fault, warning
from sahne.doctor.installation import Connection, Installation
from sahne.setting_rules import names_in

_QUERIES = load_queries(__package__, "access.sql")

# What clients reach by other doors than the Data API, under policies too
DOORS_SCHEMAS = ("storage", "realtime")


async def row_security(installation: Installation) -> AsyncIterator[Finding]:
    """Tables that no policy guards, and what policies are not asked about."""
    shown = await _asked(installation, "tables_without_rls", DOORS_SCHEMAS)
    for row in shown:
        to_do = f"alter table {row['table']} enable row level security; then write its policies."
        if row["open_to"]:
            found = f"{row['table']} has none, and is open to {' and '.join(row['open_to'])}"
            yield fault("row level security", found, to_do)
        else:
            yield warning("row level security", f"{row['table']} has none; no client may use it yet", to_do)
    if not shown:
        yield Finding("row level security", "on for every table that is shown")


async def grants(installation: Installation) -> AsyncIterator[Finding]:
    """Rights of clients that go past every policy, and policies that refuse nobody."""
    wrong = [
        *[
            fault("grants", f"{row['role']} may truncate {row['table']}",
                  f"revoke truncate on {row['table']} from {row['role']};")
            for row in await _asked(installation, "truncatable_tables", DOORS_SCHEMAS)
        ],
        *[
            fault("grants", f"{row['role']} may make tables and functions in schema {row['schema']}",
                  f"revoke create on schema {row['schema']} from {row['role']}, public;")
            for row in await _asked(installation, "schemas_to_build_in")
        ],
        *[
            warning("grants", f"every client may {row['command']} rows of {row['table']} by policy “{row['policy']}”",
                    "Say in the policy whose rows they are.")
            for row in await _asked(installation, "policies_for_all", DOORS_SCHEMAS)
        ],
        *[
            warning("views", f"{row['kind']} {row['view']} is read past the policies of its tables", _of_a_view(row))
            for row in await _asked(installation, "open_views")
        ],
    ]  # fmt: skip
    for finding in wrong or [Finding("grants", "no client has a right that policies are not asked about")]:
        yield finding


def _of_a_view(row: dict[str, Any]) -> str:
    if row["kind"] == "view":
        return f"alter view {row['view']} set (security_invoker = true);"
    return f"revoke select on {row['view']} from anon, authenticated; or have it in a schema that is not shown."


async def definer_functions(installation: Installation) -> AsyncIterator[Finding]:
    """Functions that run as their owner: what they call must be fixed, and who calls them meant."""
    without_path = await _asked(installation, "definers_without_path")
    for row in without_path:
        to_do = f"alter function {row['function']} set search_path = '';"
        if row["is_open"]:
            found = f"{row['function']} runs as its owner, for any client, by the caller's search_path"
            yield fault("definer functions", found, to_do)
        else:
            yield warning("definer functions", f"{row['function']} has no search_path of its own", to_do)
    opened = await _asked(installation, "definers_open")
    for row in opened:
        to_do = f"revoke execute on function {row['function']} from anon, public; unless everybody is meant."
        yield warning("definer functions", f"{row['function']} runs as its owner for whoever has no account", to_do)
    if not (without_path or opened):
        yield Finding("definer functions", "none is open to whoever has no account")


async def roles(installation: Installation) -> AsyncIterator[Finding]:
    """What clients come as must be bound by policies."""
    strong = await _asked(installation, "roles_too_strong")
    for row in strong:
        unsaid = " ".join(f"no{each}" for each in row["attributes"].split(", "))
        yield fault("roles", f"{row['role']} is {row['attributes']}", f"alter role {row['role']} {unsaid};")
    if not strong:
        yield Finding("roles", "clients' roles are bound by policies")


async def _asked(installation: Installation, query: str, beside: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    async with installation.connection() as conn:
        schemas = [*await _schemas_shown(conn, installation), *beside]
        return await every(conn, _QUERIES[query], {"schemas": schemas})


async def _schemas_shown(conn: Connection, installation: Installation) -> tuple[str, ...]:
    """Those of the settings, unless the database itself names some."""
    row = await maybe(conn, _QUERIES["schemas_shown"])
    return names_in(row["schemas"]) if row else installation.settings.rest_schema_names
