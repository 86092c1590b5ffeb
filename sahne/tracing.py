"""Spans: what one piece of work consists of and how long each part took, for whoever sets a `Tracer` (nobody, else).

A root (a request, a job) is recorded or not when it begins: a share of them, those whose caller asks for it by a W3C
`traceparent` (so many a second at most: the header is anybody's), and jobs whose request was. Parts are recorded where
their root is.
Source: w3.org/TR/trace-context, version 00.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Literal, Protocol

Kind = Literal["server", "client", "consumer", "internal"]
Value = str | int
Attributes = Mapping[str, Value]

ASKED_FOR_PER_SECOND_MAX = 10
TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
RECORDED = 1  # the one flag of version 00
NOTHING: Attributes = {}


class Span(Protocol):
    """A part that is under way."""

    @property
    def traceparent(self) -> str:
        """What others are to be sent, so that their part belongs to this one."""

    def note(self, name: str, value: Value) -> None:
        """Say more of it, in the words of OpenTelemetry's conventions."""

    def fail(self, kind: str) -> None:
        """It did not succeed, for a kind of reason: no words, which might be somebody's."""

    def end(self) -> None:
        """It is over, now."""


class Tracer(Protocol):
    """Who records spans."""

    def start(self, name: str, kind: Kind, parent: Span | str | None, attributes: Attributes) -> Span:
        """A span that begins now, below a span of this process or a `traceparent` of elsewhere."""


_tracer: Tracer | None = None
_share = 0.0
_asked_for: tuple[int, int] = (0, 0)  # a second, and how many asked for in it were recorded
_current: ContextVar[Span | None] = ContextVar("sahne_span", default=None)


def set_tracer(tracer: Tracer | None, share: float) -> tuple[Tracer | None, float]:
    """Record such a share of what begins, from now on; None records nothing. Answers what was set before."""
    global _tracer, _share
    before = _tracer, _share
    _tracer, _share = tracer, share
    return before


def current() -> Span | None:
    """The span that is under way here, where one is recorded."""
    return _current.get()


class span:
    """A part of what is under way: `with span("statement") as part:`; `part` is None where nothing is recorded."""

    __slots__ = ("_attributes", "_kind", "_name", "_span", "_token")

    def __init__(self, name: str, kind: Kind = "internal", attributes: Attributes = NOTHING) -> None:
        self._name, self._kind, self._attributes = name, kind, attributes
        self._span: Span | None = None
        self._token: Token[Span | None] | None = None

    def __enter__(self) -> Span | None:
        parent = _current.get()
        if parent is not None and _tracer is not None:
            self._enter(_tracer, parent)
        return self._span

    def _enter(self, tracer: Tracer, parent: Span | str | None) -> None:
        self._span = tracer.start(self._name, self._kind, parent, self._attributes)
        self._token = _current.set(self._span)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._span is None or self._token is None:
            return
        if kind is not None:
            self._span.fail(kind.__name__)
        _current.reset(self._token)
        self._span.end()


class root(span):
    """What something begins with that is recorded, below the `traceparent` of who asked for it, if that is one."""

    __slots__ = ("_traceparent",)

    def __init__(self, name: str, kind: Kind, attributes: Attributes = NOTHING, traceparent: str | None = None) -> None:
        super().__init__(name, kind, attributes)
        self._traceparent = traceparent if traceparent and TRACEPARENT.fullmatch(traceparent) else None

    def __enter__(self) -> Span | None:
        if _tracer is not None:
            self._enter(_tracer, self._traceparent)
        return self._span


def is_recorded(traceparent: str | None, *, is_ours: bool = False) -> bool:
    """Whether what begins now is, asked for by that; whom one of our own sends need not be doubted."""
    if _tracer is None:
        return False
    if traceparent is None or not TRACEPARENT.fullmatch(traceparent):
        return _is_of_the_share()
    if not int(traceparent[-2:], 16) & RECORDED:
        return False
    return is_ours or _may_ask() or _is_of_the_share()


def _is_of_the_share() -> bool:
    return random.random() < _share  # noqa: S311 chance enough


def _may_ask() -> bool:
    global _asked_for
    second, number = int(time.monotonic()), 0
    if second == _asked_for[0]:
        number = _asked_for[1]
    _asked_for = (second, number + 1)
    return number < ASKED_FOR_PER_SECOND_MAX
