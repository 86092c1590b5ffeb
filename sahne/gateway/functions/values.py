"""Values that operations are asked with, each kind said once: what it may be, and what is wrong with it, in words."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StrictInt

from sahne.analytics.events import NAME_CHARACTERS_MAX
from sahne.analytics.reports import STEPS_MAX, STEPS_MIN

COINS_MAX = 2**31 - 1
COIN_PER_MINUTE_MAX = 1_000_000
TIER_NAME_CHARACTERS_MAX = 80
TIER_PRICE_MAX = 1_000_000
BENEFITS_MAX = 10
BENEFIT_CHARACTERS_MAX = 120
ORDER_INDEX_MAX = 1_000_000
TAG_CHARACTERS_MIN = 2
TAG_CHARACTERS_MAX = 24
CATEGORY_CHARACTERS_MAX = 40
PLACE = re.compile(r"-?[0-9]+(\.[0-9]+)?(e\+[0-9]+)?_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PLACE_CHARACTERS_MAX = 80
LANGUAGE = re.compile(r"[a-z]{2,3}")
LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
CONSENT_KIND = re.compile(r"[a-z][a-z0-9_]{1,39}")
USERNAME = re.compile(r"[a-z0-9_.]{3,30}")
TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
HTTPS_ADDRESS = re.compile(r"https://[!-.0-~]+(/[!-~]*)?")
HTTPS_ADDRESS_CHARACTERS_MAX = 2_048
PUSH_TOKEN = re.compile(r"[!-~]+")
PUSH_TOKEN_CHARACTERS_MAX = 2_048
MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
WORD_CHARACTERS_MAX = 52
TEXT_VERSION_CHARACTERS_MAX = 64
COLLECTION_NAME_CHARACTERS_MAX = 80
_STEP = f"[^,\\x00-\\x1f]{{1,{NAME_CHARACTERS_MAX}}}"
STEPS = re.compile(f"{_STEP}(,{_STEP}){{{STEPS_MIN - 1},{STEPS_MAX - 1}}}")

Category = Annotated[str, Field(max_length=CATEGORY_CHARACTERS_MAX)]
# In JSON a moment is text alone: of a number nobody says whether it counts seconds or milliseconds
Moment = Annotated[AwareDatetime, Field(strict=True)]

# What a buyer was shown, in coins; None where nothing was
ExpectedPrice = Annotated[StrictInt | None, Field(ge=0, le=COINS_MAX)]

Tag = Annotated[str, Field(min_length=TAG_CHARACTERS_MIN, max_length=TAG_CHARACTERS_MAX)]
Word = Annotated[str, Field(min_length=2, max_length=WORD_CHARACTERS_MAX)]

CoinPerMinute = Annotated[StrictInt | None, Field(ge=0, le=COIN_PER_MINUTE_MAX)]


def _one_line(text: str) -> str:
    if "\n" in text:
        raise ValueError("must be one line")
    return text


TierName = Annotated[str, Field(min_length=1, max_length=TIER_NAME_CHARACTERS_MAX)]
CollectionName = Annotated[
    str,
    AfterValidator(_one_line),
    Field(min_length=1, max_length=COLLECTION_NAME_CHARACTERS_MAX, json_schema_extra={"pattern": "^[^\\n]*$"}),
]
TierPrice = Annotated[StrictInt, Field(ge=1, le=TIER_PRICE_MAX)]
Benefit = Annotated[
    str,
    AfterValidator(_one_line),
    Field(min_length=1, max_length=BENEFIT_CHARACTERS_MAX, json_schema_extra={"pattern": "^[^\\n]*$"}),
]
Benefits = Annotated[list[Benefit], Field(max_length=BENEFITS_MAX)]
OrderIndex = Annotated[StrictInt, Field(ge=0, le=ORDER_INDEX_MAX)]


def _steps(text: str) -> str:
    if not STEPS.fullmatch(text):
        raise ValueError(f"must be {STEPS_MIN} to {STEPS_MAX} names of events with commas between")
    return text


Steps = Annotated[str, AfterValidator(_steps), Field(json_schema_extra={"pattern": f"^{STEPS.pattern}$"})]


def _time_of_day(text: str) -> str:
    if not TIME_OF_DAY.fullmatch(text):
        raise ValueError("must be a time of the day, such as 22:30")
    return text


def _language(text: str) -> str:
    if not LANGUAGE.fullmatch(text):
        raise ValueError("must be a language's short code, such as tr")
    return text


def _locale(text: str) -> str:
    if not LOCALE.fullmatch(text):
        raise ValueError("must be a language, or a language of a country, such as tr or pt-BR")
    return text


def _slug(text: str) -> str:
    if not SLUG.fullmatch(text):
        raise ValueError("must be small letters, digits, - and _, such as by-the-sea")
    return text


def _consent_kind(text: str) -> str:
    if not CONSENT_KIND.fullmatch(text):
        raise ValueError("must be what a text is about, such as terms")
    return text


def _username(text: str) -> str:
    if not USERNAME.fullmatch(text):
        raise ValueError("must be 3 to 30 small letters, digits, _ and dots")
    return text


def _month(text: str) -> str:
    if not MONTH.fullmatch(text):
        raise ValueError("must be a month, such as 2031-05")
    return text


def _place(text: str) -> str:
    if not PLACE.fullmatch(text):
        raise ValueError("must be the `next` of the page before")
    return text


ConsentKind = Annotated[
    str, AfterValidator(_consent_kind), Field(json_schema_extra={"pattern": f"^{CONSENT_KIND.pattern}$"})
]
Username = Annotated[str, AfterValidator(_username), Field(json_schema_extra={"pattern": f"^{USERNAME.pattern}$"})]
Month = Annotated[str, AfterValidator(_month), Field(json_schema_extra={"pattern": f"^{MONTH.pattern}$"})]
Language = Annotated[str, AfterValidator(_language), Field(json_schema_extra={"pattern": f"^{LANGUAGE.pattern}$"})]
Locale = Annotated[str, AfterValidator(_locale), Field(json_schema_extra={"pattern": f"^{LOCALE.pattern}$"})]
Slug = Annotated[str, AfterValidator(_slug), Field(json_schema_extra={"pattern": f"^{SLUG.pattern}$"})]
Place = Annotated[
    str,
    Field(max_length=PLACE_CHARACTERS_MAX),
    AfterValidator(_place),
    Field(json_schema_extra={"pattern": f"^{PLACE.pattern}$"}),
]

ClockTime = Annotated[
    str, AfterValidator(_time_of_day), Field(json_schema_extra={"pattern": f"^{TIME_OF_DAY.pattern}$"})
]
TimeOfDay = ClockTime | None


def _push_token(text: str) -> str:
    if not PUSH_TOKEN.fullmatch(text):
        raise ValueError("must be letters, digits and signs, without blanks")
    return text


PushToken = Annotated[
    str,
    Field(max_length=PUSH_TOKEN_CHARACTERS_MAX),
    AfterValidator(_push_token),
    Field(json_schema_extra={"pattern": f"^{PUSH_TOKEN.pattern}$"}),
]


def _https_address(text: str) -> str:
    if not HTTPS_ADDRESS.fullmatch(text):
        raise ValueError("must be an address that begins with https://")
    return text


HttpsAddress = Annotated[
    str,
    Field(max_length=HTTPS_ADDRESS_CHARACTERS_MAX),
    AfterValidator(_https_address),
    Field(json_schema_extra={"pattern": f"^{HTTPS_ADDRESS.pattern}$"}),
]
