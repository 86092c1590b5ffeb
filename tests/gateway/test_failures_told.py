"""A failure of ours, from the answer that names its id to the line in the log and the report that Sentry's wire carries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from sahne.settings import Settings
from sahne.telemetry import choose_log, start_telemetry
from tests.conftest import Running, free_port, running_server
from tests.eventually import eventually
from tests.posted import Box, Posted, posted_to
from tests.world import World, bearer

KEY = "k" * 32


@pytest.fixture(scope="module")
def sentry() -> Iterator[Box]:
    with posted_to() as box:
        yield box


@pytest.fixture(scope="module")
def reporting(settings: Settings, sentry: Box) -> Iterator[Running]:
    dsn = f"{sentry.url.replace('://', f'://{KEY}@')}/prefix/42"
    with running_server(replace(settings, port=free_port(), error_reports=dsn)) as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def broken(database_url: str, reporting: Running) -> None:
    """The list of scenes has lost its function: a fault that is nobody's but ours."""
    with psycopg.connect(database_url) as conn:
        conn.execute(
            "do $$ begin execute (select format('drop function %s', p.oid::regprocedure) from pg_proc p"
            " where p.pronamespace = 'private'::regnamespace and p.proname = 'list_scenes'); end $$"
        )


def scenes_of_ada(world: World, url: str, request_id: str) -> httpx.Response:
    headers = bearer(world.person()) | {"X-Request-Id": request_id}
    return httpx.get(f"{url}/functions/v1/studio/scenes?q=somebodys-secret-wish", headers=headers)


def envelope(letter: Posted) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Its heads and its event, as Sentry reads them: a line each, the event as long as its head says."""
    first, second, rest = letter.body.split(b"\n", 2)
    head = json.loads(second)
    return json.loads(first), head, json.loads(rest[: head["length"]])


def lines_of(capsys: pytest.CaptureFixture[str], request_id: str) -> list[str]:
    """The two lines of a request that failed; the second is written when its answer is already read."""
    lines: list[str] = []

    def are_there() -> bool:
        lines.extend(line for line in capsys.readouterr().err.splitlines() if request_id in line)
        return len(lines) == 2

    eventually(are_there)
    return lines


def test_the_answer_names_the_id_which_finds_the_words_in_the_log_and_none_of_them_is_in_the_report(
    reporting: Running, sentry: Box, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    request_id, stop = uuid4().hex, start_telemetry()
    answer = scenes_of_ada(world, reporting.url, request_id)
    failed, served = map(json.loads, lines_of(capsys, request_id))
    eventually(lambda: sentry.posted)
    stop()
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, request_id)
    assert f"request id {request_id} finds it in the log" in answer.json()["hint"]
    assert (failed["event"], failed["level"]) == ("Failed", "error")
    assert "list_scenes" in failed["error"]
    assert {"frames", "kind"} & failed.keys() == set()
    assert (served["event"], served["status"]) == ("RequestServed", 500)

    (letter,) = sentry.posted
    assert letter.path == "/prefix/api/42/envelope/"
    assert letter.headers["content-type"] == "application/x-sentry-envelope"
    assert f"sentry_key={KEY}" in letter.headers["x-sentry-auth"]
    first, second, event = envelope(letter)
    assert (first["event_id"], second["type"]) == (event["event_id"], "event")
    assert event["tags"] == {"program": "server", "request_id": request_id}
    (error,) = event["exception"]["values"]
    assert error["type"] == "StatementFailed"
    frames = error["stacktrace"]["frames"]
    assert frames[-1]["module"].startswith("sahne.database")
    assert {frame["function"] for frame in frames if frame["in_app"]} >= {"run"}

    told = letter.body.decode() + str(letter.headers)
    for word in ("secret", "/functions/v1/", "does not exist", "list_scenes(", "Bearer"):
        assert word not in told, f"{word} is the person's, or the failure's own"
    assert {"vars", "message", "value", "context_line", "user", "request"} & event.keys() == set()


def test_lines_are_for_people_where_they_are_chosen_so_and_hold_no_line_breaks(
    reporting: Running, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = start_telemetry()
    choose_log("error", "text")
    scenes_of_ada(world, reporting.url, "for-people")
    failed, served = lines_of(capsys, "for-people")
    choose_log("info", "json")
    stop()
    assert ' error   Failed request_id="for-people" what="GET /functions/v1/studio/scenes" error="' in failed
    assert ' error   RequestServed request_id="for-people" ' in served
