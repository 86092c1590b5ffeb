"""The reference of the database, printed from its own catalog: `schema.md` and the diagram `entities.md`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import psycopg

from sahne.errors import SetupError
from sahne.operations.reference.diagram import draw_entities
from sahne.operations.reference.page import write_page
from sahne.operations.reference.tables import read_tables

CONNECT_SECONDS_MAX = 10


class NotReadable(SetupError):
    """The database cannot be read."""

    code = "database_not_readable"


def reference(url: str) -> dict[str, str]:
    """The text of each file by its name; `url` belongs to a role that may see every table.

    Raises:
        NotReadable: the database does not answer, or it is not a migrated one.
    """
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS_MAX) as conn:
            tables = read_tables(conn)
    except psycopg.Error as error:
        raise NotReadable(details=str(error).strip(), hint="Check DATABASE_URL, then `sahne migrate`.") from error
    if not tables:
        raise NotReadable(details="it has no tables", hint="`sahne migrate` makes them.")
    return {"schema.md": write_page(tables), "entities.md": draw_entities(tables)}


def print_reference(url: str, folder: Path, more: Mapping[str, str]) -> list[Path]:
    """Write each file, and `more` by their names, into `folder` and answer their paths."""
    texts = {**reference(url), **more}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in texts]
