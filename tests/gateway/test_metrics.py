"""The metrics: what waits is counted where it waits, who is connected while they are, and the page of them is the truth."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.sync.client import connect

import sahne.worker  # its metrics are in the page, too
from sahne.bus.bus import Bus
from sahne.gateway.bus_gauges import BusGauges
from sahne.jobs.metrics_page import MetricsOpenToAll, MetricsPortTaken, metrics_page
from sahne.providers import questions
from sahne.providers.exchange import NotTaken, ask
from sahne.providers.questions import HOSTS_MAX, OTHERS, asking, provider_at
from tests.conftest import Running, free_port
from tests.eventually import eventually

assert sahne.worker
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"
A_ROW = re.compile(r"^\| `(sahne_\w+)` \| (\w+) \| (.*?) \| (.*) \|", re.MULTILINE)


def shown(url: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Each sample by its name and the values of its labels, in the labels' order."""
    families = text_string_to_metric_families(httpx.get(f"{url}/metrics").text)
    return {
        (each.name, tuple(value for _, value in sorted(each.labels.items()))): each.value
        for family in families
        for each in family.samples
    }


@pytest.fixture
def admin(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        yield conn


def test_the_page_of_the_metrics_names_each_with_its_kind_its_labels_and_its_words(server: Running) -> None:
    httpx.get(f"{server.url}/rest/v1/gifts")
    said = list(text_string_to_metric_families(httpx.get(f"{server.url}/metrics").text))
    shown = [each for each in [*said, *BusGauges(Bus()).collect()] if each.name.startswith("sahne_")]
    told = [each for each in shown if not each.name.endswith("_created")]  # when a series of this process began
    page = {name: (kind, words) for name, kind, _, words in A_ROW.findall(PAGE.read_text("utf-8"))}
    assert page == {
        each.name + ("_total" if each.type == "counter" else ""): (each.type, each.documentation) for each in told
    }
    labels = {name: set(re.findall(r"`(\w+)`", named)) for name, _, named, _ in A_ROW.findall(PAGE.read_text("utf-8"))}
    for each in told:
        name = each.name + ("_total" if each.type == "counter" else "")
        used = {label for sample in each.samples for label in sample.labels} - {"le"}
        assert not each.samples or used == labels[name], name


def test_jobs_are_counted_by_task_and_the_first_that_waits_has_an_age(
    server: Running, admin: psycopg.Connection[Any]
) -> None:
    admin.execute(
        "insert into jobs.procrastinate_jobs (queue_name, task_name, status, scheduled_at)"
        " values ('q', 'letters', 'todo', now() - interval '90 s'), ('q', 'letters', 'todo', now() + interval '1 day'),"
        " ('q', 'letters', 'doing', null), ('q', 'pictures', 'todo', null)"
    )
    admin.execute("insert into jobs.procrastinate_workers (last_heartbeat) values (now()), (now() - interval '1 hour')")
    told = shown(server.url)
    admin.execute("truncate jobs.procrastinate_jobs, jobs.procrastinate_workers cascade")
    assert told["sahne_jobs", ("waiting", "letters")] == 1, "what is planned for later does not wait"
    assert told["sahne_jobs", ("running", "letters")] == 1
    assert 90 <= told["sahne_job_oldest_seconds", ("letters",)] < 120
    assert told["sahne_jobs", ("waiting", "pictures")] == 1
    assert 0 <= told["sahne_job_oldest_seconds", ("pictures",)] < 30
    assert told["sahne_workers", ()] == 1, "one that is silent for an hour is none"
    assert ("sahne_jobs", ("waiting", "letters")) not in shown(server.url), "what is done is not shown for ever"


def test_what_others_told_and_are_to_be_told_has_an_age_and_what_was_given_up_is_told_apart(
    server: Running, admin: psycopg.Connection[Any]
) -> None:
    endpoint = "insert into private.webhook_endpoints (url, is_active) values ('https://a.example', %s) returning id"
    ids = [id for active in (True, False) for (id,) in admin.execute(endpoint, [active])]
    with admin.transaction():
        admin.execute(
            "insert into private.livekit_events (id, server, event, body, received_at, attempts) values"
            " ('given up', 'nobody', 'x', '{}', now() - interval '1 hour', 10),"
            " ('waits', 'nobody', 'x', '{}', now() - interval '5 min', 3)"
        )
        admin.execute(
            "insert into private.livekit_outbox (action, room_name, created_at, due_at, error, done_at) values"
            " ('delete_room', 'a', now() - interval '10 min', now() + interval '1 min', 'no answer', null),"
            " ('delete_room', 'b', now() - interval '20 min', now() + interval '1 min', null, null),"
            " ('delete_room', 'c', now() - interval '30 min', now() - interval '30 min', null, now())"
        )
        for each in ids:
            admin.execute(
                "insert into private.webhook_messages (endpoint_id, code, body, created_at, next_at)"
                " values (%s, 'x', '{}', now() - interval '7 min', now() + interval '1 day')",
                [each],
            )
    told = shown(server.url)
    admin.execute("delete from private.livekit_events; delete from private.livekit_outbox")
    admin.execute("delete from private.webhook_endpoints")
    assert (told["sahne_backlog", ("livekit_inbox",)], told["sahne_backlog_given_up", ("livekit_inbox",)]) == (1, 1)
    assert 300 <= told["sahne_backlog_oldest_seconds", ("livekit_inbox",)] < 360
    assert told["sahne_backlog", ("livekit_orders",)] == 1, (
        "one that only watches a seat, and is not due, does not wait"
    )
    assert 600 <= told["sahne_backlog_oldest_seconds", ("livekit_orders",)] < 660
    assert told["sahne_backlog", ("webhooks",)] == 1, "an endpoint that was stopped has no backlog"
    assert 420 <= told["sahne_backlog_oldest_seconds", ("webhooks",)] < 480
    after = shown(server.url)
    assert after["sahne_backlog_oldest_seconds", ("livekit_inbox",)] == after["sahne_backlog", ("webhooks",)] == 0


def test_a_slot_of_others_that_nobody_reads_is_told_apart_from_the_servers(
    server: Running, admin: psycopg.Connection[Any]
) -> None:
    eventually(lambda: shown(server.url)["sahne_realtime_streaming", ()] == 1)
    admin.execute("select pg_create_logical_replication_slot('forgotten', 'pgoutput')")
    try:
        told = shown(server.url)
    finally:
        admin.execute("select pg_drop_replication_slot('forgotten')")
    assert told["sahne_replication_slots", ("others", "well")] == 1
    assert told["sahne_replication_slots", ("sahne", "well")] >= 1
    assert told["sahne_replication_kept_bytes", ("others",)] >= 0
    assert ("sahne_replication_slots", ("others", "well")) not in shown(server.url)


def test_sockets_their_channels_and_connections_are_counted_as_long_as_they_are_open(server: Running) -> None:
    before = shown(server.url)
    assert before["sahne_http_connections", ()] >= 1, "the one that asks"
    address = f"{server.url.replace('http', 'ws', 1)}/realtime/v1/websocket?apikey={server.settings.anon_key}&vsn=1.0.0"
    with connect(address) as socket_of_ada:
        socket_of_ada.send('{"topic":"realtime:room","event":"phx_join","payload":{"config":{}},"ref":"1"}')
        assert '"status":"ok"' in str(socket_of_ada.recv())
        told = shown(server.url)
        for name in ("sockets", "channels", "topics"):
            assert told[f"sahne_realtime_{name}", ()] == before[f"sahne_realtime_{name}", ()] + 1, name
    eventually(lambda: shown(server.url)["sahne_realtime_sockets", ()] == before["sahne_realtime_sockets", ()])


@pytest.mark.anyio
async def test_a_provider_is_counted_by_its_host_and_by_what_became_of_the_question(server: Running) -> None:
    def calls(outcome: str) -> float:
        return shown(server.url).get(("sahne_provider_calls_total", (outcome, "127.0.0.1")), 0)

    outcomes = ("answered", "refused", "unanswered")
    before = {outcome: calls(outcome) for outcome in outcomes}
    await ask("GET", f"{server.url}/health")
    await ask("GET", f"{server.url}/rest/v1/nothing-of-this-name")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        with pytest.raises(NotTaken):
            await ask("GET", f"http://127.0.0.1:{nobody.getsockname()[1]}/")
    assert {outcome: calls(outcome) - before[outcome] for outcome in outcomes} == dict.fromkeys(outcomes, 1)
    assert shown(server.url)["sahne_provider_seconds_count", ("127.0.0.1",)] >= 3


def test_a_question_without_an_answer_is_unanswered_and_hosts_without_end_are_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(OSError, match="gone"), asking("a.example") as question:
        raise OSError("gone")
    assert question.outcome == "unanswered"
    monkeypatch.setattr(questions, "_hosts", set())
    names = [provider_at(f"host-{number}.example") for number in range(HOSTS_MAX + 5)]
    assert names[HOSTS_MAX:] == [OTHERS] * 5
    assert provider_at("HOST-0.example") == "host-0.example", "who is known stays"
    assert provider_at(None) == OTHERS


def test_a_worker_shows_its_own_metrics_to_who_has_the_token() -> None:
    port, token = free_port(), "t" * 16
    with metrics_page("127.0.0.1", port, token):
        url = f"http://127.0.0.1:{port}/metrics"
        assert httpx.get(url).status_code == httpx.get(url, headers={"authorization": "Bearer x"}).status_code == 401
        answer = httpx.get(url, headers={"authorization": f"Bearer {token}"})
        assert "# HELP sahne_job_seconds" in answer.text
        elsewhere = httpx.get(f"http://127.0.0.1:{port}/", headers={"authorization": f"Bearer {token}"})
        assert elsewhere.status_code == 404
        with pytest.raises(MetricsPortTaken), metrics_page("127.0.0.1", port, token):
            pass
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_a_workers_metrics_are_shown_to_nobody_else_without_a_token() -> None:
    with pytest.raises(MetricsOpenToAll), metrics_page("0.0.0.0", free_port(), None):
        pass
    with metrics_page("127.0.0.1", None, None):
        pass
