"""The `postgres_changes` of a channel: subscriptions made from what was asked, and the reason when one cannot work.

A subscription that cannot work now is kept all the same: it begins to when the table is published or granted. One that
could never match is not: a filter whose value is none of its column's type, an event that there is none of. Whoever is
shown no row by row security is told so; they hear of deletions alone, where these tell nothing but a key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from psycopg import Error

from sahne.changes.change import DELETE
from sahne.changes.errors import BadBinding, BadFilter
from sahne.changes.feed import Feed
from sahne.changes.filters import Condition, bind
from sahne.changes.operands import Asked
from sahne.changes.subscriptions import EVERYTHING, Binding, Subscription, Viewer
from sahne.changes.tables import PUBLICATION, Table
from sahne.database.actor import Actor
from sahne.errors import Unavailable
from sahne.gateway.realtime.bounds import BINDINGS_PER_CHANNEL_MAX, NAME_CHARACTERS_SHOWN
from sahne.gateway.realtime.channel import POSTGRES_CHANGES, Channel
from sahne.gateway.realtime.joining import ChangeRequest
from sahne.gateway.realtime.refusals import TooManyViewers
from sahne.gateway.realtime.viewers import Viewers

SUBSCRIBED = "Subscribed to PostgreSQL"
UNABLE = "Unable to subscribe to changes with given parameters. "
DISABLED = UNABLE + "Please check Realtime is enabled for the given connect parameters: "
DELETIONS_ALONE = "Subscribed to deletions alone: "
IN_VAIN = UNABLE + "An exception happened so please check your connect parameters: "
LEFT_OUT = f"each is an object, and a channel has at most {BINDINGS_PER_CHANNEL_MAX}"
NO_ANSWER = "the database does not answer"


class Complaint(NamedTuple):
    """Why changes do not come; or why all but deletions do not, where those are heard of."""

    message: str
    hears_deletions: bool = False


@dataclass(slots=True)
class Wish:
    """A request on its way to a subscription: what was understood, the tables it can reach, and what is against it."""

    request: ChangeRequest
    binding: Binding | None = None
    tables: Sequence[Table] = ()
    complaint: Complaint | None = None
    in_vain: bool = field(default=False, kw_only=True)

    def refuse(self, error: BadBinding) -> None:
        """It could never match."""
        exception = f"{error.message} {error.hint or ''}".rstrip()
        self.complaint = Complaint(f"{IN_VAIN}{self.request.described()}. Exception: {exception}")
        self.in_vain = True

    def doubt(self, reason: str, *, hears_deletions: bool = False) -> None:
        """It does not match as things are now."""
        words = DELETIONS_ALONE if hears_deletions else DISABLED
        self.complaint = Complaint(f"{words}{self.request.described()}: {reason}", hears_deletions)


async def subscribe(channel: Channel, feed: Feed, viewers: Viewers) -> list[Complaint]:
    """(Re-)register what the channel asked for under its present actor; the answer is what to complain about.

    Raises:
        TooManyViewers: changes are judged for as many others of its address as may be.
    """
    wishes = [_understood(request) for request in channel.config.change_requests]
    try:
        await _find_tables([wish for wish in wishes if wish.binding is not None], channel.actor, feed)
        await _read_operands([wish for wish in wishes if wish.tables], channel.actor, feed)
    except (Error, Unavailable):
        for wish in wishes:
            if wish.complaint is None:
                wish.doubt(NO_ANSWER)
    await feed.between_changes()
    _replace_subscriptions(channel, feed, viewers, [wish for wish in wishes if not wish.in_vain])
    complaints = [wish.complaint for wish in wishes if wish.complaint is not None]
    if channel.config.changes_left_out:
        left_out = f"{channel.config.changes_left_out} of {POSTGRES_CHANGES} were left out"
        complaints.append(Complaint(f"{UNABLE}{left_out}: {LEFT_OUT}"))
    return complaints


def unsubscribe(channel: Channel, feed: Feed, viewers: Viewers) -> None:
    """Take the channel's subscriptions away."""
    for subscription in channel.subscriptions:
        feed.subscriptions.remove(subscription)
        if channel.config.catches_up:
            feed.recent.unwatch(subscription.binding.place)
    channel.subscriptions = []
    if channel.counted_as is not None:
        viewers.leave(channel.line.visit.place, channel.counted_as)
        channel.counted_as = None


def complain(channel: Channel, complaints: Sequence[Complaint]) -> None:
    """Tell the client why some changes do not come."""
    for complaint in complaints:
        channel.system("error", complaint.message, POSTGRES_CHANGES)


def announce(channel: Channel) -> None:
    """Tell the client that changes come."""
    channel.system("ok", SUBSCRIBED, POSTGRES_CHANGES)


def _replace_subscriptions(channel: Channel, feed: Feed, viewers: Viewers, wishes: Sequence[Wish]) -> None:
    viewer = Viewer(channel.actor.role, channel.actor.claims)
    renews = channel.counted_as is not None
    unsubscribe(channel, feed, viewers)
    if not wishes:
        return
    if not viewers.enter(channel.line.visit.place, viewer, renews=renews):
        raise TooManyViewers()
    channel.counted_as = viewer
    channel.subscriptions = [
        Subscription(wish.request.id, wish.binding, viewer, channel) for wish in wishes if wish.binding is not None
    ]
    for subscription in channel.subscriptions:
        feed.subscriptions.add(subscription)
        if channel.config.catches_up:
            feed.recent.watch(subscription.binding.place)


def _understood(request: ChangeRequest) -> Wish:
    wish = Wish(request)
    try:
        wish.binding = request.binding()
    except BadBinding as error:
        wish.refuse(error)
    return wish


# which tables it reaches


async def _find_tables(wishes: Sequence[Wish], actor: Actor, feed: Feed) -> None:
    """The tables whose changes may match each wish, or what is in the way; all of them are asked for at once.

    Raises:
        psycopg.Error, Unavailable: the database does not answer.
    """
    bindings = [wish.binding for wish in wishes if wish.binding is not None]
    named = {(binding.schema, binding.table) for binding in bindings if _is_of_one_table(binding)}
    tables = await feed.tables.find(named) if bindings else {}
    for wish, binding in zip(wishes, bindings, strict=True):
        if _is_of_one_table(binding):
            _find_table(wish, binding, actor, tables.get((binding.schema, binding.table)))
        elif binding.select:
            wish.doubt("select needs one table")
        else:
            _find_by_wildcard(wish, binding, actor, [table for table in tables.values() if table.published])


def _is_of_one_table(binding: Binding) -> bool:
    return EVERYTHING not in (binding.schema, binding.table)


def _find_table(wish: Wish, binding: Binding, actor: Actor, table: Table | None) -> None:
    name = f"{binding.schema}.{binding.table}"
    if table is None:
        wish.doubt(f"there is no table {_short(name)}")
    elif not table.published:
        wish.doubt(f"{name} is not in the publication {PUBLICATION}")
    elif not (readable := table.reads(actor.role)):
        wish.doubt(f"{actor.role} has no SELECT grant on {name}")
    elif unknown := _columns(binding) - table.types.keys():
        wish.refuse(BadFilter(f"There is no column {_short(min(unknown))!r}."))
    elif missing := sorted((_columns(binding) | set(binding.select or ())) - readable):
        wish.doubt(f"{actor.role} has no SELECT grant on {_short(', '.join(missing))} of {name}")
    else:
        wish.tables = [table]
        _doubt_what_is_shown(wish, binding, actor, [table])


def _find_by_wildcard(wish: Wish, binding: Binding, actor: Actor, published: Sequence[Table]) -> None:
    """Of tables whose columns have the same types one stands for all."""
    reached = [
        table
        for table in published
        if binding.schema in (EVERYTHING, table.schema)
        and binding.table in (EVERYTHING, table.name)
        and table.reads(actor.role)
    ]
    columns = _columns(binding)
    fitting = [table for table in reached if table.reads(actor.role) >= columns]
    kinds = {tuple(table.types[column].oid for column in sorted(columns)): table for table in fitting}
    if not reached:
        wish.doubt(f"no table of it is in the publication {PUBLICATION} for {actor.role} to read")
    elif not kinds:
        wish.doubt(f"no table of it has {_short(', '.join(sorted(columns)))} for {actor.role} to read")
    else:
        wish.tables = list(kinds.values())
        _doubt_what_is_shown(wish, binding, actor, fitting)


def _doubt_what_is_shown(wish: Wish, binding: Binding, actor: Actor, tables: Sequence[Table]) -> None:
    """Where row security shows no row of any of these tables."""
    if not all(actor.role in table.shown_nothing for table in tables):
        return
    of_deletions = binding.event in (EVERYTHING, DELETE) and not all(map(binding.asks_beyond_the_key, tables))
    names = ", ".join(table.full_name for table in tables)
    wish.doubt(f"no policy lets {actor.role} see a row of {_short(names)}", hears_deletions=of_deletions)


def _columns(binding: Binding) -> set[str]:
    return {condition.column for condition in binding.conditions}


def _short(name: str) -> str:
    return name[:NAME_CHARACTERS_SHOWN]


# what PostgreSQL makes of its filter


async def _read_operands(wishes: Sequence[Wish], actor: Actor, feed: Feed) -> None:
    """One question for all.

    Raises:
        Unavailable: the database does not answer.
    """
    asked = [Asked(table, wish.binding.conditions) for wish in wishes if wish.binding for table in wish.tables]
    answers = iter(await feed.operands.read(actor, asked))
    for wish in wishes:
        assert wish.binding is not None
        _take_answers(wish, wish.binding, [next(answers) for _ in wish.tables])


def _take_answers(wish: Wish, binding: Binding, answers: Sequence[tuple[Condition, ...] | BadFilter]) -> None:
    """A wish for one table goes on as PostgreSQL has read it; one for many as it was written, where any can have it."""
    one = _is_of_one_table(binding)
    refusals: list[BadFilter] = []
    for table, answer in zip(wish.tables, answers, strict=True):
        refusal = answer if isinstance(answer, BadFilter) else _misfit(answer if one else binding.conditions, table)
        if refusal is not None:
            refusals.append(refusal)
        elif one and not isinstance(answer, BadFilter):
            wish.binding = replace(binding, conditions=answer)
    if len(refusals) == len(answers):
        wish.refuse(refusals[0])


def _misfit(conditions: tuple[Condition, ...], table: Table) -> BadFilter | None:
    """Why changes of the table cannot be compared with what PostgreSQL can read."""
    try:
        bind(conditions, table.roots)
    except BadFilter as misfit:
        return misfit
    return None
