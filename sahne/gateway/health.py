"""`/health` says the process runs, `/ready` that it can serve, `/metrics` what it has done (Prometheus)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from psycopg import Error
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sahne import __version__
from sahne.database.actor import ANONYMOUS
from sahne.errors import Unavailable
from sahne.gateway.asgi import Door
from sahne.gateway.exact_paths import fitted_exactly, without_redirects
from sahne.gateway.ledger_gauges import show_last_check
from sahne.gateway.parts import Parts


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


def build_health(parts: Parts, streaming: Callable[[], bool]) -> Door:
    """The three operational pages. `streaming` answers whether changes arrive.

    `/ready` is 503 only without the database. What can be missing while the rest works (LiveKit, the stream of changes)
    stands in its answer: a proxy must not take a whole server away for it.
    """

    pools = CollectorRegistry()
    pools.register(DatabasePools(parts))

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "version": __version__})

    async def ready(_: Request) -> Response:
        if fault := await database_fault(parts):
            return JSONResponse({"status": "unavailable", "database": fault}, 503, {"retry-after": "1"})
        return JSONResponse(
            {"status": "ready", "livekit": await parts.stage.livekit_answers(), "realtime": streaming()}
        )

    async def metrics(_: Request) -> Response:
        await show_last_check(parts.database)
        return Response(generate_latest() + generate_latest(pools), media_type=CONTENT_TYPE_LATEST)

    routes = [Route("/health", health), Route("/ready", ready), Route("/metrics", metrics)]
    return without_redirects(Starlette(routes=fitted_exactly(routes)))
