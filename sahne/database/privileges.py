"""What a client reads when a grant or a policy says no: PostgreSQL names the table, the catalog knows what may be done.

Source of the words: the grants themselves, read with the rest of the catalog, so they are never behind the migrations.
Where there is another way to do it, the table's comment has it in a line of its own: `For clients: …`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sahne.database.result import StatementFailed

PERMISSION_DENIED = "42501"
_ROW_DENIED = re.compile(r'new row violates row-level security policy .*for table "(.+)"')
_TABLE_DENIED = re.compile(r"permission denied for (?:table|view|materialized view) (\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Privilege:
    """What one role may do with one table: names of columns, and how many columns there are to read."""

    columns: int
    reads: tuple[str, ...]
    inserts: tuple[str, ...]
    updates: tuple[str, ...]
    deletes: bool

    def __str__(self) -> str:
        """`read every column; update display_name`; empty when nothing is allowed."""
        reads = "every column" if len(self.reads) == self.columns else ", ".join(self.reads)
        clauses = [
            f"{verb} {what}"
            for verb, what in (
                ("read", reads),
                ("insert", ", ".join(self.inserts)),
                ("update", ", ".join(self.updates)),
                ("delete", "rows" if self.deletes else ""),
            )
            if what
        ]
        return "; ".join(clauses)


@dataclass(frozen=True, slots=True)
class Privileges:
    """Each exposed table's privileges by table, then role; `ways` are those past the table, in words."""

    by_table: Mapping[str, Mapping[str, Privilege]] = field(default_factory=dict)
    ways: Mapping[str, str] = field(default_factory=dict)

    def in_words(self, failure: StatementFailed, role: str) -> StatementFailed:
        """The failure with a hint at what the role may do; itself when it has one or is about no table."""
        if failure.sqlstate != PERMISSION_DENIED or failure.hint:
            return failure
        hint = self._hint(failure.message, role)
        details = str(failure.details) if failure.details else None
        return StatementFailed(failure.sqlstate, failure.message, details=details, hint=hint) if hint else failure

    def _hint(self, message: str, role: str) -> str | None:
        row_denied = _ROW_DENIED.fullmatch(message)
        if row_denied:
            table = row_denied[1]
            hint = f'No policy of "{table}" lets the role {role} write a row with these values.'
        else:
            table_denied = _TABLE_DENIED.fullmatch(message)
            table = table_denied[1].strip('"') if table_denied else ""
            privilege = self.by_table.get(table, {}).get(role)
            if privilege is None:
                return None
            hint = f'With "{table}" the role {role} may {str(privilege) or "do nothing"}.'
        return f"{hint} {self.ways[table]}" if table in self.ways else hint
