"""What operations are asked with: bodies, of which nothing unnamed is dropped in silence, and query strings."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StrictInt

from sahne.coins.wallets import BEGINNING, STATEMENT_ROWS_MAX
from sahne.gateway.functions.ids import Id
from sahne.providers.images.generator import IMAGE_SIZES, SEED_MAX

TITLE_CHARACTERS_MAX = 200
DESCRIPTION_CHARACTERS_MAX = 5_000
URL_CHARACTERS_MAX = 2_000
REASON_CHARACTERS_MAX = 500
COINS_MAX = 2**31 - 1
COIN_PER_MINUTE_MAX = 1_000_000
TIME_ZONE_CHARACTERS_MAX = 64
QUANTITY_MAX = 1_000
TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
COUNT_MAX = 16  # the database's own bound; the product's setting is tighter
PHOTO_PATH_CHARACTERS_MAX = 1024
ENTRY_MAX = 2**63 - 1

SessionType = Literal["video_live", "audio_room"]
AccessType = Literal["public", "subscribers_only", "pay_per_view"]

# In JSON a moment is text alone: of a number nobody says whether it counts seconds or milliseconds
Moment = Annotated[AwareDatetime, Field(strict=True)]

# What a buyer was shown, in coins; None where nothing was
ExpectedPrice = Annotated[StrictInt | None, Field(ge=0, le=COINS_MAX)]

CoinPerMinute = Annotated[StrictInt | None, Field(ge=0, le=COIN_PER_MINUTE_MAX)]


def _time_of_day(text: str) -> str:
    if not TIME_OF_DAY.fullmatch(text):
        raise ValueError("must be a time of the day, such as 22:30")
    return text


TimeOfDay = (
    Annotated[str, AfterValidator(_time_of_day), Field(json_schema_extra={"pattern": f"^{TIME_OF_DAY.pattern}$"})]
    | None
)


# In the documents; a test sends each of them, with ids of things that are there
AN_ID = "3f0c9d1e-5b7a-4c26-9a53-1f9a3f6f0a11"


def _as_in(**example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class StrictQuery(BaseModel):
    """The known fields of a query string."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class StrictBody(BaseModel):
    """A JSON object of known fields."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class SessionEdit(StrictBody):
    """What a host may change; a field left out stays as it is."""

    model_config = _as_in(title="Kitchen songs, part two")

    title: Annotated[str | None, Field(max_length=TITLE_CHARACTERS_MAX)] = None
    description: Annotated[str | None, Field(max_length=DESCRIPTION_CHARACTERS_MAX)] = None
    thumbnail_url: Annotated[str | None, Field(max_length=URL_CHARACTERS_MAX)] = None
    access_type: AccessType = "public"
    ppv_coin_price: Annotated[StrictInt, Field(ge=0, le=COINS_MAX)] = 0
    scheduled_at: Moment | None = None
    chat_enabled: StrictBool = True
    gifts_enabled: StrictBool = True
    recording_enabled: StrictBool = False


class NewSession(SessionEdit):
    """A session to be: `session_type` is needed and stays."""

    model_config = _as_in(
        session_type="video_live", title="Kitchen songs", access_type="pay_per_view", ppv_coin_price=50
    )

    session_type: SessionType


class Join(StrictBody):
    """Under which profile; the real one when left out."""

    model_config = _as_in(profile_id=AN_ID)

    profile_id: Id | None = None


class TicketOrder(StrictBody):
    """The price the buyer was shown; any price when left out."""

    model_config = _as_in(expected_price=50)

    expected_price: ExpectedPrice = None


class Gift(StrictBody):
    """Which gift, how often, to whom (a profile on stage; the host when left out), at which price of one as shown."""

    model_config = _as_in(gift_id=AN_ID, quantity=3)

    gift_id: Id
    quantity: Annotated[StrictInt, Field(ge=1, le=QUANTITY_MAX)] = 1
    receiver_id: Id | None = None
    expected_price: ExpectedPrice = None


class Ban(StrictBody):
    """Whom, why, until when (for ever when left out)."""

    model_config = _as_in(profile_id=AN_ID, reason="spam", expires_at="2031-05-01T18:00:00Z")

    profile_id: Id
    reason: Annotated[str | None, Field(max_length=REASON_CHARACTERS_MAX)] = None
    expires_at: Moment | None = None


class Role(StrictBody):
    """A role that needs no consent."""

    model_config = _as_in(role="moderator")

    role: Literal["moderator", "viewer", "listener", "speaker"]


class Invitation(StrictBody):
    """Whom to what place."""

    model_config = _as_in(profile_id=AN_ID, role="co_host")

    profile_id: Id
    role: Literal["co_host", "invited_guest", "moderator", "speaker"]


class GuestWish(StrictBody):
    """With a word to the host."""

    model_config = _as_in(message="May I sing along?")

    message: Annotated[str | None, Field(max_length=REASON_CHARACTERS_MAX)] = None


class MessageEdit(StrictBody):
    """Above the others, or no longer."""

    model_config = _as_in(is_pinned=True)

    is_pinned: StrictBool


class Chat(StrictBody):
    """The chat's switch."""

    model_config = _as_in(chat_enabled=False)

    chat_enabled: StrictBool


class NewCall(StrictBody):
    """Whom, with a picture or not, and at which price of a minute as shown."""

    model_config = _as_in(callee_id=AN_ID, call_type="video_call")

    callee_id: Id
    call_type: Literal["audio_call", "video_call"]
    expected_price: ExpectedPrice = None


class CallPriceEdit(StrictBody):
    """Coins a minute (0 is free, null is off) and when not to call; a field left out stays as it is."""

    model_config = _as_in(
        audio_coin_per_minute=20, video_coin_per_minute=50, is_available=True,
        quiet_from="22:00", quiet_until="08:30", time_zone="Europe/Istanbul",
    )  # fmt: skip

    audio_coin_per_minute: CoinPerMinute = 0
    video_coin_per_minute: CoinPerMinute = 0
    is_available: StrictBool = True
    quiet_from: TimeOfDay = None
    quiet_until: TimeOfDay = None
    time_zone: Annotated[str, Field(min_length=1, max_length=TIME_ZONE_CHARACTERS_MAX)] = "UTC"


class GenerationWish(StrictBody):
    """What somebody wants made."""

    model_config = _as_in(scene_id=AN_ID, seed=7, count=2)

    scene_id: Id
    photo_path: Annotated[str | None, Field(min_length=1, max_length=PHOTO_PATH_CHARACTERS_MAX)] = None
    seed: Annotated[StrictInt | None, Field(ge=0, le=SEED_MAX)] = None
    image_size: Literal[*IMAGE_SIZES] | None = None  # type: ignore[valid-type]
    count: Annotated[StrictInt, Field(ge=1, le=COUNT_MAX)] = 1


class Regeneration(StrictBody):
    """The same picture again, or another take of it."""

    model_config = _as_in(seed="new")

    seed: Literal["same", "new"] = "new"


class Page(StrictQuery):
    """Which entries of a statement: those before one, the newest when left out."""

    before: Annotated[int | None, Field(ge=0, le=ENTRY_MAX)] = None
    limit: Annotated[int, Field(ge=1, le=STATEMENT_ROWS_MAX)] = 50


class Since(StrictQuery):
    """From which moment on; ever when left out."""

    since: AwareDatetime = BEGINNING
