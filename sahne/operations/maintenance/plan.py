"""What is to be done, in order: what is left over, rows and counts, then indexes by the counts as they are then."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from psycopg import Connection
from psycopg.rows import class_row

from sahne.database.sql import load_queries

QUERIES = load_queries(__package__, "maintenance.sql")

Kind = Literal["drop", "vacuum", "analyze", "reindex"]
MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """From when on something is done. A share is of a table's rows, of an index's bytes, of PostgreSQL's own bound."""

    rows_min: int = 1_000
    rows_share: float = 0.1
    age_share: float = 0.5
    bloat_bytes_min: int = 10 * MIB
    bloat_share: float = 0.4
    waits_for_rows_max: int = 200_000


@dataclass(frozen=True, slots=True)
class Step:
    """One statement, what it is for, and why."""

    kind: Kind
    what: str
    why: str
    statement: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What somebody should say to PostgreSQL once, about autovacuum."""

    what: str
    why: str
    statement: str


def plan_rows(conn: Connection[Any], need: Need) -> list[Step]:
    """What is left over, and what is to be cleared and counted; a vacuum counts its table too."""
    vacuums = _steps(conn, "to_vacuum", need)
    vacuumed = {step.what for step in vacuums}
    analyzes = [step for step in _steps(conn, "to_analyze", need) if step.what not in vacuumed]
    return [*plan_drops(conn, need), *vacuums, *analyzes]


def plan_drops(conn: Connection[Any], need: Need) -> list[Step]:
    """What broken builds have left."""
    return _steps(conn, "left_by_reindex", need)


def plan_indexes(conn: Connection[Any], need: Need) -> list[Step]:
    """What is to be built anew, by the counts as they are now."""
    return _steps(conn, "to_reindex", need)


def _steps(conn: Connection[Any], query: str, need: Need) -> list[Step]:
    return conn.cursor(row_factory=class_row(Step)).execute(QUERIES[query], asdict(need)).fetchall()


def advise(conn: Connection[Any], need: Need) -> list[Advice]:
    """The largest tables first."""
    return conn.cursor(row_factory=class_row(Advice)).execute(QUERIES["advice"], asdict(need)).fetchall()
