"""What of the database the Data API shows, and how: from the settings, and before them from the database itself.

`alter role authenticator set pgrst.db_schemas = 'public, shop'` and its like are read as PostgREST reads them, with
what is set for one database before what is set for the role; `notify pgrst, 'reload config'` has them read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sahne.database.actor import ANON
from sahne.setting_rules import names_in
from sahne.settings import Settings
from sahne.telemetry import Failed, observe

DEFAULT_SCHEMA = "public"
DEFAULT_SEARCH_PATH = "public, extensions"  # what the pipeline sets by itself
PREFIX = "pgrst."


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """`schemas` can be asked for, the first one is meant where nothing is said; `extra_search_path` is looked in after.

    `rows_max` bounds each list of an answer. `pre_request` is a function, called as the caller before each statement;
    with `plans` a statement's plan can be asked for, with `aggregates` sums and counts of rows; `timings` says how long
    each stage of a request took.
    """

    schemas: tuple[str, ...] = (DEFAULT_SCHEMA,)
    extra_search_path: tuple[str, ...] = ("public", "extensions")
    anon_role: str = ANON
    rows_max: int = 1_000
    pre_request: str | None = None
    plans: bool = False
    aggregates: bool = False
    timings: bool = False

    def search_path(self, schema: str) -> str:
        """The search path of a request for `schema`, as SQL writes it."""
        return ", ".join(_identifier(name) for name in dict.fromkeys([schema, *self.extra_search_path]))

    @property
    def pre_request_sql(self) -> bytes | None:
        """The call of `pre_request`, None where there is none."""
        if self.pre_request is None:
            return None
        return f"select {'.'.join(_quoted(name) for name in self.pre_request.split('.', 1))}()".encode()


def exposure_of(settings: Settings) -> Exposure:
    """What the settings say."""
    return Exposure(
        schemas=settings.rest_schema_names,
        extra_search_path=names_in(settings.rest_extra_search_path),
        anon_role=settings.rest_anon_role,
        rows_max=settings.rest_rows_max,
        pre_request=settings.rest_pre_request,
        plans=settings.rest_plans,
        aggregates=settings.rest_aggregates,
        timings=settings.rest_server_timing,
    )


def as_database_says(exposure: Exposure, rows: Iterable[Mapping[str, Any]]) -> Exposure:
    """The exposure with what the rows (`name`, `value`) of `pg_db_role_setting` say, the later the stronger.

    A value that cannot be read is told to telemetry and counts as not set: a typo must not close the door.
    """
    values: dict[str, Any] = {}
    for row in rows:
        setting = _READ.get(row["name"])
        if setting is None:
            continue
        field, read = setting
        try:
            values[field] = read(row["value"])
        except ValueError as error:
            observe(Failed(f"read {row['name']} of role authenticator", str(error)))
    return replace(exposure, **values)


def _some_names(text: str) -> tuple[str, ...]:
    names = names_in(text)
    if not names:
        raise ValueError("no name is given")
    return names


def _rows(text: str) -> int:
    rows = int(text)
    if rows < 1:
        raise ValueError(f"{rows} is no number of rows")
    return rows


def _switch(text: str) -> bool:
    word = text.strip().lower()
    if word not in ("true", "false"):
        raise ValueError(f"{word!r} is neither true nor false")
    return word == "true"


def _name(text: str) -> str:
    if not text.strip():
        raise ValueError("no name is given")
    return text.strip()


# PostgREST's word → the field, and how its text is read
_READ: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    f"{PREFIX}db_schemas": ("schemas", _some_names),
    f"{PREFIX}db_extra_search_path": ("extra_search_path", names_in),
    f"{PREFIX}db_anon_role": ("anon_role", _name),
    f"{PREFIX}db_max_rows": ("rows_max", _rows),
    f"{PREFIX}db_pre_request": ("pre_request", lambda text: text.strip() or None),
    f"{PREFIX}db_plan_enabled": ("plans", _switch),
    f"{PREFIX}db_aggregates_enabled": ("aggregates", _switch),
    f"{PREFIX}server_timing_enabled": ("timings", _switch),
}


def _identifier(name: str) -> str:
    return name if name.isascii() and name.islower() and name.isidentifier() else _quoted(name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
