"""Bodies that operations are asked with, of which nothing unnamed is dropped in silence."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

from sahne.analytics.events import EVENTS_OF_A_REQUEST_MAX
from sahne.gateway.functions.ids import Id
from sahne.gateway.functions.values import (
    COINS_MAX,
    TEXT_VERSION_CHARACTERS_MAX,
    Benefits,
    Category,
    CoinPerMinute,
    ExpectedPrice,
    Language,
    Locale,
    Moment,
    OrderIndex,
    Tag,
    TierName,
    TierPrice,
    TimeOfDay,
    Word,
)
from sahne.providers.images.generator import IMAGE_SIZES, SEED_MAX

TITLE_CHARACTERS_MAX = 200
DESCRIPTION_CHARACTERS_MAX = 5_000
URL_CHARACTERS_MAX = 2_000
SERVER_CHARACTERS_MAX = 32
REASON_CHARACTERS_MAX = 500
NOTE_CHARACTERS_MAX = 1_000
LINE_CHARACTERS_MAX = 500
CREATOR_WORDS_MAX = 200
HOUSE_WORDS_MAX = 500
SLOW_MODE_SECONDS_MAX = 3_600
TIMEOUT_SECONDS_MAX = 14 * 24 * 3_600
VIEWERS_MAX = 1_000_000
TIME_ZONE_CHARACTERS_MAX = 64
QUANTITY_MAX = 1_000
TAGS_MAX = 5
GIFT_NAME_CHARACTERS_MAX = 80
GOAL_CHARACTERS_MAX = 80
PRODUCT_ID_CHARACTERS_MAX = 200
PACK_COINS_MAX = 1_000_000_000
GOAL_COINS_MAX = 1_000_000_000_000
COUNT_MAX = 16  # the database's own bound; the product's setting is tighter
PHOTO_PATH_CHARACTERS_MAX = 1024

SessionType = Literal["video_live", "audio_room"]
AccessType = Literal["public", "subscribers_only", "pay_per_view"]

# In the documents; a test sends each of them, with ids of things that are there
AN_ID = "3f0c9d1e-5b7a-4c26-9a53-1f9a3f6f0a11"


def _as_in(**example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


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
    min_tier_id: Id | None = None
    scheduled_at: Moment | None = None
    chat_enabled: StrictBool = True
    gifts_enabled: StrictBool = True
    recording_enabled: StrictBool = False
    category: Category | None = None
    tags: Annotated[list[Tag], Field(max_length=TAGS_MAX)] = []
    language: Language | None = None
    max_viewers: Annotated[StrictInt | None, Field(ge=1, le=VIEWERS_MAX)] = None


class NewSession(SessionEdit):
    """A session to be: `session_type` is needed and stays."""

    model_config = _as_in(
        session_type="video_live", title="Kitchen songs", access_type="pay_per_view", ppv_coin_price=50
    )

    session_type: SessionType


class Repetition(StrictBody):
    """How often, by the clock of which time zone."""

    model_config = _as_in(every="weekly", time_zone="Europe/Istanbul")

    every: Literal["daily", "weekly"]
    time_zone: Annotated[str, Field(min_length=1, max_length=TIME_ZONE_CHARACTERS_MAX)]


class Start(StrictBody):
    """On which of the live servers; the default one when left out, and the one it is on when it is live already."""

    model_config = _as_in(server="main")

    server: Annotated[str | None, Field(max_length=SERVER_CHARACTERS_MAX)] = None


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


class Goal(StrictBody):
    """What for, and how many coins it takes."""

    model_config = _as_in(title="An encore", target_coins=5_000)

    title: Annotated[str, Field(min_length=1, max_length=GOAL_CHARACTERS_MAX)]
    target_coins: Annotated[StrictInt, Field(ge=1, le=GOAL_COINS_MAX)]


class GiftEdit(StrictBody):
    """What changes of a gift; a field left out stays. Pictures are paths to where admins upload them."""

    model_config = _as_in(coin_price=120, available_until="2031-01-07T00:00:00Z")

    name: Annotated[str, Field(min_length=1, max_length=GIFT_NAME_CHARACTERS_MAX)] = ""
    coin_price: Annotated[StrictInt, Field(ge=1, le=COINS_MAX)] = 1
    icon_url: Annotated[str | None, Field(max_length=URL_CHARACTERS_MAX)] = None
    animation_url: Annotated[str | None, Field(max_length=URL_CHARACTERS_MAX)] = None
    order_index: Annotated[StrictInt, Field(ge=-COINS_MAX, le=COINS_MAX)] = 0
    is_active: StrictBool = True
    available_from: Moment | None = None
    available_until: Moment | None = None


class NewGift(GiftEdit):
    """A gift to be: `name` and `coin_price` are needed."""

    model_config = _as_in(name="Kite", coin_price=40, icon_url="/storage/v1/object/public/thumbnails/gifts/kite.svg")

    name: Annotated[str, Field(min_length=1, max_length=GIFT_NAME_CHARACTERS_MAX)]
    coin_price: Annotated[StrictInt, Field(ge=1, le=COINS_MAX)]


class NewProduct(StrictBody):
    """What a product of the app stores is: how many `coins`, or none for premium."""

    model_config = _as_in(product_id="coins_500", kind="coins", coins=500)

    product_id: Annotated[str, Field(min_length=1, max_length=PRODUCT_ID_CHARACTERS_MAX)]
    kind: Literal["premium", "coins"]
    coins: Annotated[StrictInt | None, Field(ge=1, le=PACK_COINS_MAX)] = None
    is_active: StrictBool = True
    order_index: Annotated[StrictInt, Field(ge=-COINS_MAX, le=COINS_MAX)] = 0


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
    """A chat's rules; one left out stays as it is. The words are of all of the host's sessions."""

    model_config = _as_in(
        chat_enabled=False, slow_mode_seconds=5, audience="followers", links=False, blocked_words=["spoiler", "*spam*"]
    )

    chat_enabled: StrictBool = True
    slow_mode_seconds: Annotated[StrictInt, Field(ge=0, le=SLOW_MODE_SECONDS_MAX)] = 0
    audience: Literal["everybody", "followers", "subscribers"] = "everybody"
    links: StrictBool = True
    blocked_words: Annotated[list[Word], Field(max_length=CREATOR_WORDS_MAX)] = []


class HouseWords(StrictBody):
    """Words that no chat takes: each as a whole, within others too where it stands between stars."""

    model_config = _as_in(blocked_words=["spoiler", "*spam*"])

    blocked_words: Annotated[list[Word], Field(max_length=HOUSE_WORDS_MAX)]


class Timeout(StrictBody):
    """For how long, and why."""

    model_config = _as_in(seconds=600, reason="spam")

    seconds: Annotated[StrictInt, Field(ge=1, le=TIMEOUT_SECONDS_MAX)]
    reason: Annotated[str | None, Field(max_length=REASON_CHARACTERS_MAX)] = None


class PinnedLine(StrictBody):
    """What everybody reads above the chat."""

    model_config = _as_in(content="Questions at nine!")

    content: Annotated[str, Field(min_length=1, max_length=LINE_CHARACTERS_MAX)]


class Report(StrictBody):
    """What is wrong, with a word to whoever looks at it."""

    model_config = _as_in(reason="spam", note="The same link in every session.")

    reason: Literal["spam", "harassment", "hate", "sexual", "violence", "minor", "impersonation", "fraud", "other"]
    note: Annotated[str | None, Field(max_length=NOTE_CHARACTERS_MAX)] = None


class ReportAnswered(StrictBody):
    """How a report stands now, and for its reporter what came of it."""

    model_config = _as_in(status="resolved", outcome="The account is suspended for a week.")

    status: Literal["reviewing", "resolved", "dismissed"]
    outcome: Annotated[str | None, Field(max_length=NOTE_CHARACTERS_MAX)] = None


class NewConsent(StrictBody):
    """To which text one consents, and the language it was read in."""

    model_config = _as_in(text_version="2026-11", locale="tr")

    text_version: Annotated[str, Field(min_length=1, max_length=TEXT_VERSION_CHARACTERS_MAX)]
    locale: Locale


class Appeal(StrictBody):
    """A word to whoever looks at it again."""

    model_config = _as_in(message="It is me at the beach, with my children.")

    message: Annotated[str | None, Field(max_length=NOTE_CHARACTERS_MAX)] = None


class AppealDecided(StrictBody):
    """Whether it stays refused, and for whoever objected why."""

    model_config = _as_in(status="overturned", outcome="Nothing is wrong with it.")

    status: Literal["upheld", "overturned"]
    outcome: Annotated[str | None, Field(max_length=NOTE_CHARACTERS_MAX)] = None


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


class TierEdit(StrictBody):
    """What changes in a tier; `is_active` false retires it. A field left out stays as it is."""

    model_config = _as_in(coin_price=350, benefits=["Rehearsals", "Your wishes first"], is_active=True)

    name: TierName = ""
    coin_price: TierPrice = 1
    benefits: Benefits = []
    order_index: OrderIndex = 0
    is_active: StrictBool = True


class NewTier(StrictBody):
    """A tier to be: coins for a month, and up to ten lines of what one gets."""

    model_config = _as_in(name="Backstage", coin_price=300, benefits=["Rehearsals for subscribers"], order_index=1)

    name: TierName
    coin_price: TierPrice
    benefits: Benefits = []
    order_index: OrderIndex = 0


class SubscriptionOrder(StrictBody):
    """Which tier, and the price that was shown; any price when left out."""

    model_config = _as_in(tier_id=AN_ID)

    tier_id: Id
    expected_price: ExpectedPrice = None


class SubscriptionEdit(StrictBody):
    """Another tier, or a status: active, paused, cancelled. And the price that was shown of what is paid now."""

    model_config = _as_in(status="paused")

    tier_id: Id | None = None
    status: Literal["active", "paused", "cancelled"] | None = None
    expected_price: ExpectedPrice = None

    @model_validator(mode="after")
    def _one_of_them(self) -> SubscriptionEdit:
        if (self.tier_id is None) == (self.status is None):
            raise ValueError("send either a tier_id or a status")
        return self


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


class EventBatch(StrictBody):
    """What happened: `{id, event_name, created_at}` each, and `event_properties`, `platform` (ios, android, web),
    `app_version`, `device_info`, `session_id` where they are known."""

    model_config = _as_in(
        events=[
            {
                "id": AN_ID,
                "event_name": "scene_viewed",
                "created_at": "2031-05-01T18:00:00Z",
                "event_properties": {"scene": "aurora"},
                "platform": "ios",
            }
        ]
    )

    events: Annotated[list[Any], Field(max_length=EVENTS_OF_A_REQUEST_MAX)]


class Reporting(StrictBody):
    """Whether one is counted."""

    model_config = _as_in(is_reporting=False)

    is_reporting: StrictBool
