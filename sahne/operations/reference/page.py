"""`schema.md`: every table in words a person looks up. Public tables whole, those behind the API by their columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sahne.operations.reference.tables import Column, Table

HEAD = """\
# The schema

Every table, printed from the database's own catalog by `sahne db docs`; change a migration, not this page.
How the tables hang together: [entities.md](entities.md).

Rights are column by column: `r` may be read, `i` given on insert, `u` updated, by *anon* (nobody signed in) and by
*signed in* users; the rows are what the policies let through. `service_role`, the server, passes by both.
"""

SELECTS = """\
## Columns to select

On our Data API `select=*` means every column you may read. On hosted Supabase it means every column there is, and is
answered with 42501 where one is hidden: clients name their columns there.
"""

BEHIND = """\
# Behind the API

Schema `private`: reached by the server and by the functions above alone.
"""


def write_page(tables: list[Table]) -> str:
    """The whole page, Markdown, ending with a newline."""
    public = [table for table in tables if table.schema == "public"]
    private = [table for table in tables if table.schema == "private"]
    parts = [
        HEAD,
        "".join(map(_listed, public)),
        *(_whole(table) for table in public),
        SELECTS,
        "".join(_select_list(table) for table in public),
        BEHIND,
        *(_short(table) for table in private),
    ]
    return "\n".join(parts).rstrip("\n") + "\n"


def _listed(table: Table) -> str:
    purpose, _, _ = table.purpose.partition("\n")
    return f"- [{table.name}](#{table.name}): {purpose}\n"


def _whole(table: Table) -> str:
    lines = [f"## {table.name}", "", table.purpose, "", *_columns(table), ""]
    lines += [f"- {sentence}" for sentence in _facts(table)]
    if table.policies:
        lines += ["", "| policy | on | for | rows |", "| --- | --- | --- | --- |", *_policies(table)]
    return "\n".join([*lines, ""])


def _columns(table: Table) -> Iterator[str]:
    yield "| column | type | default | anon | signed in | |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for column in table.columns:
        kind = column.type + ("" if column.nullable else " not null")
        rights = [_rights(column, role) for role in ("anon", "authenticated")]
        yield _row(f"`{column.name}`", kind, _code(column.default), *rights, column.purpose)


def _rights(column: Column, role: str) -> str:
    roles_of = {"r": column.read_by, "i": column.inserted_by, "u": column.updated_by}
    return " ".join(letter for letter, roles in roles_of.items() if role in roles)


def _facts(table: Table) -> Iterator[str]:
    words = {"p": "Key", "u": "Unique", "f": "Reference", "c": "Check", "x": "Exclusion"}
    for constraint in table.constraints:
        yield f"{words[constraint.kind]} `{constraint.name}`: {_code(constraint.definition)}"
    for index in table.indexes:
        yield f"Index `{index.name}`: {_code(index.definition)}"
    for trigger in table.triggers:
        yield f"Trigger `{trigger.name}`: {_code(trigger.definition)}"
    if table.partitioned_by:
        yield f"Partitioned by {_code(table.partitioned_by)}"
    if table.deleted_by:
        yield f"Rows may be deleted by {', '.join(table.deleted_by)}"
    if table.published:
        yield "Changes are published to realtime" + (", with whole old rows" if table.old_rows_whole else "")


def _policies(table: Table) -> Iterator[str]:
    for policy in table.policies:
        rows = [_code(policy.rows)] if policy.rows else []
        rows += [f"new: {_code(policy.new_rows)}"] if policy.new_rows else []
        conditions = "<br>".join([*rows, *([policy.remark] if policy.remark else [])])
        yield _row(policy.name, policy.command, ", ".join(policy.roles), conditions)


def _select_list(table: Table) -> str:
    lists = {role: [column.name for column in table.columns if role in column.read_by] for role in ROLES}
    if not any(lists.values()):
        return f"- **{table.name}**: not readable\n"
    if lists["anon"] == lists["authenticated"]:
        return f"- **{table.name}**: {_select(table, lists['anon'])}\n"
    clauses = (f"{ROLES[role]} {_select(table, names) if names else 'nothing'}" for role, names in lists.items())
    return f"- **{table.name}**: {'; '.join(clauses)}\n"


ROLES = {"anon": "anon", "authenticated": "signed in"}


def _select(table: Table, names: list[str]) -> str:
    return "`*`" if len(names) == len(table.columns) else f"`{','.join(names)}`"


def _short(table: Table) -> str:
    lines = [
        f"## private.{table.name}",
        "",
        table.purpose,
        "",
        "| column | type | default | |",
        "| --- | --- | --- | --- |",
    ]
    for column in table.columns:
        kind = column.type + ("" if column.nullable else " not null")
        lines.append(_row(f"`{column.name}`", kind, _code(column.default), column.purpose))
    return "\n".join([*lines, ""])


def _code(text: str | None) -> str:
    return f"`{' '.join(text.split())}`" if text else ""


def _row(*cells: str) -> str:
    return "| " + " | ".join(_cells(cells)) + " |"


def _cells(cells: Iterable[str]) -> Iterator[str]:
    for cell in cells:
        yield cell.replace("|", "\\|")
