"""Facts of a database's catalog, read the same way from the seeds' database and from ours, and how two sets differ."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import psycopg

Thing = dict[str, str]
"""One thing of the catalog by facet: `{"type": "text", "null": "no"}`; a facet that is empty is absent."""

Facts = dict[str, dict[str, Thing]]
"""Things by section (a table's name, `functions`, `publication …`) and name (`column id`, `policy …`)."""

HERE = Path(__file__).parent
QUERY = (HERE / "catalog.sql").read_text("utf-8")

_ALLOWED = re.compile(r"= ANY \(ARRAY\[(.*?)\]\)")
_TERM = r"\([^()]*(?:\([^()]*\)[^()]*)*\)"
_AND_AGAIN = re.compile(rf"\(\(({_TERM}) AND ({_TERM})\) AND ")
_TEXT = re.compile(r"'(.*?)'::text")


def read_facts(conn: psycopg.Connection[Any]) -> Facts:
    """What schema public is made of, expressions as PostgreSQL prints them with every name qualified."""
    facts: Facts = {}
    with conn.transaction(), conn.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        cursor.execute("set local search_path = ''")
        cursor.execute(QUERY.encode())
        for section, thing, facet, value in cursor:
            facts.setdefault(section, {}).setdefault(thing, {})[facet] = _flat(value)
    return facts


def _flat(value: str) -> str:
    """`(a AND b) AND c` without its parentheses, as PostgreSQL itself reads it back from a dump."""
    return _AND_AGAIN.sub(r"(\1 AND \2 AND ", value) if value else value


def load_facts(*names: str) -> Facts:
    """Facts kept in files of this folder; a thing's shorthand string is its facet `is`."""
    facts: Facts = {}
    for name in names:
        for section, things in tomllib.loads((HERE / name).read_text("utf-8")).items():
            for thing, value in things.items():
                facts.setdefault(section, {})[thing] = {"is": value} if isinstance(value, str) else value
    return facts


def differences(ours: Facts, seed: Facts) -> dict[str, tuple[str | None, str | None]]:
    """What differs, by name (`scenes: column seed: type`), as (the seed's value, ours); None is absent.

    A thing that only one side has is one difference, named without a facet; so is a whole table that only we have.
    """
    found: dict[str, tuple[str | None, str | None]] = {}
    for section in sorted(ours.keys() | seed.keys()):
        mine, theirs = ours.get(section, {}), seed.get(section, {})
        if not theirs and "table" in mine:
            found[f"{section}: table"] = (None, "a table")
            continue
        for thing in sorted(mine.keys() | theirs.keys()):
            name = f"{section}: {thing}"
            if thing not in mine or thing not in theirs:
                found[name] = (written(theirs.get(thing)), written(mine.get(thing)))
                continue
            for facet in sorted(mine[thing].keys() | theirs[thing].keys()):
                values = theirs[thing].get(facet), mine[thing].get(facet)
                if values[0] != values[1]:
                    found[f"{name}: {facet}"] = values
    return found


def written(thing: Thing | None) -> str | None:
    """One line that says all of a thing."""
    return None if thing is None else "; ".join(f"{facet} {value}" for facet, value in sorted(thing.items()))


def describe(facts: Facts, like: dict[str, Thing]) -> dict[str, Thing]:
    """The columns named in `like` as a document would describe them: type, and the values a check allows."""
    described: dict[str, Thing] = {}
    for name, wanted in like.items():
        table, column = name.split(".")
        found = facts.get(table, {}).get(f"column {column}")
        if found is not None:
            values = _ALLOWED.search(facts[table].get(f"constraint {table}_{column}_check", {}).get("is", ""))
            described[name] = {"type": found["type"]}
            if values and "values" in wanted:
                described[name]["values"] = ", ".join(sorted(_TEXT.findall(values[1])))
    return described
