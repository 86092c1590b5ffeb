"""The `postgres_changes` of a channel: subscriptions made from what was asked, and the reason when one cannot work.

A subscription that cannot work now is kept all the same: it begins to when the table is published or granted.
"""

from __future__ import annotations

from psycopg import Error

from sahne.changes.errors import BadFilter
from sahne.changes.feed import Feed
from sahne.changes.filters import bind
from sahne.changes.regular import check_patterns
from sahne.changes.subscriptions import EVERYTHING, Binding, Subscription, Viewer
from sahne.changes.tables import PUBLICATION
from sahne.database.actor import Actor
from sahne.database.pool import Database
from sahne.errors import Unavailable
from sahne.gateway.realtime.channel import POSTGRES_CHANGES, Channel
from sahne.gateway.realtime.joining import ChangeRequest

SUBSCRIBED = "Subscribed to PostgreSQL"
UNABLE = (
    "Unable to subscribe to changes with given parameters. "
    "Please check Realtime is enabled for the given connect parameters: "
)


async def subscribe(channel: Channel, feed: Feed, database: Database) -> list[str]:
    """(Re-)register what the channel asked for under its present actor; the answer is what to complain about."""
    viewer = Viewer(channel.actor.role, channel.actor.claims)
    subscriptions: list[Subscription] = []
    complaints: list[str] = []
    for request in channel.config.change_requests:
        try:
            binding = request.binding()
            await check_patterns(database, binding.conditions)
        except BadFilter as error:
            complaints.append(_complaint(request, f"{error.message} {error.hint or ''}".strip()))
            continue
        except Unavailable:
            complaints.append(_complaint(request, "the database does not answer"))
            continue
        subscriptions.append(Subscription(request.id, binding, viewer, channel))
        if reason := await _why_not(binding, channel.actor, feed):
            complaints.append(_complaint(request, reason))
    unsubscribe(channel, feed)
    for subscription in subscriptions:
        feed.subscriptions.add(subscription)
    channel.subscriptions = subscriptions
    return complaints


def unsubscribe(channel: Channel, feed: Feed) -> None:
    """Take the channel's subscriptions away."""
    for subscription in channel.subscriptions:
        feed.subscriptions.remove(subscription)
    channel.subscriptions = []


def announce(channel: Channel, complaints: list[str]) -> None:
    """Tell the client that changes come, or why some do not."""
    for complaint in complaints:
        channel.system("error", complaint, POSTGRES_CHANGES)
    if not complaints:
        channel.system("ok", SUBSCRIBED, POSTGRES_CHANGES)


def _complaint(request: ChangeRequest, reason: str) -> str:
    return f"{UNABLE}{request.described()}: {reason}"


async def _why_not(binding: Binding, actor: Actor, feed: Feed) -> str | None:
    """The reason why no change can ever match, None when one may."""
    if EVERYTHING in (binding.table, binding.schema):
        return "select needs one table" if binding.select else None
    name = f"{binding.schema}.{binding.table}"
    try:
        table = await feed.tables.find(binding.schema, binding.table)
    except (Error, Unavailable):
        return "the database does not answer"
    readable = table.reads(actor.role) if table else frozenset[str]()
    if table is None:
        return f"there is no table {name}"
    if not table.published:
        return f"{name} is not in the publication {PUBLICATION}"
    if not readable:
        return f"{actor.role} has no SELECT grant on {name}"
    try:
        bind(binding.conditions, table.types)
    except BadFilter as error:
        return error.message
    columns = {condition.column for condition in binding.conditions} | set(binding.select or ())
    if missing := sorted(columns - readable):
        return f"{actor.role} has no SELECT grant on {', '.join(missing)} of {name}"
    return None
