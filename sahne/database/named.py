"""Schemas, roles and functions that the settings name, looked for in the database at the start."""

from __future__ import annotations

from collections.abc import Collection

import psycopg

from sahne.database.reach import CONNECT_SECONDS_MAX
from sahne.database.sql import load_queries
from sahne.errors import SetupError
from sahne.settings import Settings


class NameUnknown(SetupError):
    """A setting names what is not in the database."""

    code = "name_unknown"


def refuse_misnamed(settings: Settings) -> None:
    """As `refuse_unknown`, with all that the settings name."""
    refuse_unknown(
        settings.authenticator_url,
        schemas=settings.rest_schema_names,
        roles=[settings.rest_anon_role, *settings.token_role_names],
        functions=settings.rest_functions,
    )


def refuse_unknown(
    url: str, *, schemas: Collection[str], roles: Collection[str], functions: Collection[str] = ()
) -> None:
    """Look as the doors do, who log in at `url`. Passes where nothing answers.

    Raises:
        NameUnknown: there is no such schema; no such role, or none that the doors may become; no such function.
    """
    wanted = {"schemas": list(schemas), "roles": list(roles), "functions": list(functions)}
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS_MAX, application_name="sahne") as conn:
            query = load_queries(__package__, "named.sql")["unknown_names"]
            row = conn.execute(query, wanted).fetchone()
    except psycopg.OperationalError:
        return
    unknown_schemas, unknown_roles, unknown_functions = row or ([], [], [])
    if unknown_schemas:
        raise NameUnknown(
            f"There is no schema {', '.join(unknown_schemas)}.",
            hint="Check SAHNE_REST_SCHEMAS, or run `sahne migrate` where it is made by a migration.",
        )
    if unknown_roles:
        raise NameUnknown(
            f"Role authenticator cannot become {', '.join(unknown_roles)}.",
            hint="Check SAHNE_REST_ANON_ROLE and SAHNE_TOKEN_ROLES; an administrator says grant … to authenticator;",
        )
    if unknown_functions:
        raise NameUnknown(
            f"There is no function {', '.join(unknown_functions)} that takes no arguments.",
            hint="Check SAHNE_REST_PRE_REQUEST, or run `sahne migrate` where it is made by a migration.",
        )
