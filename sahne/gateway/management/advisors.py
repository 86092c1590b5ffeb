"""What is wrong, or could be quicker, in the schemas of the Data API, as Supabase's advisors tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sahne.database.actor import SERVICE
from sahne.database.fetch import every
from sahne.database.pool import Database
from sahne.database.sql import load_queries

_QUERIES = load_queries(__package__, "advisors.sql")

Kind = Literal["security", "performance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """One thing that is looked for; its question in `advisors.sql` has its name."""

    name: str
    kind: Kind
    level: Literal["ERROR", "WARN", "INFO"]
    title: str
    description: str
    remediation: str


LINTS = (
    Lint(
        name="rls_disabled_in_public",
        kind="security",
        level="ERROR",
        title="Row level security is off",
        description="No policy guards the table: its grants alone say who reads and writes it.",
        remediation="alter table … enable row level security; then write its policies.",
    ),
    Lint(
        name="policy_exists_rls_disabled",
        kind="security",
        level="ERROR",
        title="Policies are not asked",
        description="The table has policies, and row level security is off.",
        remediation="alter table … enable row level security;",
    ),
    Lint(
        name="rls_enabled_no_policy",
        kind="security",
        level="INFO",
        title="No policy lets anybody in",
        description="Row level security is on, and no policy is there: no client reads or writes a row.",
        remediation="Write a policy, or leave it where only the server uses the table.",
    ),
    Lint(
        name="security_definer_view",
        kind="security",
        level="ERROR",
        title="A view is read with its owner's rights",
        description="Clients read it past the policies of its tables.",
        remediation="alter view … set (security_invoker = true);",
    ),
    Lint(
        name="function_search_path_mutable",
        kind="security",
        level="WARN",
        title="A function has no search_path of its own",
        description="It looks for names where its caller says.",
        remediation="alter function … set search_path = '';",
    ),
    Lint(
        name="unindexed_foreign_keys",
        kind="performance",
        level="INFO",
        title="A foreign key has no index",
        description="Joins along it, and deletes of what it refers to, read the whole table.",
        remediation="create index on … (…);",
    ),
    Lint(
        name="no_primary_key",
        kind="performance",
        level="INFO",
        title="A table has no primary key",
        description="Its rows cannot be named, and its changes not be told.",
        remediation="alter table … add primary key (…);",
    ),
    Lint(
        name="duplicate_index",
        kind="performance",
        level="WARN",
        title="An index is there twice",
        description="Each write keeps both.",
        remediation="drop index …;",
    ),
)


async def findings(database: Database, kind: Kind, schemas: Sequence[str]) -> list[dict[str, Any]]:
    """What is found, as Supabase tells it."""
    found: list[dict[str, Any]] = []
    async with database.transaction(SERVICE) as conn:
        for lint in LINTS:
            if lint.kind == kind:
                rows = await every(conn, _QUERIES[lint.name], {"schemas": list(schemas)})
                found += (_finding(lint, row) for row in rows)
    return found


def _finding(lint: Lint, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": lint.name,
        "title": lint.title,
        "level": lint.level,
        "facing": "EXTERNAL",
        "categories": [lint.kind.upper()],
        "description": lint.description,
        "detail": row["detail"],
        "remediation": lint.remediation,
        "metadata": {"schema": row["schema"], "name": row["name"], "type": row["type"]},
        "cache_key": f"{lint.name}_{row['detail']}",
    }
