"""What keeps the house in order by the clock. Nothing here waits for an answer; each piece is safe to repeat.

| when (UTC)            | what                                                                  | where              |
|-----------------------|-----------------------------------------------------------------------|--------------------|
| every second          | counters shown, offers and rings lapse, minutes of calls are paid     | server, `live`     |
| every five seconds    | credits become balance                                                | server, `live`     |
| every minute          | LiveKit and the rows agree; old webhooks and orders are forgotten     | server, `live`     |
| every minute          | files of deleted pictures and people are removed                      | worker, `studio`   |
| every ten minutes     | uploads in parts that nobody ended in time are removed                | worker, `studio`   |
| every minute          | views of shared links are added up                                    | worker, `studio`   |
| every minute          | days whose events changed are counted anew                            | worker, here       |
| every ten minutes     | generations without a job end                                         | worker, `studio`   |
| every hour, and start | partitions of realtime's messages: coming days made, past ones gone   | worker, here       |
| every hour, and start | partitions of events: coming months made, old ones gone, default seen | worker, here       |
| every ten minutes     | creators are paid for months, subscriptions renewed, notices sent     | worker, here       |
| every hour            | idempotency keys older than their promise are forgotten               | worker, here       |
| every hour            | events and notices of long ago are forgotten                          | worker, here       |
| every hour            | messages to webhooks of long ago are forgotten                        | worker, here       |
| every minute          | what became of pushes that Expo took a quarter of an hour ago         | worker, `notices`  |
| every minute          | a copy of everything that is somebody's is made                       | worker, `accounts` |
| every ten minutes     | accounts that were given up are erased, copies kept long enough go    | worker, `accounts` |
| every ten minutes     | followers whose suspension is over count again                        | worker, here       |
| every hour            | whether every balance is the sum of its entries                       | worker, here       |
| every hour            | usernames that were held long enough are free again                   | worker, `accounts` |
| every night           | bytes no row stands for are removed                                   | worker, `studio`   |
| every night           | whether what each owner keeps in Storage is what is counted           | worker, here       |
| every night, if set   | a backup is made, verified, drilled once a week, and old ones go      | worker, `backup`   |

`sahne worker --schedule` prints the worker's part. The partitions need it once a day at most; an hour serves a machine
that is switched off at night.
"""

from __future__ import annotations

from dataclasses import dataclass

from sahne.analytics.rollups import fold_analytics
from sahne.coins.renewals import keep_subscriptions
from sahne.coins.upkeep import find_faults, forget_keys
from sahne.database.actor import SERVICE
from sahne.database.fetch import one
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.jobs.tasks import HOUSEKEEPING, Attempt, Scheduled, Task, Verb
from sahne.objects.quota import recount_objects
from sahne.operations.partitions import count_default, drop_old, make_ahead
from sahne.telemetry import observe

ATTEMPTS_MAX = 3
RETRY_SECONDS = 60
EVENTS_DAYS = 30
NOTICES_DAYS = 90
WEBHOOK_MESSAGES_DAYS = 30

_QUERIES = load_queries(__package__, "upkeep.sql")


@dataclass(frozen=True, slots=True)
class MessagePartitionsKept:
    """Realtime's message partitions were looked after; `touched` were made or dropped."""

    touched: int


@dataclass(frozen=True, slots=True)
class EventPartitionsKept:
    """The partitions of events were looked after."""

    made: int
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventsOutOfPlace:
    """Events lie in the default partition; `sahne partitions --move-default` moves them."""

    events: int
    months: int


@dataclass(frozen=True, slots=True)
class LedgerFaulty:
    """Balances are not the sums of their entries; `sahne coins check` says which."""

    wallets: int


@dataclass(frozen=True, slots=True)
class ObjectsRecounted:
    """What these owners keep in Storage was not what was counted; now it is."""

    owners: int


@dataclass(frozen=True, slots=True)
class KeysForgotten:
    """Old idempotency keys were deleted."""

    count: int


@dataclass(frozen=True, slots=True)
class NoticesForgotten:
    """Old events and notices were deleted."""

    count: int


@dataclass(frozen=True, slots=True)
class WebhookMessagesForgotten:
    """Old messages to webhooks were deleted."""

    count: int


@dataclass(frozen=True, slots=True)
class FollowersReturned:
    """So many follows count again: the followers' suspension is over."""

    follows: int


def upkeep_schedule(database: Database) -> list[Scheduled]:
    """This file's part of the table above."""

    async def messages(_: Attempt) -> None:
        await keep_message_partitions(database)

    async def events(_: Attempt) -> None:
        await keep_event_partitions(database)

    async def analytics(_: Attempt) -> None:
        counted = await fold_analytics(database)
        if counted.days or counted.funnels or counted.coin_days:
            observe(counted)

    async def subscriptions(_: Attempt) -> None:
        observe(await keep_subscriptions(database))

    async def keys(_: Attempt) -> None:
        await forget_old_keys(database)

    async def notices(_: Attempt) -> None:
        await forget_old_notices(database)

    async def webhooks(_: Attempt) -> None:
        await forget_webhook_messages(database)

    async def followers(_: Attempt) -> None:
        await count_returned_followers(database)

    async def ledger(_: Attempt) -> None:
        await check_ledger(database)

    async def objects(_: Attempt) -> None:
        await check_object_counts(database)

    return [
        Scheduled(
            _task("keep_message_partitions", messages),
            "7 * * * *",
            "realtime's message partitions: coming days made, past ones dropped",
            at_start=True,
        ),
        Scheduled(
            _task("keep_event_partitions", events),
            "11 * * * *",
            "partitions of events: coming months made, old ones dropped, the default one watched",
            at_start=True,
        ),
        Scheduled(
            _task("count_events", analytics),
            "* * * * *",
            "days whose events changed are counted anew",
        ),
        Scheduled(
            _task("keep_subscriptions", subscriptions),
            "*/10 * * * *",
            "creators are paid for months that are over, subscriptions renewed, and their notices sent",
        ),
        Scheduled(
            _task("forget_idempotency_keys", keys),
            "23 * * * *",
            "idempotency keys older than their promise are forgotten",
        ),
        Scheduled(
            _task("forget_notices", notices),
            "29 * * * *",
            "events and notices of long ago are forgotten",
        ),
        Scheduled(
            _task("forget_webhook_messages", webhooks),
            "31 * * * *",
            "messages to webhooks of long ago are forgotten",
        ),
        Scheduled(
            _task("count_returned_followers", followers),
            "*/10 * * * *",
            "followers whose suspension is over count again",
        ),
        Scheduled(
            _task("check_ledger", ledger),
            "37 * * * *",
            "whether every balance is the sum of its entries",
        ),
        Scheduled(
            _task("check_object_counts", objects),
            "20 4 * * *",
            "whether what each owner keeps in Storage is what is counted",
        ),
    ]


async def keep_message_partitions(database: Database) -> None:
    """Days ahead and days past; nothing to do where Supabase itself looks after `realtime`."""
    async with database.transaction(SERVICE) as conn:
        if not (await one(conn, _QUERIES["messages_are_ours"]))["ours"]:
            return
        row = await one(conn, _QUERIES["keep_message_partitions"])
    observe(MessagePartitionsKept(row["touched"]))


async def keep_event_partitions(database: Database) -> None:
    """Months ahead and months past, and whether anything lies where it should not."""
    async with database.transaction(SERVICE) as conn:
        months = await make_ahead(conn)
    async with database.transaction(SERVICE) as conn:
        dropped = await drop_old(conn)
    observe(EventPartitionsKept(months, tuple(dropped)))
    async with database.transaction(SERVICE) as conn:
        astray = await count_default(conn)
    if astray:
        observe(EventsOutOfPlace(sum(month.events for month in astray), len(astray)))


async def forget_old_keys(database: Database) -> None:
    """A request may be repeated with its key for `KEY_LIFETIME_HOURS`, then the key is free again."""
    async with database.transaction(SERVICE) as conn:
        observe(KeysForgotten(await forget_keys(conn)))


async def forget_old_notices(database: Database) -> None:
    """Events are for whatever sends notices on, which is never a month behind; notices are for people."""
    async with database.transaction(SERVICE) as conn:
        row = await one(conn, _QUERIES["forget_notices"], {"events_days": EVENTS_DAYS, "notices_days": NOTICES_DAYS})
    observe(NoticesForgotten(row["forgotten"]))


async def forget_webhook_messages(database: Database) -> None:
    """What was sent or given up can be looked at, and sent again, for a month."""
    async with database.transaction(SERVICE) as conn:
        row = await one(conn, _QUERIES["forget_webhook_messages"], {"days": WEBHOOK_MESSAGES_DAYS})
    observe(WebhookMessagesForgotten(row["forgotten"]))


async def count_returned_followers(database: Database) -> None:
    """A suspension that ends by itself tells nobody, and the public number of whom somebody follows is one short."""
    async with database.transaction(SERVICE) as conn:
        row = await one(conn, _QUERIES["count_returned_followers"])
    if row["returned"]:
        observe(FollowersReturned(row["returned"]))


async def check_ledger(database: Database) -> None:
    """Nothing is mended: money that is wrong is for people to look at."""
    async with database.transaction(SERVICE) as conn:
        faults = await find_faults(conn)
    if faults:
        observe(LedgerFaulty(len(faults)))


async def check_object_counts(database: Database) -> None:
    """Rows written behind the triggers' back (a restored table) are counted; unlike money this mends itself."""
    async with database.transaction(SERVICE) as conn:
        owners = await recount_objects(conn)
    if owners:
        observe(ObjectsRecounted(owners))


def _task(name: str, run: Verb) -> Task:
    return Task(name=name, queue=HOUSEKEEPING, run=run, attempts_max=ATTEMPTS_MAX, retry_seconds=RETRY_SECONDS)
