"""What is recorded as spans, decided where something begins; and what a job knows of whom it is done for."""

from __future__ import annotations

import asyncio
import contextvars
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from sahne import tracing
from sahne.jobs.asked_by import AskedBy, asked_by, told_apart
from sahne.providers.exchange import NotTaken
from sahne.providers.questions import asking
from sahne.providers.traces import otlp
from sahne.telemetry import work_for

CALLER = f"00-{'a' * 32}-{'b' * 16}-01"


@dataclass
class Noted:
    """A span that is kept."""

    name: str
    parent: tracing.Span | str | None
    notes: dict[str, tracing.Value]
    failure: str | None = None
    is_over: bool = False
    traceparent: str = CALLER

    def note(self, name: str, value: tracing.Value) -> None:
        self.notes[name] = value

    def fail(self, kind: str) -> None:
        self.failure = kind

    def end(self) -> None:
        self.is_over = True


@dataclass
class Notebook:
    """A tracer that keeps what it is told."""

    spans: list[Noted] = field(default_factory=list)

    def start(
        self, name: str, kind: tracing.Kind, parent: tracing.Span | str | None, attributes: tracing.Attributes
    ) -> tracing.Span:
        self.spans.append(Noted(name, parent, dict(attributes)))
        return self.spans[-1]


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    book = Notebook()
    monkeypatch.setattr(tracing, "_asked_for", (0, 0))  # what another test asked for in this second
    before = tracing.set_tracer(book, 0.0)
    yield book
    tracing.set_tracer(*before)


def test_parts_are_recorded_below_what_they_are_parts_of_and_only_where_that_is(notebook: Notebook) -> None:
    with tracing.span("alone") as alone:
        assert alone is None
    with tracing.root("request", "server", traceparent=CALLER) as request, tracing.span("statement") as statement:
        assert tracing.current() is statement
    assert tracing.current() is None
    assert [(each.name, each.parent, each.is_over) for each in notebook.spans] == [
        ("request", CALLER, True),
        ("statement", request, True),
    ]


def test_what_breaks_says_of_which_kind_it_is_and_not_in_which_words(notebook: Notebook) -> None:
    with (
        pytest.raises(NotTaken),
        tracing.root("request", "server", traceparent=CALLER),
        asking("a.example") as question,
    ):
        assert question.headers == {"traceparent": CALLER}, "whom we ask is told whose part it is"
        raise NotTaken("ada@example.com")
    assert [each.failure for each in notebook.spans] == ["NotTaken", "NotTaken"]
    assert "ada" not in str(notebook.spans)


def test_without_a_trace_whom_we_ask_is_told_of_none(notebook: Notebook) -> None:
    with asking("a.example") as question:
        assert question.headers == {}


def recorded(traceparent: str | None = None, *, is_ours: bool = False) -> int:
    """How many of a hundred are."""
    return sum(tracing.is_recorded(traceparent, is_ours=is_ours) for _ in range(100))


def test_a_share_of_all_is_recorded_and_none_of_those_whose_caller_records_nothing(notebook: Notebook) -> None:
    assert recorded() == 0
    tracing.set_tracer(notebook, 1.0)
    assert recorded() == 100
    assert recorded(CALLER[:-1] + "0") == 0
    tracing.set_tracer(None, 1.0)
    assert recorded() == 0


def test_anybody_may_ask_to_be_recorded_and_nobody_for_all(notebook: Notebook) -> None:
    times = 3 * tracing.ASKED_FOR_PER_SECOND_MAX  # a second may end in between, and one more
    assert 1 <= recorded(CALLER) <= times
    assert recorded(CALLER, is_ours=True) == 100


@pytest.mark.parametrize(
    "header",
    [
        *("", "00", f"00-{'0' * 32}-{'b' * 16}-01", f"00-{'a' * 32}-{'0' * 16}-01", f"ff-{'a' * 32}-{'b' * 16}-01"),
        *(CALLER.upper(), f"{CALLER} ", f"{CALLER}\n", CALLER[:-2]),
    ],
)
def test_a_header_that_is_none_is_as_good_as_not_sent(notebook: Notebook, header: str) -> None:
    tracing.set_tracer(notebook, 1.0)
    assert recorded(header) == 100
    with tracing.root("request", "server", traceparent=header):
        assert notebook.spans[-1].parent is None


def test_a_job_knows_the_request_and_the_span_it_is_done_for(notebook: Notebook) -> None:
    def of_a_request() -> dict[str, object]:
        work_for("r-1")
        with tracing.root("request", "server", traceparent=CALLER):
            return asked_by()

    args = {"word": "w", "timestamp": 1, **contextvars.copy_context().run(of_a_request)}
    assert told_apart(args) == ({"word": "w"}, AskedBy("r-1", CALLER))


def test_what_the_clock_asks_for_is_done_for_nobody() -> None:
    assert asked_by() == {}
    assert told_apart({"word": "w"}) == ({"word": "w"}, AskedBy())


@pytest.mark.anyio
async def test_a_collector_that_hangs_holds_up_nobody_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its socket takes connections and says nothing: each batch waits for `SEND_SECONDS_MAX`."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tracer = otlp.OtlpTracer(f"http://127.0.0.1:{silent.getsockname()[1]}", "server", {})
        for _ in range(4_000):
            tracer.start("request", "server", None, {}).end()
        monkeypatch.setattr(otlp, "SEND_SECONDS_MAX", 0.01)
        async with asyncio.timeout(20):
            await tracer.close()
        waiting = [each for each in threading.enumerate() if each.name == otlp.LAST_SPANS]
        assert [each.daemon for each in waiting] == [True], "what still waits ends with the program"
