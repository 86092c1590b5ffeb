"""A database of the seeds as they are written, to show what the rulings are about: from the documents where they lie
beside the checkout, and otherwise from the table of facts, which a test holds equal to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from tests.database.conformance.catalog import HERE, Facts, Thing, load_facts
from tests.database.conformance.seeds import LENT, derive_facts, seeds_folder

SEED_FACTS = ("scene_facts.toml", "stage_facts.toml")

_KEYS_FIRST = ("PRIMARY", "UNIQUE", "CHECK", "FOREIGN")


def write_seeds(conn: psycopg.Connection[Any]) -> None:
    """Make the seeds' database in an empty one of the platform, with what the stage's document only describes."""
    folder = seeds_folder()
    if folder is None:
        raise_from_facts(conn, load_facts(*SEED_FACTS))
    else:
        derive_facts(conn, folder)
    _add_described(conn)


def raise_from_facts(conn: psycopg.Connection[Any], facts: Facts) -> None:
    """The same tables, keys, policies and triggers from their facts; function bodies are those of our own file."""
    conn.execute("set search_path = public")
    for statement in (*LENT.values(), (HERE / "as_written_functions.sql").read_text("utf-8")):
        conn.execute(statement.encode())
    for statement in definitions_of(facts):
        conn.execute(statement.encode())


def definitions_of(facts: Facts) -> Iterator[str]:
    """The statements that make what the facts say, in an order PostgreSQL takes them."""
    tables = {section: things for section, things in facts.items() if "table" in things}
    for table, things in tables.items():
        columns = [_column(name.split()[1], thing) for name, thing in things.items() if name.startswith("column ")]
        yield f"create table public.{table} ({', '.join(columns)})"
    constraints = [
        (table, name.split()[1], thing["is"])
        for table, things in tables.items()
        for name, thing in things.items()
        if name.startswith("constraint ")
    ]
    for kind in _KEYS_FIRST:
        for table, name, definition in constraints:
            if definition.startswith(kind):
                yield f"alter table public.{table} add constraint {name} {definition}"
    for table, things in tables.items():
        yield f"alter table public.{table} replica identity {things['table']['replica_identity']}"
        yield f"alter table public.{table} enable row level security"
    for section, things in facts.items():
        yield from _furniture(section, things)
    for table in facts.get("publication supabase_realtime", {}):
        yield f"alter publication supabase_realtime add table public.{table}"


def _column(name: str, thing: Thing) -> str:
    default = f" default {thing['default']}" if "default" in thing else ""
    return f"{name} {thing['type']}{default}{' not null' if thing['null'] == 'no' else ''}"


def _furniture(section: str, things: dict[str, Thing]) -> Iterator[str]:
    for thing, facets in things.items():
        kind, _, name = thing.partition(" ")
        if kind == "index":
            yield f"create index {name} on public.{section} using {facets['is']}"
        elif kind == "trigger":
            yield f"create trigger {name} {facets['is']}"
        elif kind == "policy":
            using = f" using ({facets['using']})" if "using" in facets else ""
            check = f" with check ({facets['check']})" if "check" in facets else ""
            yield (
                f'create policy "{name}" on public.{section} for {facets["command"]} to {facets["roles"]}{using}{check}'
            )


def _add_described(conn: psycopg.Connection[Any]) -> None:
    """The stage's columns of profiles and its table of subscriptions, as far as the document describes them."""
    described = load_facts(*SEED_FACTS)["described"]
    defaults = {"profiles.type": "'real'", "profiles.role": "'user'", "profiles.is_creator": "false"}
    conn.execute("create table public.creator_subscriptions ()")
    for column, thing in described.items():
        table, name = column.split(".")
        default = f" default {defaults[column]}" if column in defaults else ""
        conn.execute(f"alter table public.{table} add column if not exists {name} {thing['type']}{default}".encode())
