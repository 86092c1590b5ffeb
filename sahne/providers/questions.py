"""What asking others comes to, for `/metrics`: how often, what became of it, how long it took, by whom was asked.

A provider is told by the host of its address. Where others say the address (a webhook, a browser's push service, a
picture's own place) it has a name instead; and hosts beyond a bound are one, since each is a series of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from prometheus_client import Counter, Histogram

from sahne import tracing

Outcome = Literal["answered", "refused", "failed", "unanswered", "given_up"]

HOSTS_MAX = 50
OTHERS = "others"
SECONDS_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
REFUSED, FAILED = 400, 500

CALLS = Counter("sahne_provider_calls_total", "Questions to others, by what became of them", ["provider", "outcome"])
SECONDS = Histogram("sahne_provider_seconds", "Time until others have answered", ["provider"], buckets=SECONDS_BUCKETS)
_hosts: set[str] = set()


@dataclass(slots=True)
class Question:
    """One that is under way; `status` is what was answered, in HTTP's numbers, 0 until then.

    `headers` are to be sent along: the span that it is, where it is recorded.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        """What became of it."""
        if not self.status:
            return "unanswered"
        if self.status >= FAILED:
            return "failed"
        return "refused" if self.status >= REFUSED else "answered"


@contextmanager
def asking(provider: str) -> Iterator[Question]:
    """Count a question and time it; the block says what was answered. One that is cancelled was given up."""
    question, began = Question(), time.perf_counter()
    is_given_up = False
    with tracing.span(f"ask {provider}", "client", {"server.address": provider}) as span:
        if span is not None:
            question.headers = {"traceparent": span.traceparent}
        try:
            yield question
        except asyncio.CancelledError:
            is_given_up = True
            raise
        finally:
            outcome: Outcome = "given_up" if is_given_up else question.outcome
            CALLS.labels(provider, outcome).inc()
            SECONDS.labels(provider).observe(time.perf_counter() - began)
            if span is not None:
                _note(span, question, outcome)


def _note(span: tracing.Span, question: Question, outcome: Outcome) -> None:
    if question.status:
        span.note("http.response.status_code", question.status)
    if outcome != "answered":
        span.fail(outcome)


def provider_at(host: str | None) -> str:
    """What the provider at a host is called."""
    name = (host or OTHERS).lower()
    if name not in _hosts:
        if len(_hosts) >= HOSTS_MAX:
            return OTHERS
        _hosts.add(name)
    return name
