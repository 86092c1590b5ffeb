"""An id in the path or the body of an operation."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator


def _canonical(value: object) -> object:
    """The id as it was sent, when that is how this server writes it."""
    if isinstance(value, str) and str(UUID(value)) != value:
        raise ValueError("an id is written in small letters with its four dashes")
    return value


# One spelling: what is compared, signed or logged as text is then the same for everybody who names it
Id = Annotated[UUID, BeforeValidator(_canonical)]
