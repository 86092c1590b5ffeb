"""The cells of the access matrix: what each actor may do with each table, read from access_matrix.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.database.access.world import ACTORS, PEOPLE

HERE = Path(__file__).parent
VERBS = ("select", "insert", "update", "delete")


@dataclass(frozen=True, slots=True)
class Cells:
    """One table's cells; each method is one question a test asks and the document prints."""

    table: str
    stated: dict[str, Any]

    def columns(self) -> list[str]:
        """Every column: those clients may select, then the hidden ones."""
        return self._words("columns") + self._words("hidden")

    def may(self, actor: str, verb: str) -> bool:
        """Whether the actor has the privilege at all, on some column."""
        if verb == "delete":
            signed_in = actor in PEOPLE and bool(self._rows("delete"))
            return signed_in or (actor == "service_role" and verb in self._words("service"))
        return any(self.may_with(actor, verb, column) for column in self.columns())

    def may_with(self, actor: str, verb: str, column: str) -> bool:
        """Whether the actor has the privilege on the column."""
        if actor == "service_role":
            return verb in self._words("service")
        if actor == "anon":
            return verb == "select" and self.stated.get("anon", False) and column in self._words("columns")
        return column in self._words("columns" if verb == "select" else verb)

    def may_insert(self, actor: str) -> bool:
        """Whether a row of the actor's own is taken."""
        return "insert" in self._words("service") if actor == "service_role" else actor in self._words("may_insert")

    def rows(self, actor: str, verb: str) -> str:
        """Labels of the rows the verb reaches; empty is none."""
        if not self.may(actor, verb):
            return ""
        if actor == "service_role":
            return "*"
        stated = self._rows(verb)
        return str(stated.get(actor, stated.get("everybody", "")))

    def count(self) -> int:
        """Cells asserted: select and update of each column, insert and delete, for each actor."""
        return len(ACTORS) * (2 * len(self.columns()) + 2)

    def _rows(self, verb: str) -> dict[str, str]:
        found: dict[str, str] = self.stated.get("rows", {}).get(verb, {})
        assert found.keys() <= {*PEOPLE, "anon", "everybody"}, self.table
        return found

    def _words(self, name: str) -> list[str]:
        return str(self.stated.get(name, "")).split()


def read_matrix() -> dict[str, Cells]:
    """Every table's cells by its name."""
    stated = tomllib.loads((HERE / "access_matrix.toml").read_text("utf-8"))
    return {table: Cells(table, cells) for table, cells in stated.items()}
