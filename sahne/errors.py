"""The one tree of errors. Each class has a code clients match on, an HTTP status, and a sentence people read.

The docstring of a concrete class *is* its message; `details` says what was seen, `hint` what to try.
Each door renders an error in its own dialect; the codes are shared.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar


class SahneError(Exception):
    """Something went wrong on our side."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(self, message: str | None = None, *, details: object = None, hint: str | None = None) -> None:
        self.message = message or inspect.getdoc(type(self)) or self.code
        self.details = details
        self.hint = hint
        super().__init__(self.message)

    def body(self) -> dict[str, Any]:
        """The JSON of our own operations: `{code, message, details, hint}`."""
        return {
            "code": self.code,
            "message": self.message,
            "details": self.details,
            "hint": self.hint,
        }


class InvalidRequest(SahneError):
    """The request could not be understood."""

    code = "invalid_request"
    status = 400


class Unauthenticated(SahneError):
    """A valid bearer token is needed."""

    code = "unauthenticated"
    status = 401


class InvalidToken(Unauthenticated):
    """The bearer token is not valid."""

    code = "invalid_token"


class InvalidClaim(InvalidToken):
    """A claim of the bearer token is not valid."""


class ExpiredToken(InvalidToken):
    """The bearer token has expired."""

    code = "expired_token"


class Forbidden(SahneError):
    """Not allowed."""

    code = "forbidden"
    status = 403


class NotFound(SahneError):
    """There is no such thing here."""

    code = "not_found"
    status = 404


class Conflict(SahneError):
    """The present state does not allow it."""

    code = "conflict"
    status = 409


class PayloadTooLarge(SahneError):
    """The request body is too large."""

    code = "payload_too_large"
    status = 413


class Unprocessable(SahneError):
    """The request is well formed but its values cannot be used."""

    code = "unprocessable"
    status = 422


class TooManyRequests(SahneError):
    """Too many requests."""

    code = "too_many_requests"
    status = 429


class Unavailable(SahneError):
    """A part Sahne depends on does not answer; try again shortly."""

    code = "unavailable"
    status = 503


class SetupError(SahneError):
    """Sahne cannot start like this."""

    code = "setup"


class AdministratorNeeded(SetupError):
    """An administrator must run some SQL first."""

    code = "administrator_needed"

    def __init__(self, *, details: object, hint: str, sql: str) -> None:
        super().__init__(details=details, hint=hint)
        self.sql = sql

    def body(self) -> dict[str, Any]:
        """With the administrator's SQL in a field of its own."""
        return super().body() | {"sql": self.sql}


class ExtraMissing(SetupError):
    """A part of Sahne that is wanted here is not installed."""

    code = "extra_missing"

    @classmethod
    def of(cls, extra: str, *, what: str, otherwise: str) -> ExtraMissing:
        """What is missing, the package's extra that brings it, and how to do without."""
        return cls(f"{what} is not installed.", hint=f"Install it: pip install 'sahne[{extra}]'. {otherwise}")


class PortTaken(SetupError):
    """The port is taken by another program."""

    code = "port_taken"


class AddressNotHere(SetupError):
    """This machine has no such address to listen on."""

    code = "address_not_here"


class SettingInvalid(SetupError):
    """A setting cannot be used."""

    code = "setting_invalid"
