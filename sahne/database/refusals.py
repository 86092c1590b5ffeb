"""From PostgreSQL's refusal to the one tree of errors.

A verb in schema `private` refuses with SQLSTATE `SA` + HTTP status; the product's code travels in the
CONSTRAINT field, what was seen as JSON in DETAIL (see `functions/refusals.sql`). Checks,
unique keys and privileges speak PostgreSQL's own codes; their constraint's name is in the details, and the door that
answers puts its sentence there (see `rules.py`). The caller writes

    with refusals():
        row = await one(conn, QUERIES["send_gift"], values)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import orjson
import psycopg
from psycopg import errors as pg

from sahne.database.result import StatementFailed
from sahne.database.rules import RULE
from sahne.errors import Conflict, Forbidden, InvalidRequest, SahneError, Unavailable, Unprocessable

CLASS = "SA"


class Refused(SahneError):
    """A verb of the database said no; `code` and `status` are what it said."""

    def __init__(
        self,
        code: str,
        status: int,
        message: str | None = None,
        *,
        details: object = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, details=details, hint=hint)
        self.code = code  # type: ignore[misc]  # of this refusal, not of the class
        self.status = status  # type: ignore[misc]


@contextmanager
def refusals() -> Iterator[None]:
    """Whatever PostgreSQL refuses inside the block is raised as a `SahneError`.

    Raises:
        Refused: a verb said no, with its own code and status.
        Forbidden, InvalidRequest, Unprocessable, Conflict, Unavailable: PostgreSQL said no by its own rules.
    """
    try:
        yield
    except (psycopg.Error, StatementFailed) as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        try:
            raise refusal from error
        finally:
            del refusal  # it holds this frame: a ring for the garbage collector to find


def refusal_of(error: psycopg.Error | StatementFailed) -> SahneError | None:
    """The product's word for a database error; None when it is our own fault and should be a 500."""
    if isinstance(error, psycopg.DataError) and not error.sqlstate:  # refused on the way: a NUL
        return InvalidRequest("A text holds a character that cannot be stored.", hint="NUL characters cannot.")
    diagnostics = _diagnostics_of(error)
    if diagnostics.state.startswith(CLASS):
        return Refused(
            diagnostics.constraint or "refused",
            int(diagnostics.state[2:]),
            diagnostics.message,
            details=_json_or_text(diagnostics.detail),
            hint=diagnostics.hint,
        )
    match diagnostics.kind():
        case pg.InsufficientPrivilege():
            return Forbidden(diagnostics.message, hint=diagnostics.hint)
        case pg.CheckViolation() | pg.NotNullViolation() | pg.NumericValueOutOfRange():
            return Unprocessable(details=diagnostics.rule(), hint=diagnostics.hint)
        case pg.ForeignKeyViolation():
            return Unprocessable("It names something that does not exist.", details=diagnostics.rule())
        case pg.UniqueViolation() | pg.ExclusionViolation():
            return Conflict(details=diagnostics.rule())
        case pg.InvalidTextRepresentation() | pg.InvalidDatetimeFormat() | pg.DatetimeFieldOverflow():
            return InvalidRequest(diagnostics.message)
        case pg.InvalidTimeZoneDisplacementValue():
            return InvalidRequest(diagnostics.message)
        case pg.CharacterNotInRepertoire() | pg.UntranslatableCharacter():
            return InvalidRequest("A text holds a character that cannot be stored.", hint="NUL characters cannot.")
        case pg.DeadlockDetected() | pg.SerializationFailure() | pg.QueryCanceled() | pg.LockNotAvailable():
            return Unavailable(hint="Try again: nothing was changed.")
        case _:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Diagnostics:
    """What PostgreSQL said, whichever way it reached us."""

    state: str
    message: str | None
    detail: str | None
    hint: str | None
    constraint: str | None

    def rule(self) -> dict[str, str] | None:
        """The constraint or column that said no, as an error's details."""
        return {RULE: self.constraint} if self.constraint else None

    def kind(self) -> psycopg.Error | None:
        """An error of the class this state stands for."""
        try:
            return pg.lookup(self.state)()
        except KeyError:
            return None


def _diagnostics_of(error: psycopg.Error | StatementFailed) -> _Diagnostics:
    if isinstance(error, StatementFailed):
        return _Diagnostics(
            state=error.sqlstate,
            message=error.message,
            detail=str(error.details) if error.details else None,
            hint=error.hint or None,
            constraint=error.constraint,
        )
    diag = error.diag
    return _Diagnostics(
        state=error.sqlstate or "",  # a client's own errors (a refused connection) have none
        message=diag.message_primary,
        detail=diag.message_detail,
        hint=diag.message_hint or None,
        constraint=diag.constraint_name or diag.column_name,
    )


def _json_or_text(detail: str | None) -> object:
    if not detail:
        return None
    try:
        return orjson.loads(detail)
    except orjson.JSONDecodeError:
        return detail
