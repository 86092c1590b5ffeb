"""A worker's `/metrics`, on a port of its own and a thread beside the work: Prometheus asks each process for itself.

A scraper sends `Authorization: Bearer …`; without a token to compare it with, the page is for this machine alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from secrets import compare_digest
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from sahne.errors import SetupError
from sahne.public_addresses import is_loopback

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication

SILENT_SECONDS_MAX = 5.0


class MetricsOpenToAll(SetupError):
    """The worker's metrics would be anybody's."""

    code = "metrics_open_to_all"


class MetricsPortTaken(SetupError):
    """Somebody else is at the port of the worker's metrics."""

    code = "metrics_port_taken"


class _Scrape(WSGIRequestHandler):
    """One at a time, and none for long."""

    timeout = SILENT_SECONDS_MAX

    def log_message(self, format: str, *args: Any) -> None:
        """A scrape is nothing to tell."""


@contextmanager
def metrics_page(host: str, port: int | None, token: str | None) -> Iterator[None]:
    """The page, as long as the block lasts; without a port there is none.

    Raises:
        MetricsOpenToAll: others reach `host`, and there is no token. MetricsPortTaken
    """
    if port is None:
        yield
        return
    if token is None and not is_loopback(host):
        raise MetricsOpenToAll(details=f"{host}:{port}", hint="Set SAHNE_METRICS_TOKEN, or SAHNE_HOST=127.0.0.1.")
    try:
        server = make_server(host, port, _guarded(token), WSGIServer, _Scrape)
    except OSError as error:
        raise MetricsPortTaken(details=f"{host}:{port}", hint="Set another SAHNE_WORKER_METRICS_PORT.") from error
    thread = threading.Thread(target=server.serve_forever, name="sahne metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _guarded(token: str | None) -> WSGIApplication:
    page: WSGIApplication = make_wsgi_app()

    def guarded(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        sent = str(environ.get("HTTP_AUTHORIZATION", "")).encode()
        if token is not None and not compare_digest(sent, f"Bearer {token}".encode()):
            start_response("401 Unauthorized", [("content-type", "text/plain"), ("www-authenticate", "Bearer")])
            return [b"Send Authorization: Bearer, with the value of SAHNE_METRICS_TOKEN.\n"]
        if environ.get("PATH_INFO") != "/metrics":
            start_response("404 Not Found", [("content-type", "text/plain")])
            return [b"There is /metrics alone.\n"]
        return page(environ, start_response)

    return guarded
