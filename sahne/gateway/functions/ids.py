"""An id in the path or the body of an operation: a UUID as this server writes it."""

from __future__ import annotations

import re
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator

ONE_SPELLING = "an id is written in small letters with its four dashes"
_AN_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_id(text: str) -> bool:
    """Whether a text is an id in its one spelling."""
    return _AN_ID.fullmatch(text) is not None


def _canonical(value: object) -> object:
    """The id as it was sent, when that is how this server writes it."""
    if isinstance(value, str) and not is_id(value):
        raise ValueError(ONE_SPELLING)
    return value


# One spelling: what is compared, signed or logged as text is then the same for everybody who names it
Id = Annotated[UUID, BeforeValidator(_canonical)]
