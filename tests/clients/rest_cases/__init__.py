"""Requests made up from a catalog and the values that are there: reads, writes and calls, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator

from sahne.database.catalog import Function, Schema
from tests.clients.rest_cases.calls import call
from tests.clients.rest_cases.material import Case, Material, material
from tests.clients.rest_cases.reads import read
from tests.clients.rest_cases.spoiled import spoiled
from tests.clients.rest_cases.writes import write

__all__ = ["Case", "cases"]


def cases(count: int, schema: Schema, database_url: str, role: str, seed: int) -> Iterator[Case]:
    """So many cases over what `role` may see of a schema."""
    known = material(schema, database_url, role, seed)
    functions = [each for of in schema.functions.values() for each in of if role in each.callers]
    for _ in range(count):
        case = _case(known, functions)
        yield spoiled(known, case) if known.by_chance(0.06) else case


def _case(known: Material, functions: list[Function]) -> Case:
    kind = known.random.random()
    if kind < 0.22 and functions:
        return call(known, known.random.choice(functions))
    relation = known.random.choice(known.relations)
    return write(known, relation) if kind < 0.55 else read(known, relation)
