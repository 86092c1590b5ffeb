"""Bodies and query strings that operations of webhooks are asked with."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, StrictInt

from sahne.gateway.functions.bodies import REASON_CHARACTERS_MAX, URL_CHARACTERS_MAX, StrictBody
from sahne.gateway.functions.query_strings import ENTRY_MAX, PAGE_ROWS_MAX, StrictQuery

CODES_MAX = 100
OVERLAP_HOURS_MAX = 7 * 24
CODE = re.compile(r"[a-z][a-z_]{2,49}")


def _code(text: str) -> str:
    if not CODE.fullmatch(text):
        raise ValueError("must be the code of an event, such as session_live")
    return text


Code = Annotated[str, AfterValidator(_code), Field(json_schema_extra={"pattern": f"^{CODE.pattern}$"})]
Codes = Annotated[list[Code], Field(max_length=CODES_MAX, default_factory=list)]
Url = Annotated[str, Field(min_length=1, max_length=URL_CHARACTERS_MAX)]
Description = Annotated[str, Field(max_length=REASON_CHARACTERS_MAX)]


def _as_in(**example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class NewWebhook(StrictBody):
    """Where messages go, and of which events; without `codes` of all."""

    model_config = _as_in(url="https://crm.example/hooks", codes=["session_live", "subscribed"], description="CRM")

    url: Url
    codes: Codes
    description: Description = ""


class WebhookEdit(StrictBody):
    """What changes; a field left out stays."""

    model_config = _as_in(codes=["session_live"], is_active=True)

    url: Url = ""
    codes: Codes
    description: Description = ""
    is_active: StrictBool = True


class SecretRotation(StrictBody):
    """For how many hours messages are signed with the secrets of before, too."""

    model_config = _as_in(overlap_hours=24)

    overlap_hours: Annotated[StrictInt, Field(ge=0, le=OVERLAP_HOURS_MAX)] = 24


class WebhookMessagesPage(StrictQuery):
    """Which messages: how they stand, and those before one by its number; the newest when left out."""

    status: Literal["pending", "sent", "failed"] | None = None
    before: Annotated[int | None, Field(ge=0, le=ENTRY_MAX)] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_ROWS_MAX)] = 50
