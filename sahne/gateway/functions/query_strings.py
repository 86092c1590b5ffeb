"""Query strings that operations are asked with: known fields, none of them passed over in silence."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sahne.analytics.reports import DAYS_MAX, PERIODS_MAX, SCENES_MAX, WINDOW_HOURS_MAX
from sahne.coins.wallets import BEGINNING, STATEMENT_ROWS_MAX
from sahne.gateway.functions.values import Category, Language, Place, Steps, Tag
from sahne.live.gift_boards import SUPPORTERS_MAX

PAGE_ROWS_MAX = 100
WORDS_CHARACTERS_MAX = 100
FEED_ROWS_MAX = 50
FOUND_MAX = 50
ENTRY_MAX = 2**63 - 1


class StrictQuery(BaseModel):
    """The known fields of a query string."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Supporters(StrictQuery):
    """How many at most."""

    limit: Annotated[int, Field(ge=1, le=SUPPORTERS_MAX)] = 10


class Page(StrictQuery):
    """Which entries of a statement: those before one, the newest when left out."""

    before: Annotated[int | None, Field(ge=0, le=ENTRY_MAX)] = None
    limit: Annotated[int, Field(ge=1, le=STATEMENT_ROWS_MAX)] = 50


class LogPage(StrictQuery):
    """Which acts of a log: those before one, the newest when left out."""

    before: Annotated[int | None, Field(ge=0, le=ENTRY_MAX)] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_ROWS_MAX)] = 50


class ReportsPage(StrictQuery):
    """Which reports: how they stand, and those after one by their number; the oldest when left out."""

    status: Literal["open", "reviewing", "resolved", "dismissed"] = "open"
    after: Annotated[int | None, Field(ge=0, le=ENTRY_MAX)] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_ROWS_MAX)] = 50


class AppealsPage(StrictQuery):
    """Which appeals: how they stand, and those after one by its number; the oldest when left out."""

    status: Literal["open", "upheld", "overturned"] = "open"
    after: Annotated[int | None, Field(ge=0, le=ENTRY_MAX)] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_ROWS_MAX)] = 50


class Since(StrictQuery):
    """From which moment on; ever when left out."""

    since: AwareDatetime = BEGINNING


class FeedPage(StrictQuery):
    """Which sessions of a feed: those after a place, the `next` of the page before; the first when left out."""

    after: Place | None = None
    limit: Annotated[int, Field(ge=1, le=FEED_ROWS_MAX)] = 20


class Wish(StrictQuery):
    """What is looked for: words (`q`), and what a session is about."""

    q: Annotated[str | None, Field(max_length=WORDS_CHARACTERS_MAX)] = None
    category: Category | None = None
    tag: Tag | None = None
    language: Language | None = None
    limit: Annotated[int, Field(ge=1, le=FOUND_MAX)] = 20


class LastDays(StrictQuery):
    """How many days, today with them."""

    days: Annotated[int, Field(ge=1, le=DAYS_MAX)] = 30


class Cohorts(StrictQuery):
    """Cohorts of days or of weeks (from Monday), and how many of the last ones."""

    unit: Literal["day", "week"] = "week"
    periods: Annotated[int, Field(ge=1, le=PERIODS_MAX)] = 12


class Funnel(LastDays):
    """Names of events with commas between, in their order; how many hours after the first the last may be."""

    steps: Steps = "opened,scene_viewed"
    window_hours: Annotated[int, Field(ge=1, le=WINDOW_HOURS_MAX)] = 24


class BestScenes(LastDays):
    """How many scenes at most."""

    limit: Annotated[int, Field(ge=1, le=SCENES_MAX)] = 20
