"""What the folder of functions says otherwise than the migrations: functions, their rights, their comments.

scratch database → migrate → lay the folder out over its tables, in a transaction that is taken back → compare what
PostgreSQL itself says of both. So the comparison is of the two texts alone, whatever has become of a database in use.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Literal, LiteralString
from uuid import uuid4

import psycopg
from psycopg import errors as pg
from psycopg import sql
from psycopg.rows import DictRow, dict_row

from sahne.database.history import Source
from sahne.database.migrate import migrate
from sahne.database.reach import CONNECT_SECONDS_MAX, unreachable
from sahne.database.sql import load_queries
from sahne.database.statements import Statement
from sahne.errors import SetupError
from sahne.operations.backup.connection import with_database
from sahne.operations.function_texts.folder import FunctionText, function_texts, read_sources

QUERIES = load_queries("sahne.operations.function_texts")

Connection = psycopg.Connection[DictRow]
Kind = Literal["new", "changed", "rebuilt", "gone", "told anew"]

# Functions may know each other in any order; what is in them is looked at when all are there
UNCHECKED: LiteralString = "set local check_function_bodies = off"
CHECKED: LiteralString = "set local check_function_bodies = on"


class NoScratchDatabase(SetupError):
    """The role may not make the scratch database in which the functions are compared."""

    code = "no_scratch_database"


class FunctionRefused(SetupError):
    """PostgreSQL does not take a function of the folder."""

    code = "function_refused"


@dataclass(frozen=True, slots=True)
class Function:
    """A function as PostgreSQL tells it."""

    definition: str
    comment: str | None
    callers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One function the migrations have otherwise. `signature` is PostgreSQL's: `private.send_gift(uuid,uuid)`.

    `rebuilt` cannot be replaced (its parameters or its result changed): `drops` go, it is made. `told anew` has another
    comment or other callers, and the same body. `dependents` stand in the way of the drop. What is None stays as it is.
    """

    kind: Kind
    signature: str
    drops: tuple[str, ...] = ()
    dependents: tuple[str, ...] = ()
    text: FunctionText | None = None
    comment: str | None = None
    callers: tuple[str, ...] | None = None


def compare(url: str, *, functions: Traversable | None = None, migrations: Traversable | None = None) -> list[Change]:
    """Every difference, gone functions first, then the rest in the order of their names.

    `url` is that of a superuser of any PostgreSQL; nothing in its databases is read or changed. The folders are the
    package's own where none are given.

    Raises:
        NotOfAFunction, FunctionRefused: the folder cannot be laid out.
        MigrationFailed: the migrations cannot be applied.
        DatabaseUnreachable, NoScratchDatabase: there was no place to compare.
    """
    sources = read_sources(functions)
    texts = {text.name: text for text in function_texts(sources)}
    with _scratch(url, migrations) as conn:
        before = _read_functions(conn)
        changes = list(_changes(conn, before, _functions_of_folder(conn, before, sources), texts))
    return sorted(changes, key=lambda change: (change.kind != "gone", change.signature))


@contextmanager
def _scratch(url: str, migrations: Traversable | None) -> Iterator[Connection]:
    """A migrated database of its own, gone afterwards."""
    name = f"sahne_functions_{uuid4().hex[:8]}"
    with _connected(url) as server:
        try:
            server.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
        except pg.InsufficientPrivilege as error:
            raise NoScratchDatabase(
                details=str(error).strip(), hint="Compare on a PostgreSQL of your own, such as that of `sahne up`."
            ) from error
        try:
            migrate(with_database(url, name), folder=migrations)
            with _connected(with_database(url, name)) as conn:
                conn.execute("set search_path = ''")  # every name is told with its schema
                yield conn
        finally:
            server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    try:
        opened = psycopg.connect(
            url, autocommit=True, row_factory=dict_row, prepare_threshold=None, application_name="sahne db functions",
            connect_timeout=CONNECT_SECONDS_MAX,
        )  # fmt: skip
    except (pg.OperationalError, pg.ProgrammingError) as error:
        raise unreachable(url, error) from error
    with opened as conn:
        conn.execute("set client_min_messages = warning")
        yield conn


def _read_functions(conn: Connection) -> dict[str, Function]:
    rows = conn.execute(QUERIES["functions"]).fetchall()
    return {row["signature"]: Function(row["definition"], row["comment"], tuple(row["callers"])) for row in rows}


def _functions_of_folder(conn: Connection, before: dict[str, Function], sources: list[Source]) -> dict[str, Function]:
    """What the functions are when the folder alone makes them; afterwards nothing has changed."""
    with conn.transaction(force_rollback=True):
        if before:
            conn.execute(f"drop function {', '.join(before)} cascade".encode())
        for setting in (UNCHECKED, CHECKED):
            conn.execute(setting)
            for source in sources:
                for statement in source.statements:
                    _execute(conn, source, statement)
        return _read_functions(conn)


def _execute(conn: Connection, source: Source, statement: Statement) -> None:
    try:
        conn.execute(statement.text.encode())
    except psycopg.Error as error:
        into = error.diag.statement_position
        line = statement.line + (statement.text.count("\n", 0, int(into) - 1) if into else 0)
        raise FunctionRefused(
            f"{source.file}:{line}: {error.diag.message_primary or error}",
            details=error.diag.message_detail,
            hint=error.diag.message_hint or "What it needs of tables and types is a migration's; write that one first.",
        ) from error


def _changes(
    conn: Connection, before: dict[str, Function], after: dict[str, Function], texts: dict[str, FunctionText]
) -> Iterator[Change]:
    names = {_name(signature) for signature in after}
    for signature in before.keys() - after.keys():
        if _name(signature) not in names:
            yield Change(kind="gone", signature=signature, drops=(signature,), dependents=_dependents(conn, signature))
    for signature, function in after.items():
        text = texts[_name(signature)]
        if signature in before:
            yield from _difference(conn, signature, before[signature], function, text)
            continue
        drops = tuple(other for other in before if _name(other) == _name(signature))
        yield _replacement(conn, signature, function, text, drops)


def _difference(
    conn: Connection, signature: str, before: Function, after: Function, text: FunctionText
) -> Iterator[Change]:
    if before.definition != after.definition and not _can_replace(conn, text):
        yield _replacement(conn, signature, after, text, (signature,))
    elif before != after:
        yield Change(
            kind="changed" if before.definition != after.definition else "told anew",
            signature=signature,
            text=text if before.definition != after.definition else None,
            comment=(after.comment or "") if before.comment != after.comment else None,
            callers=after.callers if before.callers != after.callers else None,
        )


def _replacement(
    conn: Connection, signature: str, function: Function, text: FunctionText, drops: tuple[str, ...]
) -> Change:
    dependents = {each: None for dropped in drops for each in _dependents(conn, dropped)}
    return Change(
        kind="rebuilt" if drops else "new", signature=signature, drops=drops, dependents=tuple(dependents), text=text,
        comment=function.comment, callers=function.callers,
    )  # fmt: skip


def _can_replace(conn: Connection, text: FunctionText) -> bool:
    """PostgreSQL replaces no function whose result changed, or the names or defaults its callers may lean on."""
    with conn.transaction(force_rollback=True):
        try:
            conn.execute(UNCHECKED)
            conn.execute(text.statement.text.encode())
        except pg.InvalidFunctionDefinition:
            return False
    return True


def _dependents(conn: Connection, signature: str) -> tuple[str, ...]:
    rows = conn.execute(QUERIES["dependents"], {"signature": signature}).fetchall()
    return tuple(str(row["dependent"]) for row in rows)


def _name(signature: str) -> str:
    return signature.partition("(")[0]
