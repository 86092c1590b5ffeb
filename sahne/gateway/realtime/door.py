"""The realtime door: what is opened once for all sockets, and the HTTP side."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sahne.changes.catching_up import CatchingUp
from sahne.changes.feed import Feed
from sahne.changes.judge import ProbingJudge
from sahne.changes.past import TemporaryTables
from sahne.changes.policies.set_based import SetBasedJudge
from sahne.changes.replication import Source
from sahne.errors import SahneError
from sahne.gateway.asgi import Door
from sahne.gateway.callers import Places
from sahne.gateway.exact_paths import without_redirects
from sahne.gateway.parts import Parts
from sahne.gateway.realtime.bounds import bounds_of
from sahne.gateway.realtime.broadcasts import Broadcasts
from sahne.gateway.realtime.hub import Hub
from sahne.gateway.realtime.joins import Joins
from sahne.gateway.realtime.limits import Limits
from sahne.gateway.realtime.missed import MissedReader
from sahne.gateway.realtime.neighbours import Neighbours
from sahne.gateway.realtime.private import Policies
from sahne.gateway.realtime.sockets import Sockets
from sahne.gateway.realtime.stored import Shelf
from sahne.gateway.realtime.tokens import Tokens
from sahne.gateway.sent_once import SentOnce


@dataclass(frozen=True, slots=True)
class Realtime:
    """What is open: the feed of changes, the topics, who is connected, and what comes over HTTP for them."""

    feed: Feed
    hub: Hub
    sockets: Sockets
    broadcasts: Broadcasts


@asynccontextmanager
async def open_realtime(parts: Parts) -> AsyncIterator[Realtime]:
    """Everything the sockets share, the feed running; on exit it stops listening and hangs up on the database."""
    settings, bounds, hub = parts.settings, bounds_of(parts.settings), Hub(parts.bus)
    keys, places, limits = parts.development_keys, Places(settings), Limits(bounds, parts.rates)
    tokens = Tokens(parts.verifier, keys)
    policies = Policies(parts.database, parts.shares, settings.pool_connections_max)
    probe = ProbingJudge(settings.direct_authenticator_url)
    past = TemporaryTables(settings.direct_database_url)
    judge = SetBasedJudge(settings.direct_authenticator_url, probe, past)
    source = Source(settings.direct_database_url, settings.realtime_kept_log_bytes_max)
    feed = Feed(parts.database, source, judge, hub, judge, parts.verifier.roles)
    judge_of_missed = ProbingJudge(settings.direct_authenticator_url)
    past_of_missed = TemporaryTables(settings.direct_database_url)
    catching_up = CatchingUp(parts.database, feed.tables, feed.recent, judge_of_missed, past_of_missed)
    shelf = Shelf(parts.database, policies)
    missed = MissedReader(shelf, feed.recent, catching_up)
    joins = Joins(hub=hub, feed=feed, policies=policies, tokens=tokens, limits=limits, missed=missed)
    async with AsyncExitStack() as stack:
        for opened in (past, probe, judge, past_of_missed, judge_of_missed, feed):
            stack.push_async_callback(opened.close)
        feed.open()
        await stack.enter_async_context(Neighbours(hub, parts.bus))
        yield Realtime(
            feed=feed,
            hub=hub,
            sockets=Sockets(
                joins=joins, tokens=tokens, places=places, limits=limits, once=SentOnce(settings), keys=keys
            ),
            broadcasts=Broadcasts(policies=policies, shelf=shelf, tokens=tokens, places=places, limits=limits, hub=hub),
        )


def build_realtime(broadcasts: Broadcasts) -> Door:
    """The HTTP side of the realtime door; sockets never come here."""
    prefix = "/realtime/v1/api/broadcast"
    routes = [
        Route(prefix, broadcasts.send_batch, methods=["POST"]),
        Route(prefix + "/{topic:path}/events/{event:path}", broadcasts.send_event, methods=["POST"]),
    ]
    return without_redirects(Starlette(routes=routes, exception_handlers={SahneError: _refuse}))


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, SahneError)
    return JSONResponse({"error": error.message, "message": error.message}, error.status)
