"""`entities.md`: the API's tables with their keys, and a line for every foreign key, as a Mermaid `erDiagram`."""

from __future__ import annotations

from collections.abc import Iterator

from sahne.operations.reference.tables import Column, Constraint, Table

HEAD = """\
# How the tables hang together

Keys and references of every table of the API, printed by `sahne db docs`; [the schema](schema.md) has all columns. `PK`
is the primary key, `FK` refers to another table; a line carries the columns that refer.
"""


def draw_entities(tables: list[Table]) -> str:
    """The whole page, Markdown with one diagram in it; `public.` is not said."""
    public = [table for table in tables if table.schema == "public"]
    lines = [line for table in public for line in _entity(table)]
    lines += [_reference(table, each) for table in public for each in table.references]
    return "\n".join([HEAD, "```mermaid", "erDiagram", *(f"    {line}" for line in lines), "```", ""])


def _entity(table: Table) -> Iterator[str]:
    keys = _columns(table, "p")
    references = _columns(table, "f")
    yield f"{table.name} {{"
    for column in table.columns:
        marks = [mark for mark, names in (("PK", keys), ("FK", references)) if column.name in names]
        if marks:
            yield f"    {_type(column)} {column.name} {', '.join(marks)}"
    yield "}"


def _columns(table: Table, kind: str) -> set[str]:
    return {name for each in table.constraints if each.kind == kind for name in each.columns}


def _type(column: Column) -> str:
    return column.type.replace(" ", "_")  # a type is one word there


def _reference(table: Table, reference: Constraint) -> str:
    """`gifts }o--|| sessions : session_id`: how many rows of the table to how many of the one it refers to."""
    alone = any(each.kind in ("p", "u") and set(each.columns) <= set(reference.columns) for each in table.constraints)
    optional = any(column.nullable for column in table.columns if column.name in reference.columns)
    ends = f"{'|o' if alone else '}o'}--{'o|' if optional else '||'}"
    return f'{table.name} {ends} {_entity_name(reference.target or "")} : "{", ".join(reference.columns)}"'


def _entity_name(full: str) -> str:
    name = full.removeprefix("public.")
    return f'"{name}"' if "." in name else name
