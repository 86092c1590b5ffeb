"""What operations of one's own account, and of the accounts that admins see, are asked with."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StrictBool

from sahne.gateway.functions.bodies import NOTE_CHARACTERS_MAX, REASON_CHARACTERS_MAX, StrictBody
from sahne.gateway.functions.query_strings import ENTRY_MAX, PAGE_ROWS_MAX, WORDS_CHARACTERS_MAX, StrictQuery
from sahne.gateway.functions.values import (
    TEXT_VERSION_CHARACTERS_MAX,
    ConsentKind,
    Locale,
    Moment,
    Place,
    Username,
)

DISPLAY_NAME_CHARACTERS_MAX = 80
AVATAR_CHARACTERS_MAX = 2_048


def as_in(**example: Any) -> ConfigDict:
    """As the documents show it."""
    return ConfigDict(json_schema_extra={"examples": [example]})


class NewShadow(StrictBody):
    """How a shadow looks."""

    model_config = as_in(username="gece.kusu", display_name="Gece")

    username: Username | None = None
    display_name: Annotated[str | None, Field(min_length=1, max_length=DISPLAY_NAME_CHARACTERS_MAX)] = None
    avatar_url: Annotated[str | None, Field(min_length=1, max_length=AVATAR_CHARACTERS_MAX)] = None
    gender: Literal["male", "female"] | None = None


class ProfileEdit(NewShadow):
    """What changes of a profile; a field left out stays as it is, null takes it away."""

    model_config = as_in(display_name="Gündüz")


class CreatorWish(StrictBody):
    """Why one wants to be a creator, for whoever decides."""

    model_config = as_in(message="I sing on Fridays.")

    message: Annotated[str | None, Field(min_length=1, max_length=NOTE_CHARACTERS_MAX)] = None


class CreatorRequestDecided(StrictBody):
    """What came of it; the reason is told to the person."""

    model_config = as_in(status="approved")

    status: Literal["approved", "refused"]
    reason: Annotated[str | None, Field(min_length=1, max_length=REASON_CHARACTERS_MAX)] = None


class CreatorRequestsPage(StrictQuery):
    """Which requests: how they stand, and those after one by its number; the oldest when left out."""

    status: Literal["open", "approved", "refused"] = "open"
    after: Annotated[int | None, Field(ge=0, le=ENTRY_MAX)] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_ROWS_MAX)] = 50


class AccountConflictsPage(StrictQuery):
    """Which of them: whether they are settled, and those after one by its number; the oldest when left out."""

    status: Literal["open", "settled"] = "open"
    after: Annotated[int | None, Field(ge=0, le=ENTRY_MAX)] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_ROWS_MAX)] = 50


class AccountConflictSettled(StrictBody):
    """What was decided, for whoever looks later."""

    model_config = as_in(note="Both are hers; she keeps the older one.")

    note: Annotated[str, Field(min_length=1, max_length=NOTE_CHARACTERS_MAX)]


class ConsentSaid(StrictBody):
    """To which text, in which language it was read, and whether one agrees."""

    model_config = as_in(kind="terms", version="2026-01", locale="tr", is_given=True)

    kind: ConsentKind
    version: Annotated[str, Field(min_length=1, max_length=TEXT_VERSION_CHARACTERS_MAX)]
    locale: Locale
    is_given: StrictBool


class UsersPage(StrictQuery):
    """Which people: how their address or name begins or which id it is, how they stand, and those after a place."""

    q: Annotated[str | None, Field(min_length=1, max_length=WORDS_CHARACTERS_MAX)] = None
    standing: Literal["named", "anonymous", "suspended", "leaving"] | None = None
    after: Place | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_ROWS_MAX)] = 50


class Suspension(StrictBody):
    """Why, which the person is told, and until when; without an end when left out."""

    model_config = as_in(reason="Sold what is not theirs.", ends_at="2031-05-01T00:00:00Z")

    reason: Annotated[str, Field(min_length=1, max_length=REASON_CHARACTERS_MAX)]
    ends_at: Moment | None = None


class PremiumGrant(StrictBody):
    """Whether, and until when; without an end when left out."""

    model_config = as_in(is_premium=True, until="2031-05-01T00:00:00Z")

    is_premium: StrictBool
    until: Moment | None = None
