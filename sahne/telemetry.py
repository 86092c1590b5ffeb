"""Facts, not log lines: code says `observe(GiftSent(…))`; the log and the metrics subscribe to facts.

A fact is a frozen dataclass. `observe` hands it to every subscriber in turn; a subscriber must be quick and
must not raise. Logs are JSON lines on stderr, or text where people read them; metrics are Prometheus' and are rendered
at `/metrics`.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import sys
import traceback
from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any, NamedTuple

from prometheus_client import REGISTRY, Counter
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

Subscriber = Callable[[Any], None]
_subscribers: list[Subscriber] = []
_level = logging.INFO  # of what is written
_for_people = False
_hushed = False
FRAMES_MAX = 50  # of a failure
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})  # callers may make up others
REQUEST_SECONDS_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


_request_id: ContextVar[str | None] = ContextVar("sahne_request_id", default=None)


def work_for(request_id: str | None) -> None:
    """What this task does from now on is done for a request, also what was asked for by it and is done later."""
    _request_id.set(request_id)


def current_request_id() -> str | None:
    """The request that this is done for, if it is done for one."""
    return _request_id.get()


def observe(fact: Any) -> None:
    """Tell every subscriber of one fact (a dataclass instance)."""
    for subscriber in _subscribers:
        subscriber(fact)


def subscribe(subscriber: Subscriber) -> Callable[[], None]:
    """Add a subscriber; call the answer to take it away again."""
    _subscribers.append(subscriber)
    return lambda: _subscribers.remove(subscriber)


class RequestServed(NamedTuple):  # the one fact there is many thousand times a second, and the quickest kind of value
    """One HTTP request was answered. `seconds` is from first byte to last."""

    request_id: str
    door: str
    method: str
    path: str
    status: int
    seconds: float


class Frame(NamedTuple):
    """Where in the code something was under way."""

    module: str
    function: str
    line: int


@dataclasses.dataclass(frozen=True, slots=True)
class Failed:
    """Something that should not fail did; `error` is its class and message, never a secret.

    `kind` is the class alone, and `frames` say where it was, the innermost last: they are for reports elsewhere, and in
    no log.
    """

    what: str
    error: str
    request_id: str | None = dataclasses.field(default_factory=current_request_id)
    kind: str = dataclasses.field(default="Failure", compare=False, repr=False, kw_only=True)
    frames: tuple[Frame, ...] = dataclasses.field(default=(), compare=False, repr=False, kw_only=True)

    @classmethod
    def of(cls, what: str, error: BaseException) -> Failed:
        """The failure that an exception is."""
        frames = (
            Frame(frame.f_globals.get("__name__", "?"), frame.f_code.co_name, line)
            for frame, line in traceback.walk_tb(error.__traceback__)
        )
        kind = type(error).__name__
        return cls(what, f"{kind}: {error}".strip(), kind=kind, frames=tuple(frames)[-FRAMES_MAX:])


class ServedRequests(Collector):
    """Counts and times of answered requests as plain numbers: the library's counters lock and look up at every step."""

    def __init__(self) -> None:
        self._counts: Tally[tuple[str, str, int]] = Tally()
        self._buckets: dict[str, list[int]] = {}  # per door, and one more for what is beyond the last bound
        self._seconds: Tally[str] = Tally()

    def add(self, fact: RequestServed) -> None:
        """One more."""
        door = fact.door
        method = fact.method if fact.method in METHODS else "other"
        self._counts[door, method, fact.status] += 1
        buckets = self._buckets.get(door)
        if buckets is None:
            buckets = self._buckets[door] = [0] * (len(REQUEST_SECONDS_BUCKETS) + 1)
        buckets[bisect_left(REQUEST_SECONDS_BUCKETS, fact.seconds)] += 1
        self._seconds[door] += fact.seconds  # type: ignore[assignment]

    def collect(self) -> Iterator[Metric]:
        """What Prometheus is shown."""
        requests = CounterMetricFamily("sahne_requests", "Answered HTTP requests", labels=["door", "method", "status"])
        for (door, method, status), number in self._counts.items():
            requests.add_metric([door, method, str(status)], number)
        yield requests
        times = HistogramMetricFamily("sahne_request_seconds", "Time to answer an HTTP request", labels=["door"])
        bounds = [*(str(float(bound)) for bound in REQUEST_SECONDS_BUCKETS), "+Inf"]
        for door, buckets in self._buckets.items():
            times.add_metric([door], list(zip(bounds, accumulate(buckets), strict=True)), self._seconds[door])
        yield times


SERVED = ServedRequests()
REGISTRY.register(SERVED)
FACTS = Counter("sahne_facts_total", "Facts observed, by kind", ["fact"])


def count(fact: Any) -> None:
    """The metrics' subscriber."""
    if isinstance(fact, RequestServed):
        SERVED.add(fact)
    else:
        FACTS.labels(type(fact).__name__).inc()


def log(fact: Any) -> None:
    """The log's subscriber: one line a fact, requests at debug so that a busy server is not a loud one."""
    if _hushed and isinstance(fact, Failed):
        return
    if isinstance(fact, RequestServed):
        if fact.status >= 500:
            write_line(logging.ERROR, type(fact).__name__, fact._asdict())
        elif _level <= logging.DEBUG:  # else the hot path: nobody would read it
            write_line(logging.DEBUG, type(fact).__name__, fact._asdict())
        return
    fields = dataclasses.asdict(fact) if dataclasses.is_dataclass(fact) else {"fact": repr(fact)}  # type: ignore[arg-type]
    if isinstance(fact, Failed):
        del fields["kind"], fields["frames"]
    write_line(logging.ERROR if isinstance(fact, Failed) else logging.INFO, type(fact).__name__, fields)


def write_line(level: int, event: str, fields: Mapping[str, object]) -> None:
    """One JSON line on stderr, if its level is written; with the request that it is done for."""
    if level >= _level:
        moment = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        request_id = current_request_id()
        whose = {"request_id": request_id} if request_id else {}
        named = {"event": event, "level": logging.getLevelName(level).lower(), "timestamp": moment}
        told = {**whose, **fields, **named}
        line = _as_text(told) if _for_people else json.dumps(told, default=repr)
        print(line, file=sys.stderr, flush=True)


def _as_text(told: Mapping[str, object]) -> str:
    head = ("timestamp", "level", "event")
    fields = (f"{name}={json.dumps(value, default=repr)}" for name, value in told.items() if name not in head)
    return " ".join((str(told["timestamp"]), f"{told['level']:<7}", json.dumps(told["event"]).strip('"'), *fields))


def choose_log(level: str, form: str) -> None:
    """Write from this level up from now on, by its name; `json` for programs, `text` for people."""
    global _level, _for_people
    _level, _for_people = logging.getLevelNamesMapping()[level.upper()], form == "text"


class LinesOfLibraries(logging.Handler):
    """What libraries warn of (psycopg, uvicorn, asyncio) as JSON lines too, so that whoever reads the log can."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        if _hushed:
            return
        error = record.exc_info[1] if record.exc_info else None
        fields = {"error": f"{type(error).__name__}: {error}"} if error else {}
        write_line(record.levelno, record.getMessage(), {"logger": record.name, **fields})


@contextmanager
def hushed(when: bool) -> Iterator[None]:
    """As long as the block lasts, failures are counted and not logged: they have one cause, which is told already."""
    global _hushed
    _hushed = when
    try:
        yield
    finally:
        _hushed = False


def start_telemetry(level: int = logging.INFO) -> Callable[[], None]:
    """Write JSON lines to stderr from `level` up and count every fact. Call the answer to stop."""
    global _level, _for_people
    _level, _for_people = level, False
    libraries = LinesOfLibraries(logging.WARNING)
    logging.getLogger().addHandler(libraries)
    stops: list[Callable[[], None]] = [
        subscribe(count),
        subscribe(log),
        lambda: logging.getLogger().removeHandler(libraries),
    ]

    def stop() -> None:
        for each in stops:
            each()

    return stop
