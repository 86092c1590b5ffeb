"""Spans to a collector: OTLP over HTTP, by OpenTelemetry's own library, in batches from a thread of its own.

A collector that does not answer costs the spans that do not fit the queue, and nobody's time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.trace import Span as OtelSpan

from sahne import __version__
from sahne.tracing import Attributes, Kind, Span, Value

QUEUE_SPANS_MAX = 4_096
BATCH_SPANS_MAX = 512
BATCH_MILLISECONDS = 1_000
SEND_SECONDS_MAX = 5.0
LAST_SPANS = "last spans"  # the thread that sends them
KINDS: Mapping[Kind, SpanKind] = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "consumer": SpanKind.CONSUMER,
    "internal": SpanKind.INTERNAL,
}


class OtlpTracer:
    """A `Tracer` whose spans go to the collector at `url`, as parts of a program: `server`, `worker`."""

    def __init__(self, url: str, program: str, headers: Mapping[str, str]) -> None:
        exporter = OTLPSpanExporter(f"{url.rstrip('/')}/v1/traces", headers=dict(headers), timeout=SEND_SECONDS_MAX)
        resource = Resource({"service.name": f"sahne-{program}", "service.version": __version__})
        # what is recorded was decided before: nobody here thins it out once more
        self._provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(
            BatchSpanProcessor(
                exporter,
                max_queue_size=QUEUE_SPANS_MAX,
                schedule_delay_millis=BATCH_MILLISECONDS,
                max_export_batch_size=BATCH_SPANS_MAX,
            )
        )
        self._tracer = self._provider.get_tracer("sahne", __version__)

    def start(self, name: str, kind: Kind, parent: Span | str | None, attributes: Attributes) -> Span:
        """See `Tracer`."""
        above = parent.otel if isinstance(parent, OtlpSpan) else _elsewhere(parent) if isinstance(parent, str) else None
        context = set_span_in_context(above or NonRecordingSpan(SpanContext(0, 0, is_remote=False)))
        return OtlpSpan(self._tracer.start_span(name, context, KINDS[kind], attributes))

    async def close(self) -> None:
        """Send what waits, within `SEND_SECONDS_MAX`, and end."""
        # the library would wait for 30 s, and a thread that is no daemon holds up the end of the program
        ending = threading.Thread(target=self._provider.shutdown, name=LAST_SPANS, daemon=True)
        ending.start()
        await asyncio.to_thread(ending.join, SEND_SECONDS_MAX)


class OtlpSpan:
    """A `Span` of the library's."""

    __slots__ = ("otel",)

    def __init__(self, otel: OtelSpan) -> None:
        self.otel = otel

    @property
    def traceparent(self) -> str:
        """See `Span`."""
        context = self.otel.get_span_context()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"

    def note(self, name: str, value: Value) -> None:
        """See `Span`."""
        self.otel.set_attribute(name, value)

    def fail(self, kind: str) -> None:
        """See `Span`."""
        self.otel.set_attribute("error.type", kind)
        self.otel.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        """See `Span`."""
        self.otel.end()


def _elsewhere(traceparent: str) -> OtelSpan:
    _, trace_id, span_id, flags = traceparent.split("-")
    context = SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
    return NonRecordingSpan(context)
