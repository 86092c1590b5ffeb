"""What operations of analytics answer, as types."""

from __future__ import annotations

from typing import Literal, TypedDict
from uuid import UUID

from sahne.gateway.functions.rows import TransactionKind


class EventError(TypedDict):
    """Why the event at a place of the request was not taken."""

    index: int
    code: str
    message: str


class EventsReceipt(TypedDict):
    """What became of events: `repeated` were there already, `ignored` are of who has opted out."""

    accepted: int
    repeated: int
    ignored: int
    errors: list[EventError]


class ReportingAnswer(TypedDict):
    """Whether one's events are kept."""

    is_reporting: bool


class DayOfPeople(TypedDict):
    """A day: `people` of it, of the seven and the thirty days that end with it; stickiness is the first in the last."""

    day: str
    events: int
    events_of_nobody: int
    people: int
    people_of_week: int
    people_of_month: int
    stickiness: float | None


class EventCount(TypedDict):
    """How often something happened."""

    event_name: str
    events: int


class OverviewAnswer(TypedDict):
    """The last days, oldest first, of which time zone they are, and what was done most in them."""

    time_zone: str
    days: list[DayOfPeople]
    events: list[EventCount]


class CohortOfPeople(TypedDict):
    """Who first came in the period that begins then: all of them, and how many came in each later one."""

    begins_on: str
    people: list[int]


class RetentionAnswer(TypedDict):
    """The last cohorts, oldest first."""

    unit: Literal["day", "week"]
    cohorts: list[CohortOfPeople]


class FunnelStep(TypedDict):
    """How many came as far, and how long after the first step half of them had."""

    event_name: str
    people: int
    median_seconds: float | None


class FunnelAnswer(TypedDict):
    """The steps in their order."""

    steps: list[FunnelStep]


class BestScene(TypedDict):
    """Pictures of a scene, of how many people, and how many of them are favorites."""

    scene_id: UUID
    name: str
    pictures: int
    people: int
    favorites: int


class BestScenesAnswer(TypedDict):
    """The scenes most pictures were made of."""

    scenes: list[BestScene]


class DayOfGenerations(TypedDict):
    """What became of the generations asked for on a day; the seconds are those until a picture is there."""

    day: str
    asked: int
    done: int
    failed: int
    moderated: int
    canceled: int
    median_seconds: float | None
    p95_seconds: float | None


class GenerationsReport(TypedDict):
    """The last days on which any were asked for, oldest first."""

    days: list[DayOfGenerations]


class Maker(TypedDict):
    """Pictures that were asked of a maker elsewhere, and what became of them; the seconds until each was there.

    `state`: "ask" as ever; "wait" until the moment it named; "turn" to another, since it failed often; "stop", since it
    refused our key or credit, and somebody must act.
    """

    maker: str
    pictures: int
    done: int
    failed: int
    moderated: int
    cost_microdollars: int
    median_seconds: float | None
    p95_seconds: float | None
    state: Literal["ask", "wait", "turn", "stop"]
    until: str | None


class DayOfMaker(TypedDict):
    """What was asked of a maker on a day, and what it cost."""

    day: str
    maker: str
    pictures: int
    cost_microdollars: int


class MakersReport(TypedDict):
    """Each maker, and the last days on which any was asked, oldest first."""

    makers: list[Maker]
    days: list[DayOfMaker]


class DayOfSessions(TypedDict):
    """What began on a day: how long it was live in all, who came, the coins given."""

    day: str
    sessions: int
    creators: int
    minutes: int
    viewers: int
    gift_coins: int


class LiveReport(TypedDict):
    """The last days on which anything was live, oldest first."""

    days: list[DayOfSessions]


class CoinsOfDay(TypedDict):
    """Coins that moved on a day for one reason."""

    day: str
    kind: TransactionKind
    transactions: int
    coins: int


class RevenueReport(TypedDict):
    """The last days on which coins moved, oldest first."""

    days: list[CoinsOfDay]
