"""A body of an operation, and those of the stage. What is not named here is refused, never dropped in silence."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StrictInt

from sahne.gateway.functions.ids import Id

TITLE_CHARACTERS_MAX = 200
DESCRIPTION_CHARACTERS_MAX = 5_000
URL_CHARACTERS_MAX = 2_000
REASON_CHARACTERS_MAX = 500
COINS_MAX = 2**31 - 1
QUANTITY_MAX = 1_000

SessionType = Literal["video_live", "audio_room"]
AccessType = Literal["public", "subscribers_only", "pay_per_view"]

# What a buyer was shown, in coins; None where nothing was
ExpectedPrice = Annotated[StrictInt | None, Field(ge=0, le=COINS_MAX)]

# What an operation answers
JsonObject = dict[str, Any]


class StrictBody(BaseModel):
    """A JSON object of known fields."""

    model_config = ConfigDict(extra="forbid")


class SessionEdit(StrictBody):
    """What a host may change; a field left out stays as it is."""

    title: Annotated[str | None, Field(max_length=TITLE_CHARACTERS_MAX)] = None
    description: Annotated[str | None, Field(max_length=DESCRIPTION_CHARACTERS_MAX)] = None
    thumbnail_url: Annotated[str | None, Field(max_length=URL_CHARACTERS_MAX)] = None
    access_type: AccessType = "public"
    ppv_coin_price: Annotated[StrictInt, Field(ge=0, le=COINS_MAX)] = 0
    scheduled_at: AwareDatetime | None = None
    chat_enabled: StrictBool = True
    gifts_enabled: StrictBool = True
    recording_enabled: StrictBool = False


class NewSession(SessionEdit):
    """A session to be: `session_type` is needed and stays."""

    session_type: SessionType


class Join(StrictBody):
    """Under which profile; the real one when left out."""

    profile_id: Id | None = None


class TicketOrder(StrictBody):
    """The price the buyer was shown; any price when left out."""

    expected_price: ExpectedPrice = None


class Gift(StrictBody):
    """Which gift, how often, to whom (a profile on stage; the host when left out), at which price of one as shown."""

    gift_id: Id
    quantity: Annotated[StrictInt, Field(ge=1, le=QUANTITY_MAX)] = 1
    receiver_id: Id | None = None
    expected_price: ExpectedPrice = None


class Ban(StrictBody):
    """Whom, why, until when (for ever when left out)."""

    profile_id: Id
    reason: Annotated[str | None, Field(max_length=REASON_CHARACTERS_MAX)] = None
    expires_at: AwareDatetime | None = None


class Role(StrictBody):
    """A role that needs no consent."""

    role: Literal["moderator", "viewer", "listener", "speaker"]


class Invitation(StrictBody):
    """Whom to what place."""

    profile_id: Id
    role: Literal["co_host", "invited_guest", "moderator", "speaker"]


class GuestRequest(StrictBody):
    """With a word to the host."""

    message: Annotated[str | None, Field(max_length=REASON_CHARACTERS_MAX)] = None


class MessageEdit(StrictBody):
    """Above the others, or no longer."""

    is_pinned: StrictBool


class Chat(StrictBody):
    """The chat's switch."""

    chat_enabled: StrictBool


class NewCall(StrictBody):
    """Whom, and with a picture or not."""

    callee_id: Id
    call_type: Literal["audio_call", "video_call"]
