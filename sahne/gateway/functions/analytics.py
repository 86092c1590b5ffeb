"""`analytics/…`: what apps report, whether one is counted, and what admins are told of it."""

from __future__ import annotations

from dataclasses import asdict

from sahne.analytics import preferences, reports
from sahne.analytics.events import read_events
from sahne.gateway.functions.analytics_answers import (
    BestScenesAnswer,
    EventsReceipt,
    FunnelAnswer,
    GenerationsReport,
    LiveReport,
    MakersReport,
    OverviewAnswer,
    ReportingAnswer,
    RetentionAnswer,
    RevenueReport,
)
from sahne.gateway.functions.bodies import EventBatch, Reporting
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.query_strings import BestScenes, Cohorts, Funnel, LastDays
from sahne.gateway.functions.refusals import FORBIDDEN, OF_ACCOUNTS, OF_NAMED, TOO_MANY_EVENTS

EVENTS_BODY_BYTES_MAX = 1024 * 1024
OF_REPORTS = (*OF_NAMED, FORBIDDEN)


@operation(
    "POST",
    "analytics/events",
    answer=EventsReceipt,
    who=Who.ANYBODY,
    refuses=(*OF_ACCOUNTS, TOO_MANY_EVENTS),
    body_bytes_max=EVENTS_BODY_BYTES_MAX,
)
async def report_events(call: Call, body: EventBatch) -> Answer:
    """Report what happened in an app: each event once by its `id` and `created_at`, however often it is sent.

    An answer of success means that they are stored; after any other, send them again. An event that cannot be taken is
    named by its place, and the others are taken. A moment more than 7 days ago or 10 minutes ahead counts as the
    beginning of today (UTC). Without a token they are nobody's, and few.
    """
    call.parts.event_rates.spend(call.actor, call.scope, len(body.events))
    receipt = await call.parts.event_batches.report(call.actor.user_id, read_events(body.events))
    return {
        "accepted": receipt.accepted,
        "repeated": receipt.repeated,
        "ignored": receipt.ignored,
        "errors": [asdict(fault) for fault in receipt.faults],
    }


@operation("GET", "analytics/preferences", answer=ReportingAnswer, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def read_reporting(call: Call) -> Answer:
    """Whether one's events are kept."""
    return await preferences.read_reporting(call.parts.pipeline, call.actor)


@operation("PATCH", "analytics/preferences", answer=ReportingAnswer, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def set_reporting(call: Call, body: Reporting) -> Answer:
    """Say whether one's events are kept. Of who says no, nothing is from then on, whatever their apps send."""
    return await preferences.set_reporting(call.parts.pipeline, call.actor, body.is_reporting)


@operation("GET", "analytics/overview", answer=OverviewAnswer, who=Who.ADMINS, refuses=OF_REPORTS)
async def overview(call: Call, query: LastDays) -> Answer:
    """How many people came, by day, week and thirty days, and what was done most; a minute behind at most."""
    return await reports.overview(call.parts.pipeline, call.actor, query.days)


@operation("GET", "analytics/retention", answer=RetentionAnswer, who=Who.ADMINS, refuses=OF_REPORTS)
async def retention(call: Call, query: Cohorts) -> Answer:
    """Of those who first came on a day or in a week, how many came in each later one."""
    return await reports.retention(call.parts.pipeline, call.actor, query.unit, query.periods)


@operation("GET", "analytics/funnel", answer=FunnelAnswer, who=Who.ADMINS, refuses=OF_REPORTS)
async def funnel(call: Call, query: Funnel) -> Answer:
    """How many people came how far: `steps=opened,scene_viewed,bought` in their order, within so many hours."""
    steps = tuple(query.steps.split(","))
    return await reports.funnel(call.parts.pipeline, call.actor, steps, query.window_hours, query.days)


@operation("GET", "analytics/scenes", answer=BestScenesAnswer, who=Who.ADMINS, refuses=OF_REPORTS)
async def scenes(call: Call, query: BestScenes) -> Answer:
    """The scenes most pictures were made of."""
    return await reports.scenes(call.parts.pipeline, call.actor, query.days, query.limit)


@operation("GET", "analytics/generations", answer=GenerationsReport, who=Who.ADMINS, refuses=OF_REPORTS)
async def generation_health(call: Call, query: LastDays) -> Answer:
    """What became of generations, and how long they took."""
    return await reports.generations(call.parts.pipeline, call.actor, query.days)


@operation("GET", "analytics/makers", answer=MakersReport, who=Who.ADMINS, refuses=OF_REPORTS)
async def makers(call: Call, query: LastDays) -> Answer:
    """How makers of pictures elsewhere fare: what they made, how fast, at what cost, and whether they are asked now."""
    return await reports.makers(call.parts.pipeline, call.actor, query.days)


@operation("GET", "analytics/live", answer=LiveReport, who=Who.ADMINS, refuses=OF_REPORTS)
async def live(call: Call, query: LastDays) -> Answer:
    """What was live: sessions, minutes, viewers, coins given."""
    return await reports.live(call.parts.pipeline, call.actor, query.days)


@operation("GET", "analytics/revenue", answer=RevenueReport, who=Who.ADMINS, refuses=OF_REPORTS)
async def revenue(call: Call, query: LastDays) -> Answer:
    """How many coins moved, and why; what was given back is a kind of its own."""
    return await reports.revenue(call.parts.pipeline, call.actor, query.days)


OPERATIONS = (
    report_events, read_reporting, set_reporting, overview, retention, funnel, scenes, generation_health, makers, live,
    revenue,
)  # fmt: skip
