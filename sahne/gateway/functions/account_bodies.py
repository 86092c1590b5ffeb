"""What operations of one's own account, and of the accounts that admins see, are asked with."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sahne.gateway.functions.bodies import StrictBody
from sahne.gateway.functions.values import Username

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
