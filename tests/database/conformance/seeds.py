"""The seed documents as they are written: their SQL run statement by statement, and the facts that come of it.

What a document refers to and never defines is lent to it at the statement that asks for it, and that is a fact too,
as is every statement PostgreSQL refuses. Only definitions are run: queries, examples and upkeep are not facts.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors

from sahne.database.statements import split_statements
from tests.database.conformance.catalog import Facts, read_facts

DOCUMENTS = {"scene": "monzieai.md", "stage": "livekit.md"}

_SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)
_DEFINITION = re.compile(
    r"(create(?: or replace)?(?: unique)? \w+ (?:if not exists )?(?:\"[^\"]+\"|[\w.]+)"
    r"|alter (?:table|publication) [\w.]+\s+(?:add (?:constraint|table) [\w.]+|enable|replica))",
    re.IGNORECASE,
)
_MISSING = re.compile(r'(?:relation|function) "?public\.(\w+)')
_DOCUMENTED_TABLE = re.compile(r"^### (\w+) \(Mevcut\)$(.*?)(?=^#|^---)", re.DOTALL | re.MULTILINE)
_DOCUMENTED_COLUMN = re.compile(r"^\| `(\w+)`\s*\| (\w+)\s*\| (.*?)\s*\|$", re.MULTILINE)
_QUOTED = re.compile(r"`([^`]+)`")

LENT = {
    "gifts": "create table public.gifts (id uuid primary key default gen_random_uuid(), coin_price integer)",
    "coin_transactions": "create table public.coin_transactions (id uuid primary key default gen_random_uuid())",
    "handle_updated_at": """
        create function public.handle_updated_at() returns trigger language plpgsql
        as 'begin new.updated_at := now(); return new; end'""",
}


@dataclass(slots=True)
class AsWritten:
    """A document's statements after they were run: which were refused, and what had to be lent."""

    refused: dict[str, str] = field(default_factory=dict)
    lent: dict[str, str] = field(default_factory=dict)


def seeds_folder() -> Path | None:
    """Where the seeds lie: `shared/seeds` beside the checkout, or the folder `SAHNE_SEEDS` names; None when nowhere."""
    folder = Path(os.environ.get("SAHNE_SEEDS") or Path(__file__).parents[4] / "shared" / "seeds")
    return folder if all((folder / name).is_file() for name in DOCUMENTS.values()) else None


def run_document(conn: psycopg.Connection[Any], text: str) -> AsWritten:
    """Run the definitions of a document, autocommitted one by one as somebody would who pastes them."""
    outcome = AsWritten()
    conn.execute("set search_path = public")
    for statement in definitions(text):
        _run(conn, statement, outcome)
    return outcome


def definitions(text: str) -> list[str]:
    """The statements of a document's SQL blocks that define something."""
    return [
        statement.text
        for block in _SQL.findall(text)
        for statement in split_statements(block)
        if _DEFINITION.match(statement.text)
    ]


def _run(conn: psycopg.Connection[Any], statement: str, outcome: AsWritten) -> None:
    try:
        conn.execute(statement.encode())
    except (errors.UndefinedTable, errors.UndefinedFunction) as error:
        missing = _MISSING.search(str(error))
        if missing is None or missing[1] in outcome.lent:
            raise
        outcome.lent[missing[1]] = error.sqlstate or ""
        conn.execute(LENT[missing[1]].encode())
        _run(conn, statement, outcome)
    except psycopg.Error as error:
        outcome.refused[short(statement)] = error.sqlstate or ""


def short(statement: str) -> str:
    """The statement by what it defines: `create index idx_usage_current`."""
    found = _DEFINITION.match(statement)
    return re.sub(r"\s+", " ", found[1]).lower() if found else statement


def documented_columns(text: str) -> dict[str, dict[str, str]]:
    """Tables a document only describes: `{"profiles.type": {"type": "text", "values": "real, shadow"}}`."""
    columns: dict[str, dict[str, str]] = {}
    for table, body in _DOCUMENTED_TABLE.findall(text):
        for name, kind, meaning in _DOCUMENTED_COLUMN.findall(body):
            values = ", ".join(sorted(_QUOTED.findall(meaning)))
            columns[f"{table}.{name}"] = {"type": kind} | ({"values": values} if values else {})
    return columns


def derive_facts(conn: psycopg.Connection[Any], folder: Path) -> dict[str, Facts]:
    """Run both documents in an empty database of the platform: the facts of each."""
    derived: dict[str, Facts] = {}
    before: Facts = {}
    for name, file in DOCUMENTS.items():
        text = (folder / file).read_text("utf-8")
        outcome = run_document(conn, text)
        after = read_facts(conn)
        facts = {section: _new_things(things, before.get(section, {})) for section, things in after.items()}
        facts["refused"] = {statement: {"is": state} for statement, state in outcome.refused.items()}
        facts["undefined"] = {thing: {"is": state} for thing, state in outcome.lent.items()}
        facts["described"] = dict(documented_columns(text))
        derived[name] = {section: things for section, things in facts.items() if things and section not in LENT}
        before = after
    return derived


def _new_things(after: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    return {
        thing: facets for thing, facets in after.items() if thing not in before and thing.removesuffix("()") not in LENT
    }
