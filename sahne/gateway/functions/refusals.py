"""What PostgreSQL refuses, said in the words of our operations."""

from __future__ import annotations

from psycopg import Error, errors

from sahne.errors import Conflict, Forbidden, InvalidRequest, SahneError, Unavailable, Unprocessable


def refusal_of(error: Error) -> SahneError | None:
    """The refusal a database error stands for, or None when the fault is ours.

    A message raised by our own functions and triggers is meant for people and is kept; PostgreSQL's own
    text about constraints stays inside.
    """
    hint = error.diag.message_hint
    match error:
        case errors.InsufficientPrivilege():
            return Forbidden(error.diag.message_primary, hint=hint)
        case errors.UniqueViolation() | errors.ExclusionViolation():
            return Conflict(hint=hint)
        case errors.ForeignKeyViolation():
            return Unprocessable("Something this refers to does not exist.", hint=hint)
        case errors.CheckViolation() | errors.NotNullViolation():
            return Unprocessable("A value is outside what is allowed.", details=error.diag.column_name, hint=hint)
        case errors.DataError():
            return InvalidRequest("A value has the wrong form.", hint=hint)
        case (
            errors.QueryCanceled()
            | errors.LockNotAvailable()
            | errors.SerializationFailure()
            | errors.DeadlockDetected()
        ):
            return Unavailable("The database took too long.", hint="Try again shortly.")
        case errors.OperationalError():
            return Unavailable(hint="The database does not answer.")
        case _:
            return None
