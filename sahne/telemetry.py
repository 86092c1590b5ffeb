"""Facts, not log lines: code says `observe(GiftSent(…))`; the log and the metrics subscribe to facts.

A fact is a frozen dataclass. `observe` hands it to every subscriber in turn; a subscriber must be quick and
must not raise. Logs are JSON lines on stderr; metrics are Prometheus' and are rendered at `/metrics`.
"""

from __future__ import annotations

import dataclasses
import logging
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import structlog
from prometheus_client import Counter, Histogram

Subscriber = Callable[[Any], None]
_subscribers: list[Subscriber] = []
_logs_requests = False
METRIC_LABELS_REMEMBERED_MAX = 1_024


def observe(fact: Any) -> None:
    """Tell every subscriber of one fact (a dataclass instance)."""
    for subscriber in _subscribers:
        subscriber(fact)


def subscribe(subscriber: Subscriber) -> Callable[[], None]:
    """Add a subscriber; call the answer to take it away again."""
    _subscribers.append(subscriber)
    return lambda: _subscribers.remove(subscriber)


@dataclasses.dataclass(frozen=True, slots=True)
class RequestServed:
    """One HTTP request was answered. `seconds` is from first byte to last."""

    request_id: str
    door: str
    method: str
    path: str
    status: int
    seconds: float


@dataclasses.dataclass(frozen=True, slots=True)
class Failed:
    """Something that should not fail did; `error` is its class and message, never a secret."""

    what: str
    error: str
    request_id: str | None = None

    @classmethod
    def of(cls, what: str, error: BaseException, request_id: str | None = None) -> Failed:
        """The failure that an exception is."""
        return cls(what, f"{type(error).__name__}: {error}".strip(), request_id)


REQUESTS = Counter("sahne_requests_total", "Answered HTTP requests", ["door", "method", "status"])
REQUEST_SECONDS = Histogram(
    "sahne_request_seconds",
    "Time to answer an HTTP request",
    ["door"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
FACTS = Counter("sahne_facts_total", "Facts observed, by kind", ["fact"])


def count(fact: Any) -> None:
    """The metrics' subscriber."""
    if isinstance(fact, RequestServed):
        requests, seconds = _request_metrics(fact.door, fact.method, fact.status)
        requests.inc()
        seconds.observe(fact.seconds)
    else:
        FACTS.labels(type(fact).__name__).inc()


@lru_cache(METRIC_LABELS_REMEMBERED_MAX)
def _request_metrics(door: str, method: str, status: int) -> tuple[Counter, Histogram]:
    """Looking a label up is most of what counting costs; doors, methods and statuses are few."""
    return REQUESTS.labels(door, method, str(status)), REQUEST_SECONDS.labels(door)


def log(fact: Any) -> None:
    """The log's subscriber: one line a fact, requests at debug so that a busy server is not a loud one."""
    if isinstance(fact, RequestServed) and fact.status < 500 and not _logs_requests:
        return  # the hot path: nobody would read it
    logger = structlog.get_logger()
    fields = dataclasses.asdict(fact) if dataclasses.is_dataclass(fact) else {"fact": repr(fact)}  # type: ignore[arg-type]
    if isinstance(fact, Failed) or (isinstance(fact, RequestServed) and fact.status >= 500):
        logger.error(type(fact).__name__, **fields)
    elif isinstance(fact, RequestServed):
        logger.debug(type(fact).__name__, **fields)
    else:
        logger.info(type(fact).__name__, **fields)


def start_telemetry(level: int = logging.INFO) -> Callable[[], None]:
    """Write JSON lines to stderr from `level` up and count every fact. Call the answer to stop."""
    global _logs_requests
    _logs_requests = level <= logging.DEBUG
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    stops = [subscribe(count), subscribe(log)]

    def stop() -> None:
        for each in stops:
            each()

    return stop
