"""The realtime door: what is opened once for all sockets, and the HTTP side."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sahne.changes.feed import Feed
from sahne.changes.judge import ProbingJudge
from sahne.changes.past import TemporaryTables
from sahne.errors import SahneError
from sahne.gateway.asgi import Door
from sahne.gateway.parts import Parts
from sahne.gateway.realtime.bounds import bounds_of
from sahne.gateway.realtime.broadcasts import Broadcasts
from sahne.gateway.realtime.hub import Hub
from sahne.gateway.realtime.joins import Joins
from sahne.gateway.realtime.sockets import Sockets


@dataclass(frozen=True, slots=True)
class Realtime:
    """What is open: the feed of changes, where messages meet their members, and who is connected."""

    feed: Feed
    hub: Hub
    sockets: Sockets


@asynccontextmanager
async def open_realtime(parts: Parts) -> AsyncIterator[Realtime]:
    """Everything the sockets share, the feed running; on exit it stops listening and hangs up on the database."""
    settings, bounds, hub = parts.settings, bounds_of(parts.settings), Hub()
    judge = ProbingJudge(settings.direct_authenticator_url)
    past = TemporaryTables(settings.direct_database_url)
    feed = Feed(parts.database, settings.direct_database_url, judge, hub, past)
    joins = Joins(hub=hub, feed=feed, database=parts.database, verifier=parts.verifier, bounds=bounds)
    async with AsyncExitStack() as stack:
        for opened in (past, judge, feed):
            stack.push_async_callback(opened.close)
        feed.open()
        yield Realtime(feed, hub, Sockets(joins=joins, verifier=parts.verifier, bounds=bounds))


def build_realtime(parts: Parts, hub: Hub) -> Door:
    """The HTTP side of the realtime door; sockets never come here."""
    broadcasts = Broadcasts(parts, hub)
    prefix = "/realtime/v1/api/broadcast"
    return Starlette(
        routes=[
            Route(prefix, broadcasts.send_batch, methods=["POST"]),
            Route(prefix + "/{topic:path}/events/{event:path}", broadcasts.send_event, methods=["POST"]),
        ],
        exception_handlers={SahneError: _refuse},
    )


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, SahneError)
    return JSONResponse({"error": error.message, "message": error.message}, error.status)
