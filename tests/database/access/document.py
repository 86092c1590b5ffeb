"""The access matrix as a page of the documentation."""

from __future__ import annotations

from pathlib import Path

from tests.database.access.matrix import VERBS, Cells
from tests.database.access.world import ACTORS

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "access-matrix.md"

_HEAD = """# Who may do what

Every table of schema `public`, every verb, every actor. Printed by `python scripts/access-matrix` from
`tests/database/access/access_matrix.toml`; `tests/database/test_access_matrix.py` asserts each cell against the
database over the small world of `tests/database/access/world.py`, and fails on a table or a column without cells.

The *host* streams; the *moderator*, the *owner* and the *participant* are in that session, the *banned* one was put
out of it; the *creator* hosts another session. The *owner* made the pictures, sent the gift, wrote the lines and called
the creator. *admin* is a person with `role = 'admin'`, who has no extra rights on tables; `service_role` is the server.

First the rows each verb reaches, by their label in that world: `*` all of them, `–` none, `✗` refused (42501).
`insert` says whether a row of the actor's own is taken. Then the columns: `r` may be read, `u` updated, `i` given
on insert, in rows that the table above lets the actor reach; blank is refused.
"""


def render(matrix: dict[str, Cells]) -> str:
    """The whole page."""
    total = sum(cells.count() for cells in matrix.values())
    summary = f"\n{len(matrix)} tables, {len(ACTORS)} actors, {total} cells.\n"
    return _HEAD + summary + "".join(_table(matrix[table]) for table in sorted(matrix))


def _table(cells: Cells) -> str:
    rows = [[f"**{verb}**", *(_reach(cells, actor, verb) for actor in ACTORS)] for verb in VERBS]
    rows += [[f"`{column}`", *(_letters(cells, actor, column) for actor in ACTORS)] for column in cells.columns()]
    head = ["", *ACTORS]
    lines = [head, ["---"] * len(head), *rows]
    return f"\n## {cells.table}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _reach(cells: Cells, actor: str, verb: str) -> str:
    if verb == "insert":
        return "yes" if cells.may_insert(actor) else "✗"
    if not cells.may(actor, verb):
        return "✗"
    return ", ".join(cells.rows(actor, verb).split()) or "–"


def _letters(cells: Cells, actor: str, column: str) -> str:
    held = (("r", "select"), ("u", "update"), ("i", "insert"))
    return "".join(letter for letter, verb in held if cells.may_with(actor, verb, column))
