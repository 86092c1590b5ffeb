"""`/health` says the process runs, `/ready` that it can serve, `/metrics` what it has done (Prometheus)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from psycopg import Error

from sahne import __version__
from sahne.database.actor import ANONYMOUS
from sahne.errors import NotFound, Unavailable
from sahne.gateway.asgi import Door, Header, Receive, Scope, Send, send_whole
from sahne.gateway.backlog_gauges import show_backlog
from sahne.gateway.backup_gauges import show_last_backups
from sahne.gateway.bus_gauges import BusGauges
from sahne.gateway.connections import Connections
from sahne.gateway.home import Home
from sahne.gateway.ledger_gauges import show_last_check
from sahne.gateway.parts import Parts
from sahne.gateway.picture_gauges import show_remote_pictures

DATABASE_SECONDS_MAX = 4.0  # a scraper waits for ten
Response = tuple[int, list[Header], bytes]
Page = Callable[[], Awaitable[Response]]

JSON = (b"content-type", b"application/json")
WELL = orjson.dumps({"status": "ok", "version": __version__})
NOT_TO_BE_WRITTEN: Response = (405, [(b"allow", b"GET, HEAD"), (b"content-type", b"text/plain")], b"Method Not Allowed")


async def database_fault(parts: Parts) -> str | None:
    """Why nothing can be served now: the kind of error with which the database fails, or None."""
    try:
        async with parts.database.transaction(ANONYMOUS) as conn:
            await conn.execute("select 1")
    except (Error, Unavailable) as error:
        return type(error).__name__
    return None


class DatabasePools(Collector):
    """How the two ways to the database stand: the pipeline of single statements, and the pool of transactions."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        """What Prometheus is shown, as it is at the moment of asking."""
        pools = {"pipeline": self._parts.pipeline.statistics(), "transactions": self._parts.database.statistics()}
        for fact, what in (
            ("connections", "Connections that are up"),
            ("free", "Connections that serve nobody"),
            ("waiting", "Requests waiting for a connection"),
        ):
            family = GaugeMetricFamily(f"sahne_database_{fact}", what, labels=["pool"])
            for pool, said in pools.items():
                family.add_metric([pool], said[fact])
            yield family


class OpenConnections(Collector):
    """How many clients are connected over HTTP."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def collect(self) -> Iterator[Metric]:
        """What Prometheus is shown."""
        what = "HTTP connections that are open; behind a proxy that names its callers, requests under way"
        yield GaugeMetricFamily("sahne_http_connections", what, self._connections.count)


def build_health(parts: Parts, home: Home, connections: Connections) -> Door:
    """The three operational pages. `home` answers whether changes arrive, or whether the project is there.

    `/ready` is 503 only without the database. What can be missing while the rest works (one of the LiveKits, the stream
    of changes or the project, the bus where one is set) stands in its answer, whose status is `degraded` then: a proxy
    must not take a whole server away for it.
    `livekit` is the default's, without which nothing new goes live.
    """
    of_parts = CollectorRegistry()
    of_parts.register(DatabasePools(parts))
    if parts.bus.is_shared:
        of_parts.register(BusGauges(parts.bus))
    for each in (*home.shown, OpenConnections(connections)):
        of_parts.register(each)

    async def health() -> Response:
        return 200, [JSON], WELL

    async def ready() -> Response:
        if fault := await database_fault(parts):
            unavailable = {"status": "unavailable", "database": fault}
            return 503, [JSON, (b"retry-after", b"1")], orjson.dumps(unavailable)
        servers = await parts.stage.which_livekit_answers()
        of_home = {name: answers() for name, answers in home.answers.items()}
        bus = {"bus": parts.bus.is_up} if parts.bus.is_shared else {}
        said = {
            "status": "ready" if all([*servers.values(), *of_home.values(), *bus.values()]) else "degraded",
            "livekit": next(iter(servers.values()), False),
            "live_servers": servers,
            **of_home,
            **bus,
        }
        return 200, [JSON], orjson.dumps(said)

    async def ask_database() -> None:
        await show_last_check(parts.database)
        await show_last_backups(parts.database)
        await show_backlog(parts.database, parts.settings.worker_heartbeat_seconds)
        if parts.image_providers:
            await show_remote_pictures(parts.database, parts.settings.image_budget)

    async def metrics() -> Response:
        with suppress(TimeoutError):  # then it is as it was: that the database is away must be shown in time
            async with asyncio.timeout(DATABASE_SECONDS_MAX):
                await ask_database()
        said = generate_latest() + generate_latest(of_parts)
        return 200, [(b"content-type", CONTENT_TYPE_LATEST.encode())], said

    return _showing({"/health": health, "/ready": ready, "/metrics": metrics})


def _showing(pages: Mapping[str, Page]) -> Door:
    """A door to pages by their exact paths, plain ASGI: a proxy asks for one of them every second."""

    async def door(scope: Scope, _: Receive, send: Send) -> None:
        page = pages.get(scope["path"])
        if page is None:
            raise NotFound(details=scope["path"])
        status, headers, body = await page() if scope["method"] in ("GET", "HEAD") else NOT_TO_BE_WRITTEN
        await send_whole(send, status, [*headers, (b"content-length", b"%d" % len(body))], body)

    return door
