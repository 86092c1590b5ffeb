"""Spans on OTLP's wire: what a request consists of, down to the statement, and on into the job and whom the job asks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from sahne.database.pool import Database
from sahne.settings import Settings
from sahne.telemetry import start_telemetry
from sahne.worker import work
from tests.conftest import Running, free_port, running_server
from tests.eventually import eventually
from tests.posted import Box, posted_to
from tests.studio import Studio
from tests.world import bearer

RECORDED = "01"


@pytest.fixture(scope="module")
def collector() -> Iterator[Box]:
    with posted_to() as box:
        yield box


@pytest.fixture(scope="module")
def traced(settings: Settings, collector: Box) -> Iterator[Running]:
    chosen = replace(
        settings,
        port=free_port(),
        image_providers="memory",
        traces_url=f"{collector.url}/",
        traces_headers="authorization=Bearer of-the-collector",
        traces_share=0.0,
    )
    with running_server(chosen) as running:
        yield running


def spans(collector: Box, trace_id: str) -> dict[str, list[Span]]:
    """The spans of a trace that have arrived, by their names."""
    found: dict[str, list[Span]] = {}
    for letter in list(collector.posted):
        assert letter.path == "/v1/traces"
        assert letter.headers["content-type"] == "application/x-protobuf"
        for resource in ExportTraceServiceRequest.FromString(letter.body).resource_spans:
            for span in (span for scope in resource.scope_spans for span in scope.spans):
                if span.trace_id.hex() == trace_id:
                    found.setdefault(span.name, []).append(span)
    return found


def attributes(span: Span) -> dict[str, str | int]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


def asked_for(trace_id: str, flags: str = RECORDED) -> dict[str, str]:
    return {"traceparent": f"00-{trace_id}-{'b' * 16}-{flags}"}


async def photo_of(studio: Studio, person: UUID) -> str:
    async with Database(studio.settings.authenticator_url, connections_max=1) as database:
        return await studio.photo(database, person)


def test_a_request_its_statement_its_job_and_whom_the_job_asks_are_one_trace(
    traced: Running, collector: Box, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    studio, trace_id = Studio(database_url, traced.settings), uuid4().hex
    ada, scene = studio.person(), studio.scene()
    headers = bearer(ada) | {"Idempotency-Key": "one", "X-Request-Id": "from-the-app"} | asked_for(trace_id)
    url = f"{traced.url}/functions/v1/studio/generations"
    wish = {"scene_id": str(scene), "photo_path": asyncio.run(photo_of(studio, ada))}
    answer = httpx.post(url, json=wish, headers=headers)
    assert answer.status_code == 202
    stop = start_telemetry()
    asyncio.run(work(traced.settings, wait=False))
    stop()
    done = [json.loads(line) for line in capsys.readouterr().err.splitlines() if '"JobDone"' in line]
    assert {each["task"]: each.get("request_id") for each in done}["make_generation"] == "from-the-app"
    assert {each.get("request_id") for each in done if each["task"] != "make_generation"} <= {None}, "by the clock"
    assert studio.generation(UUID(answer.json()["generation"]["id"]))["status"] == "done"
    eventually(lambda: {"POST /functions/v1", "ask memory"} <= spans(collector, trace_id).keys())

    trace = spans(collector, trace_id)
    (request,), (job,), (asking,) = trace["POST /functions/v1"], trace["job make_generation"], trace["ask memory"]
    assert request.parent_span_id.hex() == "b" * 16, "the caller's"
    assert (request.kind, job.kind, asking.kind) == (
        Span.SPAN_KIND_SERVER,
        Span.SPAN_KIND_CONSUMER,
        Span.SPAN_KIND_CLIENT,
    )
    assert trace["defer_job"][0].parent_span_id == request.span_id
    assert job.parent_span_id == request.span_id
    assert asking.parent_span_id == job.span_id
    assert trace["claim_generation"][0].parent_span_id == job.span_id
    assert attributes(request)["http.response.status_code"] == 202
    assert attributes(request)["url.path"] == "/functions/v1/studio/generations"
    assert attributes(trace["defer_job"][0])["db.system.name"] == "postgresql"
    assert attributes(request)["sahne.request_id"] == attributes(job)["sahne.request_id"] == "from-the-app"
    assert {letter.headers["authorization"] for letter in collector.posted} == {"Bearer of-the-collector"}
    assert str(ada) not in str([letter.body for letter in collector.posted]), "who asked is in no span"


def test_a_caller_who_records_gets_its_parts_and_one_who_does_not_and_one_who_says_nothing_get_none(
    traced: Running, collector: Box
) -> None:
    quiet, loud = uuid4().hex, uuid4().hex
    unasked = httpx.get(f"{traced.url}/rest/v1/gifts")
    httpx.get(f"{traced.url}/rest/v1/gifts", headers=asked_for(quiet, flags="00"))
    httpx.get(f"{traced.url}/rest/v1/gifts", headers=asked_for(loud))
    eventually(lambda: spans(collector, loud))
    trace = spans(collector, loud)
    assert trace["statement"][0].parent_span_id == trace["GET /rest/v1"][0].span_id
    assert spans(collector, quiet) == {}
    assert unasked.headers["x-request-id"].encode() not in b"".join(letter.body for letter in collector.posted)
