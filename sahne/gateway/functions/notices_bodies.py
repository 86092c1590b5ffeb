"""What operations about notices are asked with: bodies, and the query string of a page."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StrictBool, model_validator

from sahne.gateway.functions.bodies import AN_ID, TIME_ZONE_CHARACTERS_MAX, StrictBody
from sahne.gateway.functions.ids import Id
from sahne.gateway.functions.query_strings import StrictQuery
from sahne.gateway.functions.values import ClockTime, HttpsAddress, Locale, Moment, Place, PushToken
from sahne.notices.own import NOTICES_ROWS_MAX
from sahne.providers.push import Platform

NOTICES_OF_A_READING_MAX = 200
MUTED_CREATORS_MAX = 500
APP_CHARACTERS_MAX = 200
KEY_CHARACTERS_MAX = 200


def as_in(**example: Any) -> ConfigDict:
    """As the documents show it."""
    return ConfigDict(json_schema_extra={"examples": [example]})


class NoticesPage(StrictQuery):
    """Which notices: those after a place, the `next` of the page before; the newest when left out."""

    after: Place | None = None
    limit: Annotated[int, Field(ge=1, le=NOTICES_ROWS_MAX)] = 30


class Reading(StrictBody):
    """What was read: notices by id, or all that came until a moment."""

    model_config = as_in(until="2131-05-10T20:30:00Z")

    ids: Annotated[list[Id], Field(default_factory=list, max_length=NOTICES_OF_A_READING_MAX)]
    until: Moment | None = None


class Ways(StrictBody):
    """Where one hears of a category; a way left out stays as it is."""

    model_config = as_in(push=False)

    app: StrictBool | None = None
    push: StrictBool | None = None
    mail: StrictBool | None = None


class CategoriesEdit(StrictBody):
    """Categories one hears of otherwise; one left out stays as it is."""

    model_config = as_in(gifts={"push": False})

    calls: Ways | None = None
    gifts: Ways | None = None
    followers: Ways | None = None
    subscriptions: Ways | None = None
    live: Ways | None = None
    reminders: Ways | None = None
    pictures: Ways | None = None
    moderation: Ways | None = None
    security: Ways | None = None


class QuietHours(StrictBody):
    """From when until when devices are left alone, by the clock of which time zone."""

    model_config = as_in(starts="22:00", ends="07:30", time_zone="Europe/Istanbul")

    starts: ClockTime
    ends: ClockTime
    time_zone: Annotated[str, Field(min_length=1, max_length=TIME_ZONE_CHARACTERS_MAX)]


class PreferencesEdit(StrictBody):
    """What one wants otherwise; what is left out stays. Null `quiet_hours` are none; all muted creators are sent."""

    model_config = as_in(categories={"live": {"push": False}}, muted_creators=[AN_ID])

    categories: CategoriesEdit = CategoriesEdit()
    quiet_hours: QuietHours | None = None
    muted_creators: Annotated[list[Id], Field(default_factory=list, max_length=MUTED_CREATORS_MAX)]


class PushKeys(StrictBody):
    """What a browser encrypts with."""

    p256dh: Annotated[str, Field(min_length=1, max_length=KEY_CHARACTERS_MAX)]
    auth: Annotated[str, Field(min_length=1, max_length=KEY_CHARACTERS_MAX)]


class BrowserSubscription(StrictBody):
    """What a browser's `PushSubscription` says."""

    endpoint: HttpsAddress
    keys: PushKeys


class DeviceBody(StrictBody):
    """An app on a device: by the token of its push service, or by what a browser subscribed to."""

    model_config = as_in(platform="fcm", app="com.example.app", token="c2FobmU6QVBBOTFi", locale="tr")  # noqa: S106 an example

    platform: Platform
    app: Annotated[str, Field(min_length=1, max_length=APP_CHARACTERS_MAX)]
    locale: Locale
    token: PushToken | None = None
    subscription: BrowserSubscription | None = None

    @model_validator(mode="after")
    def _of_its_platform(self) -> DeviceBody:
        if self.platform == "web" and (self.subscription is None or self.token is not None):
            raise ValueError("a browser sends its subscription, and no token")
        if self.platform != "web" and (self.token is None or self.subscription is not None):
            raise ValueError("an app sends its token, and no subscription")
        return self
